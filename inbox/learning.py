"""Corrections: what a colleague says of where a message belongs becomes an example that the classifier learns from."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

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
# One in five is held back, and what is like it with it. What was said of a message before is told with it, so that
# whoever takes it back can say that again.
_RECORD = (
    """
    WITH known AS (
        SELECT x.* FROM routing_example x JOIN inbox_message o ON o.id = x.message
        WHERE o.conversation_id = ANY(%(conversations)s)
    ), told AS (
    INSERT INTO routing_example (message, text, earlier, language, network, department, was, was_by, probabilities,
                                 source, reason, by_id, at, is_held_back)
    SELECT m.id, left(concat_ws(E'\\n', nullif(m.title, ''), m.text), 8192), coalesce(before.said, ''), m.language,
           i.network, n.department, coalesce(m.outcome, ''), coalesce(m.source, ''), coalesce(m.probabilities, '{}'),
           n.source, %(reason)s, %(by)s, %(at)s,
           (hashint8extended(coalesce(%(like)s::bigint, m.id), 0) & 1073741823) %% 5 = 0
    FROM unnest(%(conversations)s::bigint[], %(departments)s::text[], %(sources)s::text[])
        AS n(id, department, source)
    JOIN inbox_conversation c ON c.id = n.id
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
    ON CONFLICT (message) DO UPDATE SET department = EXCLUDED.department, source = EXCLUDED.source,
        reason = EXCLUDED.reason, by_id = EXCLUDED.by_id, at = EXCLUDED.at
    RETURNING message
    )
    SELECT o.conversation_id, told.message, known.department, known.source, known.reason, known.by_id, known.at
    FROM told JOIN inbox_message o ON o.id = told.message LEFT JOIN known ON known.message = told.message
"""
)
# Only what nobody has said otherwise since.
_TAKE_BACK = """
    WITH mine AS (
        SELECT x.id, n.* FROM unnest(%(messages)s::bigint[], %(was)s::text[], %(sources)s::text[], %(reasons)s::text[],
                                     %(bys)s::bigint[], %(ats)s::timestamptz[], %(said)s::timestamptz[])
            AS n(message, department, source, reason, by_id, at, said_at)
        JOIN routing_example x ON x.message = n.message AND x.by_id = %(by)s AND x.at = n.said_at
    ), gone AS (
        DELETE FROM routing_example x USING mine WHERE x.id = mine.id AND mine.at IS NULL
    )
    UPDATE routing_example x SET department = mine.department, source = mine.source, reason = mine.reason,
        by_id = mine.by_id, at = mine.at
    FROM mine WHERE x.id = mine.id AND mine.at IS NOT NULL
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


class Lesson(NamedTuple):
    """That a conversation belongs to a department (its slug, or noise), and by which kind of correction."""

    conversation: int
    to: str
    source: Example.Source


def teach(
    lessons: Collection[Lesson], *, by: "User", reason: str, like: int | None = None
) -> dict[int, dict[str, Any]]:
    """That a colleague put conversations where they belong.

    Of each one message becomes an example; saying it again replaces what was said before. `like`: the message that they
    resemble, if they were moved because of it. Returns by conversation what `take_back` takes. One statement.
    """
    at = timezone.now()
    said: dict[str, Any] = {
        "conversations": [one.conversation for one in lessons],
        "departments": [one.to for one in lessons],
        "sources": [str(one.source) for one in lessons],
        "by": by.pk,
        "reason": reason.strip(),
        "at": at,
        "like": like,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, said)
        rows = cursor.fetchall()
    return {
        conversation: {
            "message": message,
            "at": at.isoformat(),
            "before": [*before[:4], before[4].isoformat()] if before[4] else None,
        }
        for conversation, message, *before in rows
    }


def take_back(taught: Sequence[Mapping[str, Any]], *, by: "User") -> None:
    """What `by` said is said no more, and what was said before that is said again; not where somebody has said
    something else since. Of several of one message, in the order in which they were said, the first knows what was said
    before, and the last what stands. One statement."""
    if not taught:
        return
    first = {one["message"]: one["before"] for one in reversed(taught)}
    taught = list({one["message"]: one for one in taught}.values())
    before = [first[one["message"]] or [None] * 5 for one in taught]
    names = ("was", "sources", "reasons", "bys", "ats")
    columns: dict[str, Any] = dict(zip(names, map(list, zip(*before, strict=True)), strict=True))
    messages = {"messages": [one["message"] for one in taught], "said": [one["at"] for one in taught], "by": by.pk}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, columns | messages)


def forget(messages: Collection[int]) -> int:
    """Messages that say something else now, or nothing any more: nobody learns from them. Returns how many were
    examples. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"messages": list(messages)})
        return int(cursor.fetchone()[0])
