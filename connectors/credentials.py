"""The secrets of channels, sealed. Nothing else reads or writes `Credential`.

AES-256-GCM under a key of the product's own keyring, `CREDENTIAL_KEYS`, newest first. The associated data name the
table and the channel, so a sealed text that is moved to another row does not open there. Whatever fails raises; what
comes out is never the sealed text.
"""

import base64
import binascii
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from connectors.models import Channel, Credential
from connectors.protocol import ConnectorError
from people.statements import Statement

KEY_BYTES = 32
NONCE_BYTES = 12
BATCH = 500


class CredentialsUnreadable(ConnectorError):
    """The sealed credentials of a channel do not open. Permanent until the key is back or they are given again."""

    def __init__(self, channel_id: int, why: str, remedy: str) -> None:
        super().__init__(
            f"The credentials of channel {channel_id} cannot be read: {why}.", remedy=remedy, permanent=True
        )


@dataclass(frozen=True, slots=True)
class Rotation:
    """How far a rotation has come: sealed anew, and passed over because no key opens them."""

    sealed: int = 0
    unreadable: tuple[int, ...] = ()


@sensitive_variables()
def store(channel: Channel, credentials: Mapping[str, str], *, given: Collection[str] = (), by: str = "") -> None:
    """Seal `credentials` for `channel` under the newest key, in place of those that it had.

    `given` are those that somebody, whose name is `by`, has just given: the page says when and who.
    """
    key_id, key = next(iter(_keyring().items()))
    plain = json.dumps(dict(credentials)).encode()
    changes: dict[str, Any] = {"key_id": key_id, "sealed": _seal(key, plain, channel.pk)}
    if given:
        before = Credential.objects.filter(channel=channel).values_list("given", flat=True).first() or {}
        now = timezone.now().isoformat()
        origins = {**before, **{name: {"at": now, "by": by} for name in given}}
        changes["given"] = {name: origin for name, origin in origins.items() if name in credentials}
    Credential.objects.update_or_create(channel=channel, defaults=changes)


@sensitive_variables()
def seal(subject: str, value: Mapping[str, Any]) -> str:
    """Something secret that has to lie outside of this table for a moment, sealed for one `subject`."""
    key_id, key = next(iter(_keyring().items()))
    return f"{key_id}:{base64.b64encode(_encrypt(key, json.dumps(dict(value)).encode(), subject.encode())).decode()}"


@sensitive_variables()
def unseal(subject: str, text: str) -> dict[str, Any]:
    """What `seal` made a text of. Raises ConnectorError."""
    key_id, _, sealed = text.partition(":")
    try:
        plain = _decrypt(_keyring()[key_id], base64.b64decode(sealed), subject.encode())
    except (KeyError, InvalidTag, ValueError) as error:
        message, remedy = "What was entered cannot be read any more.", "Enter it again."
        raise ConnectorError(message, remedy=remedy, permanent=True) from error
    value: dict[str, Any] = json.loads(plain)
    return value


_OF_CHANNEL = Statement(lambda channel: Credential.objects.filter(channel=channel))


@sensitive_variables()
def load(channel: Channel) -> dict[str, str]:
    """The credentials of `channel`; empty where it has none. Raises CredentialsUnreadable."""
    found = _OF_CHANNEL(channel=channel.pk)
    return opened(found[0]) if found else {}


@sensitive_variables()
def opened(credential: Credential) -> dict[str, str]:
    """What a row holds. Raises CredentialsUnreadable."""
    credentials: dict[str, str] = json.loads(_open(_keyring(), credential))
    return credentials


def rotate(batch: int = BATCH) -> Iterator[Rotation]:
    """Seal everything that an older key sealed under the newest one; yield the count after each committed batch.

    Can be killed at any time and started again: what is done carries the newest key's id. A row is locked while it is
    rewritten, so credentials that are stored meanwhile are not overwritten with older ones.
    """
    keys = _keyring()
    newest = next(iter(keys))
    sealed, unreadable, last = 0, [], 0
    while True:
        with transaction.atomic():
            rows = list(
                Credential.objects.select_for_update().filter(pk__gt=last).exclude(key_id=newest).order_by("pk")[:batch]
            )
            done = [row for row in rows if _reseal(keys, row)]
            Credential.objects.bulk_update(done, ["key_id", "sealed", "updated_at"])
        if not rows:
            return
        last = rows[-1].pk
        sealed += len(done)
        unreadable += [row.pk for row in rows if row.key_id != newest]
        yield Rotation(sealed, tuple(unreadable))


@sensitive_variables()
def _reseal(keys: Mapping[str, bytes], row: Credential) -> bool:
    try:
        plain = _open(keys, row)
    except CredentialsUnreadable:
        return False
    row.key_id, key = next(iter(keys.items()))
    row.sealed = _seal(key, plain, row.pk)
    row.updated_at = timezone.now()
    return True


@sensitive_variables()
def _seal(key: bytes, plain: bytes, channel_id: int) -> bytes:
    return _encrypt(key, plain, _bound_to(channel_id))


@sensitive_variables()
def _encrypt(key: bytes, plain: bytes, subject: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, subject)


@sensitive_variables()
def _decrypt(key: bytes, sealed: bytes, subject: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], subject)


@sensitive_variables()
def _open(keys: Mapping[str, bytes], row: Credential) -> bytes:
    key = keys.get(row.key_id)
    if key is None:
        remedy = f"Put key {row.key_id} back into CREDENTIAL_KEYS, or connect the channel again."
        raise CredentialsUnreadable(row.pk, f"they are sealed under key {row.key_id}, which is not here", remedy)
    try:
        return _decrypt(key, bytes(row.sealed), _bound_to(row.pk))
    except (InvalidTag, ValueError) as error:
        why = f"key {row.key_id} does not open them; it is another key, or the row was changed"
        raise CredentialsUnreadable(row.pk, why, "Put the right key back, or connect the channel again.") from error


def _bound_to(channel_id: int) -> bytes:
    return f"{Credential._meta.db_table}:{channel_id}".encode()


@sensitive_variables()
def _keyring() -> dict[str, bytes]:
    """Keys by their ids, newest first. Raises ImproperlyConfigured, which names the entry and shows no key."""
    keys: dict[str, bytes] = {}
    for position, entry in enumerate(settings.CREDENTIAL_KEYS, start=1):
        key_id, _, text = entry.partition(":")
        try:
            key = base64.b64decode(text, validate=True)
        except binascii.Error:
            key = b""
        if not 0 < len(key_id) <= 50 or len(key) != KEY_BYTES or key_id in keys:
            raise ImproperlyConfigured(
                f"CREDENTIAL_KEYS, entry {position}: write id:key, with an id of its own and 32 bytes in base64."
            )
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("CREDENTIAL_KEYS is empty: write id:key, with 32 bytes in base64.")
    return keys
