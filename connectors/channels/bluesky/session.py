"""A session at Bluesky: what an app password is exchanged for. Pure, but for what the client is asked to send.

The access token lasts about two hours, the refresh token weeks. Both stand among the channel's credentials, with a
fingerprint of what was entered, so that a session never outlives a change of handle, app password or address.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from connectors.clean import web_address
from connectors.protocol import Account, ConnectorError

VENDOR = "https://bsky.social"
# Where the token doesn't say how long it lasts, and the most that is believed.
_USUAL = timedelta(hours=1)
_MOST = timedelta(hours=24)
_TOKEN = re.compile(r"[\x21-\x7e]{1,8000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Tokens, whose they are, and the server that takes them."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    did: str
    service: str
    until: datetime

    @property
    def scope(self) -> str:
        """What the access token may do, in the server's word; empty where it doesn't say."""
        scope = _claims(self.access).get("scope")
        return scope if isinstance(scope, str) else ""


def entered(account: Account) -> tuple[str, str]:
    """The handle and the app password as somebody wrote them into the form."""
    handle = str(account.settings.get("handle") or "").strip().removeprefix("@")
    return handle, account.credentials.get("app_password", "").strip()


def address(account: Account) -> str:
    """The server where the account signs in."""
    return (account.base_url or VENDOR).rstrip("/")


def stored(account: Account) -> Session | None:
    """The session among the channel's credentials; None where there is none for what is entered now."""
    kept = account.credentials
    if kept.get("session_of") != _fingerprint(account) or not kept.get("access_token"):
        return None
    try:
        until = datetime.fromisoformat(kept.get("session_until", ""))
    except ValueError:
        until = datetime.min.replace(tzinfo=UTC)
    return Session(
        access=kept["access_token"],
        refresh=kept.get("refresh_token", ""),
        did=kept.get("did", ""),
        service=kept.get("service") or address(account),
        until=until if until.tzinfo else until.replace(tzinfo=UTC),
    )


def kept(account: Account, session: Session) -> dict[str, str]:
    """What to store of a session among the channel's credentials."""
    return {
        "access_token": session.access,
        "refresh_token": session.refresh,
        "did": session.did,
        # Not where it is the one that was entered.
        "service": "" if session.service == address(account) else session.service,
        "session_until": session.until.isoformat(),
        "session_of": _fingerprint(account),
    }


def opened(account: Account, body: Mapping[str, Any]) -> Session:
    """The session that an answer of createSession or refreshSession holds. Raises ConnectorError."""
    given = [body.get(name) for name in ("accessJwt", "refreshJwt", "did")]
    access, refresh, did = (one if isinstance(one, str) else "" for one in given)
    if not _TOKEN.fullmatch(access) or not _TOKEN.fullmatch(refresh) or not did.startswith("did:"):
        raise ConnectorError("Bluesky's answer holds no session.")
    if body.get("active") is False:
        status = str(body.get("status") or "inactive")[:40]
        message = f"The account is {status} on Bluesky."
        raise ConnectorError(message, remedy="Make it active again on bsky.app, then test the channel.", permanent=True)
    return Session(
        access=access,
        refresh=refresh,
        did=did,
        service=_service(account, body.get("didDoc")),
        until=datetime.now(UTC) + _lifetime(access),
    )


def _service(account: Account, document: object) -> str:
    """The server that holds the account. At the vendor's address it is the one that the account's DID document names;
    whoever entered an address of their own means that one."""
    own = address(account)
    services = document.get("service") if isinstance(document, dict) and own == VENDOR else None
    for one in services if isinstance(services, list) else []:
        if isinstance(one, dict) and str(one.get("id")).endswith("#atproto_pds"):
            found = web_address(one.get("serviceEndpoint"))
            parts = urlsplit(found or "")
            if found and parts.scheme == "https" and "@" not in parts.netloc and not parts.query:
                return found.rstrip("/")
    return own


def _lifetime(token: str) -> timedelta:
    """How long a token lasts, by the two times in it: no clock but our own counts when it ends."""
    claims = _claims(token)
    made, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(made, int) or not isinstance(ends, int) or not 0 < ends - made < 2**31:
        return _USUAL
    return min(timedelta(seconds=ends - made), _MOST)


def _claims(token: str) -> dict[str, Any]:
    """What a token says of itself. Only its issuer can check it; we just read."""
    try:
        body = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _fingerprint(account: Account) -> str:
    parts = (*entered(account), address(account))
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
