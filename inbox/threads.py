"""Threads whose beginning comes late: answers arrive before what they answer, edits before what they correct.

An answer to a message that we don't have begins a thread in that message's name, an edit without its original one in
its own. When the missing message comes, and belongs to another thread, the conversations that waited for it follow.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from connectors.models import Channel
from inbox.arrivals import Arrival


class Late(NamedTuple):
    """A message that now turns out to belong to `thread`; what hung on it waits in the thread `waiting`."""

    external_id: str
    waiting: str
    thread: str


class _Move(NamedTuple):
    conversation_id: int
    identity_id: int
    thread: str
    target_id: int | None


# Only conversations that hang on late messages as a whole: where somebody named the thread, it stays.
_WAITING = """
    WITH RECURSIVE late AS (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]) AS late(external_id, waiting, thread)
    ), hanging AS (
        SELECT m.id, m.external_id, m.conversation_id, late.waiting, late.thread
        FROM late
        JOIN inbox_conversation c ON c.channel_id = %s AND c.thread_id = late.waiting
        JOIN inbox_message m ON m.conversation_id = c.id AND late.external_id IN (m.external_id, m.parent_id)
        UNION
        SELECT m.id, m.external_id, m.conversation_id, hanging.waiting, hanging.thread
        FROM hanging
        JOIN inbox_conversation c ON c.channel_id = %s AND c.thread_id = hanging.waiting
        JOIN inbox_message m ON m.conversation_id = c.id AND m.parent_id = hanging.external_id
    )
    SELECT c.id, c.identity_id, moved.thread, target.id
    FROM (
        SELECT conversation_id, min(thread) AS thread, count(DISTINCT id) AS messages FROM hanging GROUP BY 1
    ) AS moved
    JOIN inbox_conversation c ON c.id = moved.conversation_id
    LEFT JOIN inbox_conversation target
        ON target.channel_id = c.channel_id AND target.thread_id = moved.thread AND target.identity_id = c.identity_id
    WHERE moved.messages = (SELECT count(*) FROM inbox_message m WHERE m.conversation_id = c.id)
    ORDER BY c.id FOR UPDATE OF c
"""


# A person's choices and open work outlive what the router assumed.
_JOIN = (
    """
    UPDATE inbox_message t SET conversation_id = n.target_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) WHERE t.conversation_id = n.id
    """,
    """
    UPDATE inbox_event t SET conversation_id = n.target_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) WHERE t.conversation_id = n.id
    """,
    """
    UPDATE inbox_note t SET conversation_id = n.target_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) WHERE t.conversation_id = n.id
    """,
    """
    UPDATE inbox_conversation c
    SET department_id = o.department_id, assignee_id = o.assignee_id, moved_by_hand = o.moved_by_hand
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id)
    JOIN inbox_conversation o ON o.id = n.id, people_department d
    WHERE c.id = n.target_id AND d.id = c.department_id AND NOT c.moved_by_hand AND c.assignee_id IS NULL
      AND (o.moved_by_hand OR o.assignee_id IS NOT NULL OR d.slug = 'triage')
    """,
    """
    UPDATE inbox_conversation c SET state = 'open', snoozed_until = NULL
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id)
    JOIN inbox_conversation o ON o.id = n.id AND o.state = 'open'
    WHERE c.id = n.target_id AND c.state <> 'open'
    """,
    """
    INSERT INTO inbox_contributor (conversation_id, department_id, reason, created_at)
    SELECT n.target_id, k.department_id, k.reason, k.created_at
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) JOIN inbox_contributor k ON k.conversation_id = n.id
    ON CONFLICT DO NOTHING
    """,
    """
    DELETE FROM inbox_contributor k
    USING unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) JOIN inbox_conversation c ON c.id = n.target_id
    WHERE k.conversation_id = n.id OR (k.conversation_id = n.target_id AND k.department_id = c.department_id)
    """,
    """
    UPDATE inbox_assignment t SET conversation_id = n.target_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) WHERE t.conversation_id = n.id
    """,
    """
    INSERT INTO inbox_conversationtag (conversation_id, name, by_id, rule, at)
    SELECT n.target_id, k.name, k.by_id, k.rule, k.at
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) JOIN inbox_conversationtag k ON k.conversation_id = n.id
    ON CONFLICT DO NOTHING
    """,
    """
    DELETE FROM inbox_conversationtag t USING unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id)
    WHERE t.conversation_id = n.id
    """,
    """
    DELETE FROM inbox_escalation t USING unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id)
    WHERE t.conversation_id = n.id
    """,
    """
    UPDATE inbox_conversation c SET priority = greatest(c.priority, o.priority)
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) JOIN inbox_conversation o ON o.id = n.id
    WHERE c.id = n.target_id AND c.priority < o.priority
    """,
    """
    DELETE FROM inbox_seen t USING unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id)
    WHERE t.conversation_id = n.id
    """,
    """
    DELETE FROM inbox_conversation t USING unnest(%s::bigint[], %s::bigint[]) AS n(id, target_id) WHERE t.id = n.id
    """,
)


def late(new: Sequence[Arrival], old: Sequence[Arrival]) -> list[Late]:
    """Which messages of a page others may have waited for: new ones within a thread, and originals of known edits."""
    found = [
        Late(one.external_id, one.external_id, one.place.thread_id)
        for one in new
        if one.place.thread_id != one.external_id
    ]
    for one in old:
        source = one.particulars
        if one.message is not None and source is not None and one.place.thread_id not in ("", one.message.thread_id):
            found.append(Late(one.external_id, one.message.thread_id, one.place.thread_id))
    return found


def follow(channel: Channel, found: Sequence[Late]) -> set[int]:
    """Bring what waited for late messages into their threads; returns the conversations that are not as they were."""
    changed: set[int] = set()
    left = list(found)
    while left:
        # What waits in a thread that is itself about to move goes there first, and on with it.
        reached = {one.thread for one in left}
        ready = [one for one in left if one.waiting not in reached] or left
        left = [one for one in left if one.waiting in reached and ready is not left]
        changed |= _follow(channel, ready)
    return changed


def _follow(channel: Channel, found: Sequence[Late]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [*(list(column) for column in zip(*found, strict=True)), channel.pk, channel.pk])
        moves = [_Move(*row) for row in cursor.fetchall()]
    moving = {move.conversation_id for move in moves}
    renamed: dict[tuple[str, int], int] = {}
    joined: dict[int, int] = {}
    for move in moves:
        place = (move.thread, move.identity_id)
        target = move.target_id or renamed.setdefault(place, move.conversation_id)
        # Threads that name one another in a circle stay where they are.
        if target != move.conversation_id and move.target_id not in moving:
            joined[move.conversation_id] = target
    _rename(renamed)
    _join(joined)
    return {*renamed.values(), *joined.values()}


def _rename(renamed: dict[tuple[str, int], int]) -> None:
    if renamed:
        _execute(
            "UPDATE inbox_conversation c SET thread_id = n.thread_id"
            " FROM unnest(%s::bigint[], %s::text[]) AS n(id, thread_id) WHERE c.id = n.id",
            list(renamed.values()),
            [thread for thread, _ in renamed],
        )


def _join(joined: dict[int, int]) -> None:
    """Two conversations turn out to be one."""
    if joined:
        for statement in _JOIN:
            _execute(statement, list(joined), list(joined.values()))


def _execute(statement: str, *columns: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
