"""When replies are due. The rule is the database's own, inbox_clock; see docs/service-levels.md.

Every statement that changes who owns a conversation, its state, its priority or who is asked to take part is followed
by `restate` (or by `inbox.conversations.refresh`, which does the same) in its transaction.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from contacts.person import person_of
from inbox import live
from inbox.models import Conversation, Restating
from routing import calendars
from routing.models import Target
from socialcrm import jobs

_BATCH = 500
# Batches that one task works on before it lets others at the worker.
_BATCHES = 40

# All of a conversation's own columns are read where they are written, so that what somebody else has just committed
# counts.
_RESTATE = """
    UPDATE inbox_conversation c SET (due_at, paused_since, paused_seconds) = (
        SELECT k.due_at, k.paused_since, k.paused_seconds FROM inbox_clock(
            c.id, c.state, c.department_id, c.priority, c.identity_id, c.waiting_since, c.waiting_since, NULL,
            c.paused_since, c.paused_seconds, %s) k)
    FROM unnest(%s::bigint[]) AS touched(id) WHERE c.id = touched.id
"""
_WAITING = """
    SELECT id FROM inbox_conversation
    WHERE state IN ('open', 'snoozed') AND waiting_since IS NOT NULL AND id > %s ORDER BY id LIMIT %s
"""


def restate(ids: Collection[int], at: datetime | None = None) -> None:
    """Work out anew until when these conversations are owed a reply, and whether their clocks stand still."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_RESTATE, [at or timezone.now(), sorted(ids)])


def of_person(contact_id: int) -> None:
    """Somebody has become something else to us, which matters where a target names a role."""
    if Target.objects.exclude(role="").exists():
        working = Conversation.objects.filter(identity__contact=person_of(contact_id), state__in=["open", "snoozed"])
        restate(list(working.values_list("pk", flat=True)))


def ask() -> None:
    """Have all deadlines worked out anew, because targets, hours or what pauses a clock have changed."""
    Restating.objects.create(asked_at=timezone.now())
    jobs.ring(jobs.RESTATE)


def open_hours(now: datetime) -> None:
    """Work out the open times of calendars ahead, and what has become of deadlines since, once a night."""
    calendars.build_due(now)
    ask()


def work() -> int:
    """Work on what was asked for, in batches that are committed one by one; returns how many conversations.

    A worker that dies comes back to where it was; of several that were asked for at once, the first is done for all.
    """
    done = 0
    for _ in range(_BATCHES):
        batch = _batch()
        if batch is None:
            return done
        done += batch
    jobs.ring(jobs.RESTATE)
    return done


@transaction.atomic
def _batch() -> int | None:
    """The next few; None when nothing is left to be done, or somebody else does it."""
    asked = list(Restating.objects.select_for_update(skip_locked=True).order_by("pk"))
    if not asked:
        return None
    first, *others = asked
    if not first.reached and others:
        # Nothing was done for the first yet, so it does for those as well.
        Restating.objects.filter(pk__in=[one.pk for one in others]).delete()
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [first.reached, _BATCH])
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        first.delete()
        return 0
    list(Conversation.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    restate(ids)
    Restating.objects.filter(pk=first.pk).update(reached=ids[-1])
    live.changed(conversations=ids)
    return len(ids)
