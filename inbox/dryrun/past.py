"""The messages that were decided on, newest first, a chunk at a time: what was said, decided, and done with them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from connectors.models import Channel
from inbox.models import Decision
from inbox.recall import LONGEST, Said, with_owner

CHUNK = 1_000
"""Messages in memory at once."""

# Both ends of the window, the start excluded, then the place that was reached.
_READ = """
    SELECT d.message_id, d.at, d.channel_id, d.outcome, d.source, d.probabilities, d.signals,
           m.title, left(m.text, %(longest)s), m.kind, m.language, m.posted_at, m.attachments, m.context, m.parent_id,
           m.conversation_id, i.network, i.external_id, i.handle, i.name, i.email, i.followers, i.verified,
           m.deleted_at IS NOT NULL, m.is_past, x.department, c.moved_by_hand, c.state, c.waiting_since IS NOT NULL,
           c.priority, now_at.slug, m.identity_id
    FROM inbox_decision d
    JOIN inbox_message m ON m.id = d.message_id
    JOIN inbox_conversation c ON c.id = m.conversation_id
    JOIN people_department now_at ON now_at.id = c.department_id
    JOIN contacts_identity i ON i.id = m.identity_id
    LEFT JOIN routing_example x ON x.message = d.message_id
    WHERE d.at > %(since)s AND (d.at, d.message_id) < (%(at)s, %(message)s)
    ORDER BY d.at DESC, d.message_id DESC LIMIT %(most)s
"""
_COUNT = "SELECT count(*) FROM inbox_decision d WHERE d.at > %s AND d.at <= %s"
_ANSWERED = """
    SELECT m.id, min(o.posted_at)
    FROM unnest(%s::bigint[]) AS asked(id) JOIN inbox_message m ON m.id = asked.id
    JOIN inbox_message o ON o.conversation_id = m.conversation_id AND o.posted_at > m.posted_at
    JOIN inbox_delivery w ON w.message_id = o.id AND w.state IN ('queued', 'sending', 'sent', 'unconfirmed')
    GROUP BY m.id
"""
_LAST = 2**63 - 1


class Place(NamedTuple):
    """How far somebody has read: everything from here on is done."""

    at: datetime
    message: int = _LAST


class Past(NamedTuple):
    """A message that was decided on. `chosen`: the department, or noise, that a person put it into, if one did.

    `owner_now` and `state` are its conversation's; `waits`: nobody has answered there.
    """

    message: int
    at: datetime
    outcome: str
    source: str
    probabilities: Mapping[str, float]
    kept: Mapping[str, Any]
    said: Said
    is_deleted: bool
    is_past: bool
    chosen: str | None
    state: str
    waits: bool
    priority: int
    owner_now: str
    identity: int
    channel: int

    @property
    def place(self) -> Place:
        """Where reading goes on after it."""
        return Place(self.at, self.message)


class Reader:
    """Reads decisions made after `since`."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._channels = {
            pk: (name, account) for pk, name, account in Channel.objects.values_list("pk", "name", "account")
        }

    def count(self, until: datetime) -> int:
        """How many there are up to a time."""
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [self._since, until])
            return int(cursor.fetchone()[0])

    def chunk(self, place: Place) -> list[Past]:
        """The next ones before a place; none at the end."""
        with connection.cursor() as cursor:
            cursor.execute(
                _READ,
                {"longest": LONGEST, "since": self._since, "at": place.at, "message": place.message, "most": CHUNK},
            )
            return [self._past(row) for row in cursor.fetchall()]

    def _past(self, row: Sequence[Any]) -> Past:
        message, at, channel, outcome, source, probabilities, kept = row[:7]
        title, text, kind, language, posted_at, attachments, context, parent, conversation = row[7:16]
        name, account = self._channels.get(channel, ("", ""))
        said = Said(
            title, text, kind, language, posted_at, _read(attachments), _read(context), parent, conversation, name,
            account, *row[16:23],
        )  # fmt: skip
        is_deleted, is_past, chosen, by_hand, state, waits, priority, owner_now, identity = row[23:]
        if by_hand and chosen is None and source != Decision.Source.CONTINUITY:
            # It was moved before moves were kept as examples.
            chosen = owner_now
        kept = with_owner(_read(kept), source, outcome)
        what = (message, at, outcome, source, _read(probabilities), kept, said)
        return Past(*what, is_deleted, is_past, chosen, state, waits, priority, owner_now, identity, channel)


def _read(written: str) -> Any:
    return [] if written == "[]" else json.loads(written)


def answered(messages: Sequence[int]) -> dict[int, datetime]:
    """When each of these messages was answered first; those that were not are left out. One statement."""
    if not messages:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [list(messages)])
        return dict(cursor.fetchall())
