"""The best way to reach a person: where they have answered us, how often and how fast, and where we can write now."""

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from inbox import replies
from inbox.models import Conversation

# Conversations that are looked at, messages of each, questions of ours that count, and ways that are told.
_CONVERSATIONS, _OF_ACCOUNT, _MESSAGES, _COUNTED, _MOST = 100, 20, 40, 20, 4

_EXCHANGES = """
    SELECT v.id, v.network, said.kind, said.direction, said.posted_at, said.automatic FROM (
        SELECT newest.id, one.network, newest.last_message_at FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT id, last_message_at FROM inbox_conversation WHERE identity_id = one.id
            ORDER BY last_message_at DESC LIMIT %s
        ) newest WHERE one.contact_id = %s ORDER BY newest.last_message_at DESC LIMIT %s
    ) v CROSS JOIN LATERAL (
        SELECT kind, direction, posted_at, automatic, id FROM inbox_message m WHERE m.conversation_id = v.id
        AND (direction = 'in' OR NOT EXISTS (
            SELECT 1 FROM inbox_delivery d WHERE d.message_id = m.id AND d.state NOT IN ('sent', 'unconfirmed')
        )) ORDER BY posted_at DESC, id DESC LIMIT %s
    ) said ORDER BY v.last_message_at DESC, v.id, said.posted_at, said.id
"""


@dataclass(slots=True)
class Way:
    """One way: a network, and whether others can read along. `asked`: when we spoke last, before each of their turns,
    newest first, with how long their answer took or None; `conversation`: the newest one there."""

    network: str
    is_public: bool
    conversation: int
    asked: list[tuple[datetime, timedelta | None]] = field(default_factory=list)
    can_write: bool = False
    why_not: str = ""

    @property
    def answered(self) -> list[timedelta]:
        """How long each answer took."""
        return [took for _at, took in self.asked[:_COUNTED] if took is not None]

    @property
    def questions(self) -> int:
        """How often we spoke, of late."""
        return len(self.asked[:_COUNTED])

    @property
    def median(self) -> timedelta | None:
        """The time in which half of the answers came; None where there is none."""
        took = [time.total_seconds() for time in self.answered]
        return timedelta(seconds=statistics.median(took)) if took else None


def of_person(person: int) -> list[Way]:
    """The ways to reach a person, the best first: where we can write now, then where they answer, then how fast.

    Whether we can write is asked of the connector for the newest conversation of each way: at most two statements more
    for each of at most four ways.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EXCHANGES, [_OF_ACCOUNT, person, _CONVERSATIONS, _MESSAGES])
        found = ways(cursor.fetchall())[:_MOST]
    open_ones = Conversation.objects.filter(pk__in=[way.conversation for way in found])
    conversations = {one.pk: one for one in open_ones.select_related("channel", "identity__contact")}
    for way in found:
        able = replies.capability(conversations[way.conversation])
        way.can_write, way.why_not = able.can_reply, str(able.reason)
    return sorted(found, key=lambda way: (not way.can_write, way.median is None, way.median or timedelta.max))


def ways(said: "list[tuple[Any, ...]]") -> list[Way]:
    """From messages, conversation by conversation in their order, to the ways that they went."""
    found: dict[tuple[str, bool], Way] = {}
    by_conversation: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in said:
        by_conversation[row[0]].append(row)
    for conversation, messages in by_conversation.items():
        network, kind = messages[-1][1:3]
        is_public = kind not in ("direct", "email")
        way = found.setdefault((network, is_public), Way(network, is_public, conversation))
        way.asked += _turns(messages)
    for way in found.values():
        way.asked.sort(key=lambda turn: turn[0], reverse=True)
    return sorted(found.values(), key=lambda way: (way.median is None, way.median or timedelta.max))


def _turns(messages: "list[tuple[Any, ...]]") -> list[tuple[datetime, timedelta | None]]:
    """Our turns, each with how long the customer's next one took; what a program wrote is nobody's answer."""
    turns: list[tuple[datetime, timedelta | None]] = []
    waiting: datetime | None = None
    for _conversation, _network, _kind, direction, at, automatic in messages:
        if direction == "out":
            waiting = at
        elif waiting is not None and not automatic:
            turns.append((waiting, at - waiting))
            waiting = None
    return [*turns, (waiting, None)] if waiting is not None else turns
