"""Messages as they arrive: written, corrected, buried."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection

from connectors.incoming import Attachment, Incoming
from connectors.models import Channel
from contacts.profiles import Key
from inbox import learning
from inbox.arrivals import Arrival, PlaceKey
from inbox.conversations import Place
from inbox.unsaid import unsay
from socialcrm.bulk import copy_rows, next_ids

_COLUMNS = (
    "id",
    "channel_id",
    "conversation_id",
    "identity_id",
    "direction",
    "kind",
    "external_id",
    "parent_id",
    "text",
    "title",
    "html",
    "quoted",
    "automatic",
    "is_past",
    "language",
    "url",
    "attachments",
    "context",
    "raw",
    "posted_at",
    "created_at",
    "version_at",
    "digest",
    "edited_at",
    "deleted_at",
)


def write(
    channel: Channel,
    new: Sequence[Arrival],
    places: Mapping[PlaceKey, Place],
    identities: Mapping[Key, int],
    *,
    now: datetime,
) -> list[int]:
    """Write new messages with all their versions; returns their ids, in order. A deleted one keeps its place alone."""
    ids = next_ids("inbox_message", len(new))
    rows = []
    versions: list[tuple[Any, ...]] = []
    for message_id, arrival in zip(ids, new, strict=True):
        history, item = arrival.history, arrival.current
        if item is None:
            raise AssertionError("a new message has a version of this page")
        particulars = arrival.particulars or item
        gone = history.deleted_at is not None
        key = history.versions[max(history.versions)].key
        rows.append(
            (
                message_id,
                channel.pk,
                places[arrival.place].id,
                places[arrival.place].identity_id,
                "in",
                particulars.kind,
                arrival.external_id,
                particulars.parent_id,
                *(("", "", "", "") if gone else (item.text, item.title, item.html, item.quoted)),
                item.automatic,
                places[arrival.place].is_past,
                particulars.language,
                particulars.url,
                [] if gone else _attachments(item.attachments),
                [] if gone else [asdict(one) for one in particulars.context],
                {} if gone else item.raw,
                history.posted_at,
                now,
                key.at,
                key.digest,
                key.at if key.is_edit else None,
                history.deleted_at,
            )
        )
        versions += _others(channel, message_id, arrival)
    copy_rows("inbox_message", _COLUMNS, rows)
    _write_versions(versions)
    return ids


_REVISE = """
    UPDATE inbox_message m SET
        text = n.text, title = n.title, html = n.html, quoted = n.quoted, attachments = n.attachments, raw = n.raw,
        version_at = n.version_at, digest = n.digest, edited_at = n.edited_at, sentiment = NULL
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[],
                %s::timestamptz[], %s::text[], %s::timestamptz[])
        AS n(id, text, title, html, quoted, attachments, raw, version_at, digest, edited_at)
    WHERE m.id = n.id
"""
_PARTICULARS = """
    UPDATE inbox_message m SET kind = n.kind, parent_id = n.parent_id, url = n.url, language = n.language,
        context = n.context
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[])
        AS n(id, kind, parent_id, url, language, context)
    WHERE m.id = n.id
"""
_WIPE = """
    UPDATE inbox_message m SET text = '', title = '', html = '', quoted = '', attachments = '[]', raw = '{}',
        context = '[]', sentiment = NULL, deleted_at = n.deleted_at
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, deleted_at)
    WHERE m.id = n.id
"""


# An earlier version that arrives late makes a message older than it seemed.
_RETIME = """
    WITH retimed AS (
        UPDATE inbox_message m SET posted_at = n.posted_at
        FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, posted_at)
        WHERE m.id = n.id AND m.posted_at <> n.posted_at AND m.direction = 'in'
        RETURNING m.id, m.conversation_id, m.posted_at
    )
    UPDATE inbox_event e SET at = retimed.posted_at FROM retimed
    WHERE e.conversation_id = retimed.conversation_id AND e.message_id = retimed.id
