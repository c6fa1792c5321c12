"""Putting conversations out of sight until a time, and waking them then."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import deadlines, events, live
from inbox.acted import Acting, Done
from inbox.models import Conversation
from inbox.moments import MORNING
from inbox.presentation import coming
from inbox.triage import About
from people.models import User
from socialcrm import jobs

State = Conversation.State
FARTHEST = timedelta(days=3 * 366)
_AT_ONCE = 500
_EVENING = time(18)
_MONDAY, _SUNDAY = 0, 6
# What comes back is unread to whoever has it.
_WAKE = """
    WITH over AS (
        SELECT id FROM inbox_conversation WHERE state = 'snoozed' AND snoozed_until <= %(now)s
        ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ), awake AS (
        UPDATE inbox_conversation c SET state = 'open', snoozed_until = NULL FROM over WHERE c.id = over.id
        RETURNING c.id, c.channel_id, c.identity_id, c.assignee_id
    ), unread AS (
        DELETE FROM inbox_seen s USING awake WHERE s.user_id = awake.assignee_id AND s.conversation_id = awake.id
    )
    SELECT id, channel_id, identity_id FROM awake ORDER BY id
"""


class Choice(NamedTuple):
    """A time that is offered, in words and in full."""

    name: str
    at: datetime

    @property
    def shown(self) -> str:
        """When that is."""
        return coming(self.at)


@transaction.atomic
def snooze(about: About, *, until: datetime, by: User) -> Done:
    """Out of the queue until then, or until the customer writes. Raises ValueError on a time over or too far."""
    now = timezone.now()
    if until <= now:
        raise ValueError(_("That time is over. Choose one to come."))
    if until > now + FARTHEST:
        raise ValueError(_("That is more than three years away. Choose a time before."))
    acting = Acting.on(about, by=by)
    for one in acting.found:
        one.state, one.snoozed_until = State.SNOOZED, until
    acting.change()
    acting.tell("snoozed", until=until.isoformat(), reason="")
    named = {"time": coming(until)}
    many = ngettext("%(n)s snoozed until %(time)s", "%(n)s snoozed until %(time)s", acting.count)
    return acting.done("snooze", _("Snoozed until %(time)s") % named, many, named)


def wake(now: datetime) -> int:
    """Put back into their queues what has slept long enough; returns how many."""
    woken = 0
    while batch := _wake_some(now):
        woken += batch
    return woken


@transaction.atomic
def _wake_some(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, {"now": now, "most": _AT_ONCE})
        rows: list[tuple[int, int, int]] = cursor.fetchall()
    ids = [row[0] for row in rows]
    deadlines.restate(ids, now)
    events.record(
        events.Entry(
            kind="woken", channel_id=channel, identity_id=identity, conversation_id=pk, at=now, data={"reason": ""}
        )
        for pk, channel, identity in rows
    )
    if ids:
        live.changed(conversations=ids)
        jobs.ring(jobs.ASSIGN)
    return len(ids)


def choices(now: datetime) -> Sequence[Choice]:
    """The times that are offered, in the zone of whoever asks, each once: later today while there is a today, or this
    morning where it is not morning yet, then mornings to come."""
    local = timezone.localtime(now)
    later = (local + timedelta(hours=3, minutes=59)).replace(minute=0, second=0, microsecond=0)
    found = [Choice(_("Later today"), later)] if later.date() == local.date() and later.time() <= _EVENING else []
    if found and later.time() <= MORNING:
        found = [Choice(_("This morning"), _morning(local, 0))]
    if not found and local.time() < _EVENING:
        found = [Choice(_("This evening"), _morning(local, 0).replace(hour=_EVENING.hour))]
    found.append(Choice(_("Tomorrow morning"), _morning(local, 1)))
    # On a Monday the next one is in a week, on a Sunday it is tomorrow.
    if _MONDAY < local.weekday() < _SUNDAY:
        found.append(Choice(_("Monday morning"), _morning(local, 7 - local.weekday())))
    return [*found, Choice(_("In a week"), _morning(local, 7))]


def _morning(local: datetime, days: int) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), MORNING, tzinfo=local.tzinfo)
