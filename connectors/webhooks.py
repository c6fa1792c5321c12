"""What networks send to a channel's webhook address: kept before it is answered, read later (inbox/drain.py).

Nothing here calls a network, and the only rows that a genuine delivery writes are its receipt.
"""

import json
import threading
import time
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.views.decorators.debug import sensitive_variables

from connectors import credentials, ledger
from connectors.clean import clean_text
from connectors.incoming import Rejected
from connectors.models import Channel, Credential, Receipt
from connectors.protocol import Answer, Connector, Forged, Hook
from connectors.registry import CONNECTORS, account_of
from socialcrm import jobs

log = structlog.get_logger(__name__)

MAX_BODY = 5 * 1024 * 1024
_CHANNEL = """
    SELECT c.id, c.network, c.name, c.base_url, c.settings, c.account, k.key_id, k.sealed
    FROM connectors_channel c LEFT JOIN connectors_credential k ON k.channel_id = c.id
    WHERE c.uuid = %s AND c.is_active
"""
# What is shown of a body that cannot be read.
_SHOWN = 100_000


class Unknown(Exception):
    """There is no channel at this address that takes webhooks."""


def answer(uuid: UUID, hook: Hook) -> Answer:
    """The answer to a network that checks whether the address is ours. Raises Unknown, Forged, ConnectorError."""
    _, connector = _called(uuid)
    return connector.challenge(hook)


@sensitive_variables()
def take(uuid: UUID, hook: Hook) -> bool:
    """Keep a delivery; once this returns it is committed. False: it is here already.

    Raises Unknown, Forged, ConnectorError (the channel's secrets cannot be read), DatabaseError.
    """
    channel, connector = _called(uuid)
    try:
        connector.authenticate(hook)
    except Forged as error:
        _refusals.count(channel.pk, str(error), hook.received_at)
        raise
    try:
        payload, state, reason = connector.unpack(hook.body), Receipt.State.PENDING, ""
    except Rejected as error:
        shown = hook.body[:_SHOWN].decode(errors="replace")
        payload, state, reason = {"unparsed": shown}, Receipt.State.REJECTED, str(error)
    return _keep(channel, hook, payload, state, reason)


def heard(channel_id: int, at: datetime) -> None:
    """Note when a channel's network last called."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO connectors_calls (channel_id, heard_at, refused, refused_reason) VALUES (%s, %s, 0, '')"
            " ON CONFLICT (channel_id) DO UPDATE SET heard_at = GREATEST(connectors_calls.heard_at, EXCLUDED.heard_at)",
            [channel_id, at],
        )


@sensitive_variables()
def _called(uuid: UUID) -> tuple[Channel, Connector]:
    """The channel that an address belongs to, and its connector, with one statement: this is asked at every delivery.

    Raises Unknown for all other addresses in the same way, ConnectorError.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHANNEL, [uuid])
        row = cursor.fetchone()
    kind = CONNECTORS.get(row[1]) if row else None
    if row is None or kind is None or not kind.takes_webhooks:
        raise Unknown
    channel_id, network, name, base_url, settings, account, key_id, sealed = row
    channel = Channel(
        id=channel_id, network=network, name=name, base_url=base_url, settings=json.loads(settings), account=account
    )
    credential = Credential(channel_id=channel_id, key_id=key_id, sealed=sealed) if key_id else None
    return channel, kind(account_of(channel, credentials.opened(credential) if credential else {}))


@transaction.atomic
def _keep(channel: Channel, hook: Hook, payload: Any, state: Receipt.State, reason: str) -> bool:
    """Write the receipt. The same body again has no effect; it counts as a duplicate."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO connectors_receipt"
            " (channel_id, source, key, position, payload, state, reason, errors, deaths, received_at)"
            " VALUES (%s, 'webhook', %s, %s, %s, %s, %s, 0, 0, %s) ON CONFLICT (channel_id, key) DO NOTHING",
            [
                channel.pk,
                blake2b(hook.body, digest_size=32, person=b"webhook").hexdigest(),
                "body" if reason else "",
                json.dumps(ledger.storable_payload(payload)),
                str(state),
                reason,
                hook.received_at,
            ],
        )
        is_new = bool(cursor.rowcount)
    if not is_new:
        ledger.add(channel.pk, {"duplicate": 1}, at=hook.received_at)
    elif state == Receipt.State.REJECTED:
        ledger.add(channel.pk, {"rejected": 1}, at=hook.received_at)
    else:
        jobs.ring(jobs.DRAIN)
    return is_new


class _Refusals:
    """Counts what was refused, with at most one write a second for each channel, whoever knocks how often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unwritten: dict[int, int] = {}
        self._written: dict[int, float] = {}

    def count(self, channel_id: int, reason: str, at: datetime) -> None:
        """One more, for this reason. What comes within a second is written with the next one after it."""
        now = time.monotonic()
        with self._lock:
            n = self._unwritten.get(channel_id, 0) + 1
            if now - self._written.get(channel_id, -1.0) < 1:
                self._unwritten[channel_id] = n
                return
            self._unwritten[channel_id], self._written[channel_id] = 0, now
        log.warning("webhook_refused", channel=channel_id, reason=reason, times=n)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO connectors_calls (channel_id, refused, refused_at, refused_reason) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (channel_id) DO UPDATE SET refused = connectors_calls.refused + EXCLUDED.refused,"
                " refused_at = EXCLUDED.refused_at, refused_reason = EXCLUDED.refused_reason",
                [channel_id, n, at, clean_text(reason)[:500]],
            )


_refusals = _Refusals()
