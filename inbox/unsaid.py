"""Of what was deleted no words stay: not in what decisions rest on, nor where a department takes part for them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from routing.engine import unquoted

_WIPE = """
    UPDATE inbox_decision d SET evidence = '[]', signals = '{}' FROM inbox_message m
    WHERE d.message_id = ANY(%s) AND m.id = d.message_id
    RETURNING d.message_id, m.conversation_id, d.contributors, d.first
"""
_DECISIONS = """
    UPDATE inbox_decision d SET contributors = n.contributors, first = n.first
    FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[]) AS n(message, contributors, first)
    WHERE d.message_id = n.message
"""
_CONTRIBUTORS = """
    UPDATE inbox_contributor x SET reason = n.plain
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(conversation, reason, plain)
    WHERE x.conversation_id = n.conversation AND x.reason = n.reason
"""
_EVENTS = """
    UPDATE inbox_event e SET data = jsonb_set(e.data, '{reason}', to_jsonb(n.plain))
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(conversation, reason, plain)
    WHERE e.conversation_id = n.conversation AND e.kind = 'contributor' AND e.data ->> 'reason' = n.reason
"""


def unsay(messages: Sequence[int]) -> None:
    """Take these messages' words out of what was decided on them. One statement, four where passages are quoted."""
    decisions: list[tuple[Any, ...]] = []
    told: dict[tuple[int, str], str] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WIPE, [list(messages)])
        for message, conversation, contributors, first in _rows(cursor.fetchall()):
            quoted = [*contributors, *(first or {}).get("contributors", ())]
            plain = {one["reason"]: unquoted(one)["reason"] for one in quoted}
            changed = {reason: to for reason, to in plain.items() if reason != to}
            if not changed:
                continue
            told |= {(conversation, reason): to for reason, to in changed.items()}
            if first:
                first["contributors"] = [unquoted(one) for one in first.get("contributors", ())]
            said = json.dumps([unquoted(one) for one in contributors])
            decisions.append((message, said, json.dumps(first) if first else None))
        if decisions:
            places, quotes = [place for place, _ in told], [reason for _, reason in told]
            reasons: list[Any] = [places, quotes, list(told.values())]
            cursor.execute(_DECISIONS, [list(column) for column in zip(*decisions, strict=True)])
            cursor.execute(_CONTRIBUTORS, reasons)
            cursor.execute(_EVENTS, reasons)


def _rows(found: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    """A jsonb column of plain SQL comes as its text."""
    for message, conversation, contributors, first in found:
        yield message, conversation, json.loads(contributors), json.loads(first) if first else None