"""


def revise(channel: Channel, old: Sequence[Arrival]) -> set[int]:
    """Bring known messages up to their newest version, wipe deleted ones; returns the conversations concerned."""
    known = [(one.message, one) for one in old if one.message is not None]
    contents, particulars, timed, gone = [], [], [], []
    versions: list[tuple[Any, ...]] = []
    for message, arrival in known:
        deleted_at = arrival.history.deleted_at
        timed.append((message.id, arrival.history.posted_at))
        if (item := arrival.current) is not None:
            contents.append((message.id, *_content(item, arrival)))
        if (source := arrival.particulars) is not None:
            context = json.dumps([] if deleted_at else [asdict(one) for one in source.context])
            particulars.append((message.id, source.kind, source.parent_id, source.url, source.language, context))
        if deleted_at:
            gone.append((message.id, deleted_at))
        versions += _others(channel, message.id, arrival)
    _set_aside([row[0] for row in contents])
    if contents or gone:
        learning.forget([row[0] for row in (*contents, *gone)])
    _update(_REVISE, contents)
    _update(_PARTICULARS, particulars)
    _update(_RETIME, timed)
    _write_versions(versions)
    _update(_WIPE, gone)
    _forget([message_id for message_id, _ in gone])
    return {message.conversation_id for message, _ in known}


def bury(channel: Channel, arrived: Sequence[Arrival]) -> None:
    """Put up tombstones, also for what never reached us, so that no later pull brings it back."""
    rows = sorted((one.external_id, one.history.deleted_at) for one in arrived if one.history.deleted_at is not None)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_tombstone (channel_id, external_id, deleted_at)"
            " SELECT %s, n.* FROM unnest(%s::text[], %s::timestamptz[]) AS n"
            " ON CONFLICT (channel_id, external_id) DO UPDATE"
            " SET deleted_at = least(inbox_tombstone.deleted_at, EXCLUDED.deleted_at)",
            [channel.pk, [row[0] for row in rows], [row[1] for row in rows]],
        )


def _others(channel: Channel, message_id: int, arrival: Arrival) -> list[tuple[Any, ...]]:
    """The versions besides the current one that are not in the database yet, as rows."""
    history = arrival.history
    current = history.current
    gone = history.deleted_at is not None
    rows: list[tuple[Any, ...]] = []
    for said in history.versions.values():
        if said is current or said.item is None:
            continue
        content = ("", []) if gone else (said.item.text, _attachments(said.item.attachments))
        rows.append((message_id, channel.pk, said.key.is_edit, said.key.at, said.key.digest, *content))
    return rows


def _content(item: Incoming, arrival: Arrival) -> tuple[Any, ...]:
    """Words, attachments, raw, time, digest and time of editing of the version that is shown."""
    key = arrival.history.versions[max(arrival.history.versions)].key
    edited_at = key.at if key.is_edit else None
    if arrival.history.deleted_at is not None:
        return "", "", "", "", "[]", "{}", key.at, key.digest, edited_at
    words = (item.text, item.title, item.html, item.quoted)
    attachments = json.dumps(_attachments(item.attachments))
    return *words, attachments, json.dumps(item.raw), key.at, key.digest, edited_at


def _set_aside(ids: Sequence[int]) -> None:
    """Keep what messages say now as an earlier version, before a newer one takes its place."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_version (message_id, channel_id, is_edit, at, digest, text, attachments)"
            " SELECT id, channel_id, edited_at IS NOT NULL, version_at, digest, text, attachments"
            " FROM inbox_message WHERE id = ANY(%s)",
            [list(ids)],
        )


def _write_versions(rows: Sequence[tuple[Any, ...]]) -> None:
    columns = ("message_id", "channel_id", "is_edit", "at", "digest", "text", "attachments")
    copy_rows("inbox_version", columns, rows)


def _forget(ids: list[int]) -> None:
    """Of deleted messages keep no words: not in earlier versions, not in decisions."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_version SET text = '', attachments = '[]' WHERE message_id = ANY(%s)", [ids])
    unsay(ids)


def _update(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


def _attachments(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    return [{"url": one.url, "kind": one.kind, "alt": one.alt, "name": one.name} for one in attachments]
