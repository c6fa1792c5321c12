"""Looking again at messages for edits and deletions that a network does not tell of.

Nothing is kept for a message: a channel was last looked at until some moment, and whatever has come to one of the
connector's ages since then is due. Pulling does not depend on this, and is not disturbed when it fails.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError, connection

from connectors import usage
from connectors.models import Channel, Pull, Watch
from connectors.protocol import Connector, ConnectorError, Original
from connectors.registry import CONNECTORS
from connectors.sessions import ready
from inbox.ingest import ingest
from inbox.turns import alone, limited, waiting
from socialcrm import jobs

log = structlog.get_logger(__name__)

_LOCK = 7_304  # of PostgreSQL's advisory locks, with the channel's id
_BATCH = 100
# Of one channel in one run; what is left waits for the next one.
_MOST = 500


class _Due(NamedTuple):
    """A message, and since when it is due to be looked at."""

    at: datetime
    original: Original


def ring() -> int:
    """Ask for a look at every channel that wants it; returns how many."""
    wanted = Channel.objects.filter(is_active=True, connected_at__isnull=False).exclude(pull__state=Pull.State.BROKEN)
    ids = [channel.pk for channel in wanted.order_by("pk") if _ages(channel)]
    for channel_id in ids:
        jobs.later(jobs.LOOK_AGAIN, channel_id=channel_id)
    return len(ids)


def look_again(channel: Channel, now: datetime) -> int:
    """Look again at what is due on a channel; returns how many messages were looked at."""
    with alone(_LOCK, channel.pk) as is_alone:
        if not is_alone or not _ages(channel) or waiting(channel) is not None:
            return 0
        return _channel(channel, _ages(channel), now)


def _ages(channel: Channel) -> Sequence[timedelta]:
    kind = CONNECTORS.get(channel.network)
    return kind.looks_again_after if kind else ()


def _channel(channel: Channel, ages: Sequence[timedelta], now: datetime) -> int:
    watch, is_new = Watch.objects.get_or_create(channel=channel, defaults={"looked_again_at": now})
    since = watch.looked_again_at
    if is_new or since is None:
        _reached(channel, now)
        return 0
    due = due_messages(channel, ages, since, now)
    looked_at = 0
    try:
        connector = ready(channel) if due else None
        for start in range(0, len(due), _BATCH):
            batch = due[start : start + _BATCH]
            _look(channel, connector, [one.original for one in batch])
            looked_at += len(batch)
            _reached(channel, batch[-1].at)
    except ConnectorError as error:
        log.warning("look_again_failed", channel=channel.name, error=error.message)
        if error.retry_at is not None:
            limited(channel, error.retry_at)
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 - a defect of a connector must not look like a broken worker
        log.exception("connector_defect", channel=channel.name)
    else:
        # Many at the same moment would be looked at for ever.
        stands = len(due) == _MOST and due[-1].at == since
        _reached(channel, now if len(due) < _MOST else due[-1].at + timedelta(microseconds=stands))
    return looked_at


def _look(channel: Channel, connector: Connector | None, known: Sequence[Original]) -> None:
    if connector is None:
        return
    try:
        by_id = {one.external_id: one for one in known}
        told = [item for item in connector.look_again(list(by_id.values())) if item.external_id in by_id]
        ingest(channel, told, trust_email=connector.vouches_for_email)
    finally:
        # Also where nothing has changed, and where the network broke off, it was paid for.
        usage.note(channel.pk, connector)


def _reached(channel: Channel, at: datetime) -> None:
    Watch.objects.filter(channel=channel).update(looked_again_at=at)


_DUE = """
    SELECT m.posted_at + ages.age AS due_at, m.external_id, c.thread_id, m.kind, i.external_id, i.handle, m.posted_at,
           m.raw
    FROM unnest(%(ages)s::interval[]) AS ages(age)
    CROSS JOIN LATERAL (
        SELECT * FROM inbox_message
        WHERE posted_at >= %(since)s - ages.age AND posted_at < %(until)s - ages.age
          AND channel_id = %(channel)s AND direction = 'in' AND deleted_at IS NULL
        ORDER BY posted_at, id LIMIT %(most)s
    ) AS m
    JOIN inbox_conversation c ON c.id = m.conversation_id
    JOIN contacts_identity i ON i.id = m.identity_id
    ORDER BY due_at, m.id LIMIT %(most)s
"""


def due_messages(channel: Channel, ages: Sequence[timedelta], since: datetime, until: datetime) -> list[_Due]:
    """Messages that have come to one of the ages from `since` until before `until`, those first that were due first."""
    asked: Mapping[str, Any] = {
        "ages": list(ages),
        "since": since,
        "until": until,
        "channel": channel.pk,
        "most": _MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, asked)
        rows = cursor.fetchall()
    return [
        _Due(
            due_at,
            Original(
                external_id=external_id,
                thread_id=thread_id,
                kind=kind,
                author_external_id=author,
                author_handle=handle,
                posted_at=posted_at,
                raw=json.loads(raw),
            ),
        )
        for due_at, external_id, thread_id, kind, author, handle, posted_at, raw in rows
    ]
