"""How conversations stand: who owns them, who has them, in which state. Locked for a change, then written back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from inbox.models import Conversation
from people.models import User

Standing = dict[str, Any]

# What colleagues change of a conversation, as it is called where it is kept, and the column.
_COLUMNS: Mapping[str, str] = {
    "state": "state",
    "snoozed_until": "snoozed_until",
    "department": "department_id",
    "assignee": "assignee_id",
    "priority": "priority",
    "moved_by_hand": "moved_by_hand",
    "handovers": "handovers",
}
# How long the clock stood still goes with them: whoever takes a change back gets the old deadline back too.
_CLOCK = ("waiting_since", "paused_since", "paused_seconds")
# The clock is the database's own; what is written is what it goes by, and contributors have been written before.
_WRITE = """
    UPDATE inbox_conversation c SET
        state = n.state, snoozed_until = n.snoozed_until, department_id = n.department_id,
        assignee_id = n.assignee_id, priority = n.priority, moved_by_hand = n.moved_by_hand, handovers = n.handovers,
        (due_at, paused_since, paused_seconds) = (
            SELECT k.due_at, k.paused_since, k.paused_seconds FROM inbox_clock(
                c.id, n.state, n.department_id, n.priority, c.identity_id, c.waiting_since, c.waiting_since, NULL,
                n.paused_since, n.paused_seconds, %s) k)
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[], %s::smallint[], %s::boolean[],
                %s::smallint[], %s::timestamptz[], %s::integer[])
        AS n(id, state, snoozed_until, department_id, assignee_id, priority, moved_by_hand, handovers, paused_since,
             paused_seconds)
    WHERE c.id = n.id
"""
_WRITTEN = ("pk", *_COLUMNS.values(), "paused_since", "paused_seconds")


def locked(ids: Collection[int], *, by: User) -> list[Conversation]:
    """Those of them that `by` may act on, as they are now, locked in the order of their ids. One statement."""
    found = Conversation.objects.actionable_by(by).there().filter(pk__in=ids).select_related("department")
    return list(found.select_for_update(of=("self",)).order_by("pk"))


def of(conversation: Conversation) -> Standing:
    """How it stands, in values that JSON holds."""
    return {name: _plain(getattr(conversation, column)) for name, column in _COLUMNS.items()}


def whose(conversation: Conversation) -> dict[str, Any]:
    """Where it is and who has it, as a hand-over keeps it, so that it can go back to them."""
    had = {"had": conversation.assignee_id} if conversation.assignee_id else {}
    return {"from": conversation.department.name, **had}


def clock(conversation: Conversation) -> Standing:
    """Since when its customer waits, and how long nobody owed them anything of that time."""
    return {name: _plain(getattr(conversation, name)) for name in _CLOCK}


def differences(before: Standing, after: Standing) -> tuple[Standing, Standing]:
    """What of two standings is not the same, as it was and as it is."""
    changed = [name for name in before if before[name] != after[name]]
    return {name: before[name] for name in changed}, {name: after[name] for name in changed}


def put(conversation: Conversation, kept: Mapping[str, Any]) -> None:
    """Let it stand as `kept` says, as far as that goes. Not written yet.

    The clock goes back as well, unless the customer has begun to wait for something else since.
    """
    for name, column in _COLUMNS.items():
        if name in kept:
            setattr(conversation, column, _time(kept[name]) if name == "snoozed_until" else kept[name])
    if "waiting_since" in kept and kept["waiting_since"] == _plain(conversation.waiting_since):
        conversation.paused_since = _time(kept["paused_since"])
        conversation.paused_seconds = kept["paused_seconds"]


def write(conversations: Sequence[Conversation], at: datetime | None = None) -> None:
    """Write them as they stand, and work out until when a reply is owed. One statement."""
    if conversations:
        columns = [[getattr(one, column) for one in conversations] for column in _WRITTEN]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [at or timezone.now(), *columns])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(value: str | None) -> datetime | None:
    return parse_datetime(value) if value else None
