"""What the database already knows of a page: its messages and their parents, versions and tombstones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from connectors.incoming import Incoming
from connectors.models import Channel
from inbox.versions import History, VersionKey


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message as it stands in the database, with whose it is and where."""

    id: int
    external_id: str
    conversation_id: int
    thread_id: str
    network: str
    author_external_id: str
    identity_id: int
    is_inbound: bool
    key: VersionKey
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """Messages by external id, with the histories of those that the page speaks of."""

    messages: dict[str, KnownMessage] = field(default_factory=dict)
    versions: dict[int, list[VersionKey]] = field(default_factory=dict)
    tombstones: dict[str, datetime] = field(default_factory=dict)
    # Those of the page that something which came before answers.
    awaited: frozenset[str] = frozenset()

    def history(self, external_id: str) -> History:
        """What is known of one message, ready to take what arrives."""
        history = History(deleted_at=self.tombstones.get(external_id))
        message = self.messages.get(external_id)
        if message is not None:
            history.remember([message.key, *self.versions.get(message.id, ())])
        return history


_MESSAGES = """
    SELECT m.id, m.external_id, m.conversation_id, c.thread_id, i.network, i.external_id, m.identity_id,
           m.direction = 'in', m.version_at, m.edited_at IS NOT NULL, m.digest, m.deleted_at
    FROM inbox_message m
    JOIN inbox_conversation c ON c.id = m.conversation_id
    JOIN contacts_identity i ON i.id = m.identity_id
    WHERE m.channel_id = %s AND m.external_id = ANY(%s)
"""
# Both ask for what waits for a message: that it was deleted, and what answers it.
_WAITING = """
    SELECT external_id, deleted_at FROM inbox_tombstone WHERE channel_id = %(channel)s AND external_id = ANY(%(ids)s)
    UNION ALL
    SELECT DISTINCT parent_id, NULL::timestamptz FROM inbox_message
    WHERE channel_id = %(channel)s AND parent_id = ANY(%(ids)s) AND parent_id <> ''
"""


def look_up(channel: Channel, items: Sequence[Incoming]) -> Known:
    """Three statements for a page of any size (two when nothing of it is known)."""
    if not items:
        return Known()
    ids = {item.external_id for item in items}
    asked = ids | {item.parent_id for item in items if item.parent_id}
    rows = _rows(_MESSAGES, [channel.pk, sorted(asked)])
    messages = {row[1]: _message(row) for row in rows}
    waiting = _rows(_WAITING, {"channel": channel.pk, "ids": sorted(ids)})
    tombstones = {external_id: deleted_at for external_id, deleted_at in waiting if deleted_at is not None}
    awaited = frozenset(external_id for external_id, deleted_at in waiting if deleted_at is None)
    versions: dict[int, list[VersionKey]] = {}
    if spoken_of := [messages[one].id for one in ids if one in messages]:
        for message_id, *key in _rows(
            "SELECT message_id, at, is_edit, digest FROM inbox_version WHERE message_id = ANY(%s)", [spoken_of]
        ):
            versions.setdefault(message_id, []).append(VersionKey(*key))
    return Known(messages, versions, tombstones, awaited)


def _message(row: tuple[Any, ...]) -> KnownMessage:
    pk, external_id, conversation, thread, network, author, identity, inbound, at, is_edit, digest, deleted_at = row
    key = VersionKey(at, is_edit, digest)
    return KnownMessage(pk, external_id, conversation, thread, network, author, identity, inbound, key, deleted_at)


def _rows(statement: str, parameters: list[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
