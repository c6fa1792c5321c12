"""Signatures of our own webhook, in and out: HMAC-SHA256 over time and body. Pure.

`X-SocialCRM-Signature: t=<unix time>,v1=<hex>` signs `<unix time>.<body>`. What comes in may be signed as
standardwebhooks.com has it instead: `webhook-id`, `webhook-timestamp` and `webhook-signature`, over all three.
"""

import hmac
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256

from connectors.protocol import Forged, Hook

HEADER = "X-SocialCRM-Signature"
_NAME = HEADER.lower()
_TOLERANCE = 5 * 60
# A sender that changes its secret signs with both for a while.
_MOST = 5


def make(secret: str, body: bytes, now: datetime) -> str:
    """The header's value for a body that leaves now."""
    moment = str(int(now.timestamp()))
    return f"t={moment},v1={_hex(secret, moment, body)}"


def check(secret: str, hook: Hook) -> None:
    """Let through what whoever knows the secret signed, in the last five minutes. Raises Forged."""
    if not secret:
        raise Forged("The channel has no signing secret.")
    if _NAME in hook.headers:
        _check_ours(secret, hook)
    elif "webhook-signature" in hook.headers:
        _check_standard(secret, hook)
    else:
        raise Forged("There is no signature.")


def _check_ours(secret: str, hook: Hook) -> None:
    parts = [part.strip().partition("=") for part in hook.headers[_NAME].split(",")[: _MOST + 1]]
    moment = next((value for name, _, value in parts if name == "t"), "")
    _check_time(moment, hook)
    given = [value for name, _, value in parts if name == "v1"]
    _compare(_hex(secret, moment, hook.body), given)


def _check_standard(secret: str, hook: Hook) -> None:
    identity, moment = hook.headers.get("webhook-id", ""), hook.headers.get("webhook-timestamp", "")
    _check_time(moment, hook)
    signed = f"{identity}.{moment}.".encode(errors="replace") + hook.body
    expected = b64encode(hmac.digest(_standard_key(secret), signed, sha256)).decode()
    parts = [part.partition(",") for part in hook.headers["webhook-signature"].split(" ")[:_MOST]]
    _compare(expected, [value for version, _, value in parts if version == "v1"])


def _check_time(moment: str, hook: Hook) -> None:
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= 12):
        raise Forged("The signature tells no time.")
    if abs(hook.received_at.timestamp() - int(moment)) > _TOLERANCE:
        raise Forged("The signature is older or newer than five minutes.")


def _compare(expected: str, given: list[str]) -> None:
    """In constant time, and as bytes: comparing texts refuses all but ASCII."""
    same = [hmac.compare_digest(expected.encode(), one.encode(errors="replace")) for one in given]
    if not any(same):
        raise Forged("The signature does not fit the body.")


def _hex(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()


def _standard_key(secret: str) -> bytes:
    """Such secrets are written as whsec_ and base64; of any other one the letters themselves are the key."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return secret.encode()
