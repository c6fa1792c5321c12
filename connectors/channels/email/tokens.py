"""The ids of our own mails: each carries the thread it belongs to and a code that nobody else can make. Pure.

So an answer finds its thread although a mail program lost the references, and nobody gets into a thread by guessing.
"""

import hmac
import re
from base64 import b32decode, b32encode
from binascii import Error
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

_CODE, _TAG = 16, 5
_ID = re.compile(r"scrm\.([a-z2-7]{26})\.([a-z2-7]{1,400})\.([a-z2-7]{8})\.([a-z2-7]{26})@[^@\s]+", re.IGNORECASE)
_PLUS = re.compile(r"\+r([a-z2-7]{26})([a-z2-7]{16})@", re.IGNORECASE)
# What stands before @ has no more (RFC 5321, 4.5.3.1.1).
_MAX_LOCAL = 64


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail of ours as its id tells of it: the name that we know it by, and its thread (empty where unknown)."""

    external_id: str
    thread_id: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and reads ids with one channel's secret. Without a secret none is believed."""

    secret: str = field(repr=False)

    def message_id(self, client_key: str, thread_id: str, recipient: str, domain: str) -> str:
        """The id of a reply, without brackets: the same at every try."""
        key, thread, tag = _bytes_of(client_key), thread_id.encode(), self._tag(client_key, recipient)
        code = self._code(b"message-id", key, thread, tag)
        return f"scrm.{_text(key)}.{_text(thread)}.{_text(tag)}.{_text(code)}@{domain}"

    def read(self, message_id: str) -> Reply | None:
        """The mail of ours that has this id; None where it is not ours, or says so without being it."""
        found = _ID.fullmatch(message_id)
        if found is None or not self.secret:
            return None
        try:
            key, thread, tag, code = map(_decoded, found.groups())
            if not hmac.compare_digest(code, self._code(b"message-id", key, thread, tag)):
                return None
            return Reply(external_id_of(str(UUID(bytes=key))), thread.decode())
        except (Error, ValueError):
            return None

    def went_to(self, message_id: str, recipient: str) -> bool:
        """Whether a mail of ours, as `read` knows it, was sent to this address."""
        found = _ID.fullmatch(message_id)
        if found is None or self.read(message_id) is None:
            return False
        key = str(UUID(bytes=_decoded(found[1])))
        return hmac.compare_digest(_decoded(found[3]), self._tag(key, recipient))

    def address(self, client_key: str, address: str) -> str:
        """`address` with a code behind a plus sign, so that even an answer without references is known."""
        local, _, domain = address.rpartition("@")
        key = _bytes_of(client_key)
        code = f"+r{_text(key)}{_text(self._code(b'address', key)[:10])}"
        return f"{local}{code}@{domain}" if self.secret and len(local + code) <= _MAX_LOCAL else address

    def answered(self, address: str) -> Reply | None:
        """The mail of ours to whose answers `address` was given out."""
        found = _PLUS.search(address)
        if found is None or not self.secret:
            return None
        key, code = _decoded(found[1]), _decoded(found[2])
        if not hmac.compare_digest(code, self._code(b"address", key)[:10]):
            return None
        return Reply(external_id_of(str(UUID(bytes=key))), "")

    def mark(self) -> str:
        """What all our mails carry, so that they are known when they come back."""
        return _text(self._code(b"loop")) if self.secret else ""

    def _tag(self, client_key: str, recipient: str) -> bytes:
        return self._code(b"recipient", _bytes_of(client_key), recipient.lower().encode())[:_TAG]

    def _code(self, *parts: bytes) -> bytes:
        told = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self.secret.encode(), told, "sha256")[:_CODE]


def external_id_of(client_key: str) -> str:
    """The name by which we know a reply."""
    return f"reply:{_bytes_of(client_key).hex()}"


def _bytes_of(client_key: str) -> bytes:
    try:
        return UUID(client_key).bytes
    except ValueError:
        return sha256(client_key.encode()).digest()[:16]


def _text(value: bytes) -> str:
    # Some servers write ids in one case only, which base 32 survives.
    return b32encode(value).decode().rstrip("=").lower()


def _decoded(text: str) -> bytes:
    return b32decode(text.upper() + "=" * (-len(text) % 8))
