"""Corrections: what a colleague says of where a message belongs becomes an example that the classifier learns from."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from routing.models import Example

if TYPE_CHECKING:
    from people.models import User

# Of conversations `c` the message `m` that brought each where it is: since the last answer the oldest that the router
# decided on afresh, else the oldest that nobody has answered. Where all is answered, the newest that was decided on
# afresh. The newest 200 messages of a conversation are looked at.
ORIGIN = """
    CROSS JOIN LATERAL (
        SELECT max(o.posted_at) AS at FROM inbox_message o JOIN inbox_delivery w ON w.message_id = o.id
        WHERE o.conversation_id = c.id AND w.state IN ('queued', 'sending', 'sent', 'unconfirmed')
    ) AS answered
    CROSS JOIN LATERAL (
        SELECT said.*, d.outcome, d.source, d.rule_id, d.probabilities,
               said.posted_at > coalesce(answered.at, '-infinity') AS open
        FROM (
            SELECT id, conversation_id, title, text, language, posted_at FROM inbox_message
            WHERE conversation_id = c.id AND direction = 'in' AND deleted_at IS NULL AND NOT automatic
              AND (text <> '' OR title <> '')
            ORDER BY posted_at DESC, id DESC LIMIT 200
        ) AS said LEFT JOIN inbox_decision d ON d.message_id = said.id
        ORDER BY open DESC, coalesce(d.source, 'continuity') <> 'continuity' DESC,
                 CASE WHEN said.posted_at > coalesce(answered.at, '-infinity') THEN said.posted_at END,
                 said.posted_at DESC, said.id DESC
        LIMIT 1
    ) AS m
"""
# One in five is held back, and what is like it with it.
_RECORD = (
    """
    INSERT INTO routing_example (message, text, earlier, language, network, department, was, was_by, probabilities,
                                 source, reason, by_id, at, is_held_back)
    SELECT m.id, left(concat_ws(E'\\n', nullif(m.title, ''), m.text), 8192), coalesce(before.said, ''), m.language,
           i.network, %(to)s, coalesce(m.outcome, ''), coalesce(m.source, ''), coalesce(m.probabilities, '{}'),
           %(source)s, %(reason)s, %(by)s, %(at)s,
           (hashint8extended(coalesce(%(like)s::bigint, m.id), 0) & 1073741823) %% 5 = 0
    FROM inbox_conversation c
    JOIN contacts_identity i ON i.id = c.identity_id
    """  # noqa: S608 - a constant
    + ORIGIN
    + """
    CROSS JOIN LATERAL (
        SELECT string_agg(left(b.text, 500), E'\\n\\n' ORDER BY b.posted_at, b.id) AS said FROM (
            SELECT e.id, e.text, e.posted_at FROM inbox_message e LEFT JOIN inbox_delivery w ON w.message_id = e.id
            WHERE e.conversation_id = c.id AND (e.posted_at, e.id) < (m.posted_at, m.id) AND e.deleted_at IS NULL
              AND e.text <> '' AND (e.direction = 'in' OR w.state IN ('sent', 'unconfirmed'))
            ORDER BY e.posted_at DESC, e.id DESC LIMIT 3
        ) AS b
    ) AS before
    WHERE c.id = ANY(%(conversations)s)
    ON CONFLICT (message) DO UPDATE SET department = EXCLUDED.department, source = EXCLUDED.source,
        reason = EXCLUDED.reason, by_id = EXCLUDED.by_id, at = EXCLUDED.at
    RETURNING message
    """
)
_WITHDRAW = """
    DELETE FROM routing_example x USING (
        SELECT DISTINCT ON (m.conversation_id) e.id FROM inbox_message m JOIN routing_example e ON e.message = m.id
        WHERE m.conversation_id = ANY(%s) ORDER BY m.conversation_id, e.at DESC, e.id DESC
    ) AS last WHERE x.id = last.id
"""
# What was said before another message is kept with that one's example, too.
_FORGET = """
    WITH gone AS (DELETE FROM routing_example WHERE message = ANY(%(messages)s) RETURNING 1),
    near AS (
        UPDATE routing_example x SET earlier = '', embedding = NULL
        FROM inbox_message m, inbox_message o
        WHERE m.id = ANY(%(messages)s) AND o.conversation_id = m.conversation_id AND x.message = o.id
          AND x.earlier <> '' AND NOT x.message = ANY(%(messages)s)
    )
    SELECT count(*) FROM gone
"""


def record(
    conversations: Collection[int],
    *,
    to: str,
    source: Example.Source,
    by: "User",
    reason: str,
    like: int | None = None,
) -> list[int]:
    """That a colleague put these conversations where they belong: `to` is the slug of a department, or noise.

    Of each conversation one message becomes an example; saying it again replaces what was said before. `like`: the
    message that they resemble, if they were moved because of it. Returns the messages. One statement.
    """
    said: dict[str, Any] = {
        "conversations": list(conversations),
        "to": to,
        "source": str(source),
        "by": by.pk,
        "reason": reason.strip(),
        "at": timezone.now(),
        "like": like,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, said)
        return [row[0] for row in cursor.fetchall()]


def withdraw(conversations: Collection[int]) -> int:
    """Take back what was said last of each conversation: the move was undone. Returns how many examples went."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [list(conversations)])
        return int(cursor.rowcount)


def forget(messages: Collection[int]) -> int:
    """Messages that say something else now, or nothing any more: nobody learns from them. Returns how many were
    examples. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"messages": list(messages)})
        return int(cursor.fetchone()[0])
