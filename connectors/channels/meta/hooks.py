"""Meta's webhooks: whether a delivery is genuine, and what it holds. Its shapes differ by product and by log-in."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.channels.meta.pages import kept
from connectors.channels.meta.shapes import Json, identity, member, moment, text
from connectors.incoming import Rejected
from connectors.protocol import Answer, Forged, Hook, Malformed

# Meta sends up to a thousand; what is more is no delivery of Meta's.
_MOST = 5_000
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing of a delivery: a change of `field`, or with `field` "messaging" an event of a conversation."""

    field: str
    value: Json
    at: object
    position: str


def challenge(hook: Hook, verify_token: str) -> Answer:
    """The answer to Meta's check that the address is ours. Raises Forged."""
    asked = hook.query
    if not verify_token:
        raise Forged("The channel has no verify token.")
    given = asked.get("hub.verify_token", "")
    if asked.get("hub.mode") != "subscribe" or not hmac.compare_digest(_bytes(given), _bytes(verify_token)):
        raise Forged("The verify token is another one.")
    said = asked.get("hub.challenge", "")
    if not _CHALLENGE.fullmatch(said):
        raise Forged("The challenge is none of Meta's.")
    return Answer(body=said)


def authenticate(hook: Hook, app_secret: str) -> None:
    """Verify the signature of the raw body. Raises Forged."""
    if not app_secret:
        raise Forged("The channel has no app secret, so nobody can tell who sent this.")
    signed = _SIGNATURE.fullmatch(hook.headers.get("x-hub-signature-256", ""))
    if signed is None:
        raise Forged("The signature is missing.")
    expected = hmac.new(_bytes(app_secret), hook.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signed[1]):
        raise Forged("The signature does not fit. The app secret may be another app's.")


def contents(payload: Any, kind: str, own_id: str) -> Iterator[Told | Malformed]:
    """What a delivery holds, in its order. Raises Rejected when nothing of it can be read."""
    if not isinstance(payload, dict) or payload.get("object") != kind:
        told = payload.get("object") if isinstance(payload, dict) else payload
        raise Rejected("object", told, f"must be “{kind}”; let the app send nothing else to this address.")
    entries = payload.get("entry")
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise Rejected("entry", entries, f"must be a list of at most {_MOST} things.")
    for number, entry in enumerate(entries):
        place = f"entry {number}"
        if not isinstance(entry, dict):
            yield Malformed(payload=kept(entry), reason="An entry must be an object.", position=place)
        elif identity(entry.get("id")) != own_id:
            reason = f"It is for {identity(entry.get('id')) or 'nobody'}, and this channel is {own_id}."
            yield Malformed(payload=kept(entry), reason=reason, position=place)
        else:
            yield from _entry(entry, place)


def _entry(entry: Json, place: str) -> Iterator[Told | Malformed]:
    at = entry.get("time")
    changes = entry.get("changes", [])
    # The Instagram log-in tells field and value without a list around them.
    if "field" in entry:
        changes = [*(changes if isinstance(changes, list) else [changes]), entry]
    # `standby` is what another app answers; `messaging` is ours.
    for name, listed in (("changes", changes), ("messaging", entry.get("messaging", []))):
        if not isinstance(listed, list):
            yield Malformed(payload=kept(entry), reason=f"“{name}” must be a list.", position=place)
            continue
        for number, one in enumerate(listed):
            position = f"{place}, {name} {number}"
            if not isinstance(one, dict):
                yield Malformed(payload=kept(one), reason="It is no object.", position=position)
            elif name == "messaging":
                yield Told("messaging", one, at, position)
            elif isinstance(one.get("value"), dict):
                yield Told(text(one.get("field")), member(one, "value"), at, position)
            else:
                yield Malformed(payload=kept(one), reason="A change must have a value.", position=position)


def later_of(value: Json, at: object) -> object:
    """The time of a change: the telling's, which is never before the thing itself."""
    told, made = moment(at), moment(value.get("created_time"))
    if told is None:
        return value.get("created_time")
    return value.get("created_time") if made is not None and made > told else at


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
