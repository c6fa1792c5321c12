"""In which language and tone customers last wrote: kept with their conversations, so that lists can ask for it.

It is what the router heard in the newest messages. A message that is too short to tell ("ok") says nothing of the
language: the one before it counts then.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db import connection

from inbox.arrivals import Arrival
from routing.decisions import Decision

# Of the conversations `touched`. What is deleted, and what no person wrote, says nothing.
HEARD = """
    CROSS JOIN LATERAL (
        SELECT coalesce((array_agg(m.language ORDER BY m.posted_at DESC, m.id DESC) FILTER (
                   WHERE m.language <> ''))[1], '') AS language,
               (array_agg(m.tone ORDER BY m.posted_at DESC, m.id DESC))[1] AS tone
        FROM (
            SELECT m.id, m.posted_at, coalesce((d.signals #>> '{senses,sentiment}')::smallint, m.sentiment) AS tone,
                   coalesce(d.signals #>> '{senses,language}', lower(split_part(m.language, '-', 1))) AS language
            FROM inbox_message m LEFT JOIN inbox_decision d ON d.message_id = m.id
            WHERE m.conversation_id = touched.id AND m.direction = 'in' AND m.deleted_at IS NULL AND NOT m.automatic
            ORDER BY m.posted_at DESC, m.id DESC LIMIT 10
        ) m
    ) AS heard
"""
_LOOKED_AT = 10  # as there
_AGAIN = """
    UPDATE inbox_conversation c SET language = heard.language, tone = heard.tone
    FROM unnest(%s::bigint[]) AS touched(id) {heard}
    WHERE c.id = touched.id AND (c.language, c.tone) IS DISTINCT FROM (heard.language, heard.tone)
"""


class Heard(NamedTuple):
    """What a conversation keeps: ISO 639-1, empty where it cannot be told; -1, 0 or 1, None where nobody was asked."""

    language: str = ""
    tone: int | None = None


def first(arrivals: Sequence[Arrival], decisions: Sequence[Decision]) -> Heard:
    """What is heard in the messages that begin a conversation, as HEARD finds it in later ones."""
    said = [
        (one.history.posted_at, at, _heard(one, decision))
        for at, (one, decision) in enumerate(zip(arrivals, decisions, strict=True))
        if one.history.deleted_at is None and one.current is not None and not one.current.automatic
    ]
    newest = [heard for *_, heard in sorted(said, reverse=True)][:_LOOKED_AT]
    if not newest:
        return Heard()
    return Heard(next((one.language for one in newest if one.language), ""), newest[0].tone)


def again(conversations: Collection[int]) -> None:
    """Note what is heard by now, where the router has listened once more."""
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN.format(heard=HEARD), [sorted(conversations)])


def _heard(arrival: Arrival, decision: Decision) -> Heard:
    senses = decision.signals.senses if decision.signals else None
    if senses:
        return Heard(senses.language, senses.sentiment)
    said = arrival.current.language if arrival.current else ""
    return Heard(said.partition("-")[0].lower())
