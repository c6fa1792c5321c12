"""Dry runs in the background: one at a time, a chunk at a time, each with how far it has come in one statement."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.dryrun import effect
from inbox.dryrun.asking import BUSY, State
from inbox.dryrun.past import Past, Place, Reader
from inbox.dryrun.replay import Replay
from inbox.dryrun.tally import Tally
from inbox.models import Decision, DryRun
from inbox.recall import signals
from inbox.then import Row, Then
from inbox.turns import LEASE, alone
from people.models import Department, User
from routing import targets
from routing.fields import field_of
from routing.names import Names
from routing.rules import specs
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

_LOCK = 7_344  # of PostgreSQL's advisory locks
# A job that takes longer would keep its worker from the channels.
_SLICE_SECONDS = 10.0
# So often in a row a worker may die of one before it is given up.
_MOST_DEATHS = 3
declare("dryrun.before_chunk", "dryrun.after_chunk")


class Stopped(Exception):
    """Somebody has stopped it meanwhile."""


def work(*, seconds: float = _SLICE_SECONDS) -> None:
    """Work on the oldest for a while; rings again where more is left. One worker at a time.

    Beat asks for it as well, so that what a lost doorbell or a dead worker has left behind goes on.
    """
    with alone(_LOCK, 0) as is_alone:
        run = _oldest() if is_alone else None
        if run is None:
            return
        try:
            _go_on(run, time.monotonic() + seconds)
        except Stopped:
            log.info("dry_run_stopped", dry_run=run.pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001 - a defect must show where the dry run is shown, and not be tried for ever
            log.exception("dry_run_failed", dry_run=run.pk)
            _fail(run, _("Something went wrong on our side. Nothing was changed. Run it again."))
    if DryRun.objects.filter(state__in=BUSY).exists():
        jobs.later(jobs.DRY_RUN)


def _oldest() -> DryRun | None:
    return DryRun.objects.filter(state__in=BUSY).order_by("pk").first()


def _go_on(run: DryRun, ends: float) -> None:
    reader = Reader(run.asked_at - timedelta(days=run.days))
    began = run.started_at or timezone.now()
    deaths = run.result.get("deaths", 0) + 1
    if deaths > _MOST_DEATHS:
        _fail(run, _("It was begun several times and never came to its end. Run it again over fewer days."))
        return
    total = run.total or reader.count(run.asked_at)
    _keep(run, state=State.RUNNING, started_at=began, total=total, result={**run.result, "deaths": deaths})
    place, tally = _place(run), Tally.parse(run.result)
    trial = Trial(run)
    while chunk := reader.chunk(place):
        crash_point("dryrun.before_chunk")
        trial.add(tally, chunk)
        place = chunk[-1].place
        _keep(run, done=tally.messages + tally.gone, result=_result(tally, place))
        crash_point("dryrun.after_chunk")
        if time.monotonic() > ends:
            return
    now = timezone.now()
    _keep(run, state=State.DONE, done=total, finished_at=now, lease_until=None, result=tally.as_json())


def _place(run: DryRun) -> Place:
    reached = run.result.get("reached")
    return Place(datetime.fromisoformat(reached[0]), reached[1]) if reached else Place(run.asked_at)


def _result(tally: Tally, place: Place) -> dict[str, Any]:
    return {**tally.as_json(), "reached": [place.at.astimezone(UTC).isoformat(), place.message]}


class Trial:
    """A dry run's rules and thresholds, applied to chunks."""

    def __init__(self, run: DryRun) -> None:
        names = Names(
            departments=frozenset(Department.objects.values_list("slug", flat=True)),
            colleagues=frozenset(User.objects.filter(is_active=True).values_list("pk", flat=True)),
        )
        self._replay = Replay(specs(run.rules), run.thresholds, names)
        needs = (field_of(name) for name in self._replay.book.asks)
        self._facts = sorted({field.needs for field in needs if field and field.needs})
        self._then = Then(self._replay.book)
        self._targets = targets.load()

    def add(self, tally: Tally, chunk: list[Past]) -> None:
        """Count a chunk. One statement, and one for each sort of fact that the rules ask for."""
        tried, moved = [], []
        for past in chunk:
            if past.is_deleted:
                tally.gone += 1
            elif past.source == Decision.Source.BLOCK:
                tally.stay(past)
            else:
                tried.append(past)
        rows = [Row(past.message, past.identity, past.channel, past.said.parent_id) for past in tried]
        batch = self._then.complete(rows, [signals(past.said, past.kept) for past in tried])
        for past, found in zip(tried, batch, strict=True):
            verdict = self._replay.decide(found, past.probabilities)
            tally.facts.update(fact for fact in self._facts if getattr(found, fact) is None)
            if tally.add(past, verdict):
                moved.append((past, verdict.outcome))
        effect.add(tally, moved, self._targets)


def _keep(run: DryRun, **changes: Any) -> None:
    """Write down how far it has come. Raises Stopped where it is wanted no more."""
    changes = {"lease_until": timezone.now() + LEASE, **changes}
    if not DryRun.objects.filter(pk=run.pk, state__in=BUSY).update(**changes):
        raise Stopped
    for name, value in changes.items():
        setattr(run, name, value)


def _fail(run: DryRun, why: str) -> None:
    DryRun.objects.filter(pk=run.pk, state__in=BUSY).update(
        state=State.FAILED, error=why, finished_at=timezone.now(), lease_until=None
    )
