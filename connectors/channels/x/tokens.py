"""Signing in at X (OAuth 2 with PKCE): tokens live for two hours, and each renewal brings a new token for the next."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.channels.x.client import Client
from connectors.channels.x.errors import Refusal
from connectors.protocol import Account, ConnectorError, Grant

# The least for what a channel does: reading and answering mentions, with pictures; staying signed in.
SCOPES = ("tweet.read", "users.read", "tweet.write", "media.write", "offline.access")
DIRECT_SCOPES = ("dm.read", "dm.write")
SIGN_IN_AGAIN = "Sign in at X again."
_PAGE = "/i/oauth2/authorize"
_VENDORS = ("api.twitter.com", "api.x.com")
_LIFETIME = timedelta(hours=2)


def scopes_for(account: Account) -> Sequence[str]:
    """What this channel needs."""
    return (*SCOPES, *DIRECT_SCOPES) if account.settings.get("direct") else SCOPES


def authorization(account: Account, grant: Grant) -> str:
    """X's page that asks whether we may. Raises ConnectorError."""
    base = account.base_url.rstrip("/")
    site = base if base and urlsplit(base).hostname not in _VENDORS else "https://x.com"
    asked = {
        "response_type": "code",
        "client_id": _application(account)[0],
        "redirect_uri": grant.callback,
        "scope": " ".join(scopes_for(account)),
        "state": grant.state,
        "code_challenge": grant.challenge,
        "code_challenge_method": "S256",
    }
    return f"{site}{_PAGE}?{urlencode(asked)}"


def redeem(client: Client, account: Account, code: str, grant: Grant) -> dict[str, str]:
    """The account's tokens. Raises ConnectorError."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": grant.callback}
    return _tokens(_ask(client, account, "token", fields | {"code_verifier": grant.verifier}))


def renew(client: Client, account: Account) -> dict[str, str]:
    """Tokens for the next two hours; those that they replace are void. Raises ConnectorError."""
    token = account.credentials.get("refresh_token")
    if not token:
        message = "X gave no token to stay signed in with."
        raise ConnectorError(message, remedy=SIGN_IN_AGAIN, permanent=True)
    try:
        return _tokens(_ask(client, account, "token", {"grant_type": "refresh_token", "refresh_token": token}))
    except Refusal as error:
        if error.permanent:
            error.remedy = SIGN_IN_AGAIN
        raise


def until(account: Account) -> datetime | None:
    """When the account's token ends; None where nobody signed in."""
    if not account.credentials.get("user_token"):
        return None
    try:
        ends = datetime.fromisoformat(account.credentials.get("user_token_until", ""))
    except ValueError:
        return datetime.now(UTC)
    return ends if ends.tzinfo else ends.replace(tzinfo=UTC)


def revoke(client: Client, account: Account) -> None:
    """Give the tokens back. Raises ConnectorError."""
    for name in ("refresh_token", "user_token"):
        if token := account.credentials.get(name):
            _ask(client, account, "revoke", {"token": token, "token_type_hint": _HINTS[name]})


def missing_scopes(account: Account) -> list[str]:
    """What the account did not grant of what the channel needs; nothing where X did not say."""
    granted = account.credentials.get("user_scopes", "").split()
    return [one for one in scopes_for(account) if one not in granted] if granted else []


_HINTS = {"refresh_token": "refresh_token", "user_token": "access_token"}


def _application(account: Account) -> tuple[str, str]:
    client_id = str(account.settings.get("client_id") or "")
    if not client_id:
        message = "The client ID of the X app is missing."
        raise ConnectorError(message, remedy="Copy it from the app's page in X's developer console.", permanent=True)
    return client_id, account.credentials.get("client_secret", "")


def _ask(client: Client, account: Account, what: str, fields: Mapping[str, str]) -> dict[str, Any]:
    client_id, secret = _application(account)
    # Applications without a secret name themselves in the form; those with one prove who they are.
    named = dict(fields) | {"client_id": client_id}
    return client.form(f"/2/oauth2/{what}", named, (client_id, secret) if secret else None)


def _tokens(body: Mapping[str, Any]) -> dict[str, str]:
    token, following, seconds = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
    if not isinstance(token, str) or not token:
        raise ConnectorError("X's answer holds no token.", remedy=SIGN_IN_AGAIN)
    known = isinstance(seconds, int) and 0 < seconds < 10**8
    ends = datetime.now(UTC) + (timedelta(seconds=seconds) if known else _LIFETIME)  # type: ignore[arg-type]
    return {
        "user_token": token,
        "refresh_token": following if isinstance(following, str) else "",
        "user_token_until": ends.isoformat(),
        "user_scopes": scope if isinstance(scope := body.get("scope"), str) else "",
    }
