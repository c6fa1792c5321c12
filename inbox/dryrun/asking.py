"""Asking for a dry run, stopping one, and finding those that were done."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.models import DryRun
from people.models import User
from routing.models import Ruleset
from socialcrm import jobs

State = DryRun.State
DAYS = (7, 30, 90)
MOST_DAYS = 365
MOST_WAITING = 5
"""Dry runs that wait for another one, at most."""

KEPT = 30
"""Dry runs that are kept; older ones are forgotten."""

_LOCK = 7_342  # any number that no other advisory lock of ours has
BUSY = (State.QUEUED, State.RUNNING)


class Busy(Exception):
    """Too many are waiting already; the text says so."""


@transaction.atomic
def ask(ruleset: Ruleset, *, days: int, by: User) -> DryRun:
    """Try these rules and thresholds, as they are now, on what was decided in the last days.

    Asking twice for the same gives the one that is not finished yet. Raises Busy, and ValueError for impossible days.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(_("Give a number of days from 1 to %(most)d.") % {"most": MOST_DAYS})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    busy = list(DryRun.objects.filter(state__in=BUSY).defer("result").order_by("pk"))
    for one in busy:
        if (one.ruleset_id, one.revision, one.days) == (ruleset.pk, ruleset.revision, days):
            return one
    if len(busy) > MOST_WAITING:
        raise Busy(_("%(n)d dry runs are waiting already. Stop one, or wait for them.") % {"n": len(busy)})
    run = DryRun.objects.create(
        ruleset=ruleset,
        rules=ruleset.rules,
        thresholds=ruleset.thresholds,
        revision=ruleset.revision,
        days=days,
        by=by,
        asked_at=timezone.now(),
    )
    _forget()
    jobs.later(jobs.DRY_RUN)
    return run


def _forget() -> None:
    done = DryRun.objects.exclude(state__in=BUSY).order_by("-pk").values_list("pk", flat=True)
    DryRun.objects.filter(pk__in=list(done[KEPT:])).delete()


def cancel(pk: int) -> bool:
    """Stop one that is waiting or running; whether there was anything to stop."""
    now = timezone.now()
    busy = DryRun.objects.filter(pk=pk, state__in=BUSY)
    stopped = busy.update(state=State.CANCELLED, finished_at=now, lease_until=None)
    if stopped:
        jobs.later(jobs.DRY_RUN)
    return bool(stopped)


def newest(ruleset: Ruleset | None) -> tuple[DryRun | None, DryRun | None]:
    """The newest dry run of a version, and the newest of it that was finished. One statement without a version."""
    runs: Any = DryRun.objects.filter(ruleset=ruleset).select_related("by").order_by("-pk")
    last = runs.defer("rules").first()
    if last is None or last.state == State.DONE:
        return last, last
    return last, runs.filter(state=State.DONE).defer("rules").first()
