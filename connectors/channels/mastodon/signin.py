"""Signing in at a server (OAuth 2): every server lets anybody make an application of their own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlencode

from connectors.channels.mastodon.client import Client, Json
from connectors.channels.mastodon.errors import SIGN_IN, Refusal
from connectors.protocol import Account, ConnectorError, Grant

# The least that everything here needs.
SCOPES = ("read:accounts", "read:notifications", "read:statuses", "write:statuses", "write:media")
_APPLICATION = ("client_id", "client_secret")
_MISSING = "Start signing in again from the channel."


def register(account: Account, callback: str) -> Mapping[str, str]:
    """Our application on this server; the one that is there already if it fits. Raises ConnectorError."""
    fitting = sha256(" ".join((account.base_url, callback, *SCOPES)).encode()).hexdigest()[:32]
    if account.credentials.get("client_for") == fitting and all(map(account.credentials.get, _APPLICATION)):
        return {}
    fields = {"client_name": "SocialCRM", "redirect_uris": callback, "scopes": " ".join(SCOPES)}
    made = Client(account).post("/api/v1/apps", fields, changes=False)
    names = {name: made.get(name) for name in _APPLICATION}
    if not all(isinstance(value, str) and value for value in names.values()):
        raise ConnectorError("The server made an application and did not say its id.", remedy="Try it again.")
    return {name: str(value) for name, value in names.items()} | {"client_for": fitting}


def authorization(account: Account, grant: Grant) -> str:
    """The server's page that asks. PKCE is offered everywhere; servers that don't know it pass over it. Raises
    ConnectorError."""
    asked = {
        "response_type": "code",
        "client_id": _application(account)["client_id"],
        "redirect_uri": grant.callback,
        "scope": " ".join(SCOPES),
        "state": grant.state,
        "code_challenge": grant.challenge,
        "code_challenge_method": "S256",
    }
    return f"{account.base_url.rstrip('/')}/oauth/authorize?{urlencode(asked)}"


def redeem(account: Account, code: str, grant: Grant) -> Mapping[str, str]:
    """The token for `code`. Raises ConnectorError, permanent when something was not granted."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": grant.callback,
        "code_verifier": grant.verifier,
        "scope": " ".join(SCOPES),
    }
    given = _kept(Client(account).post("/oauth/token", _application(account) | asked, changes=False))
    require(given["scope"].split())
    return given


def refresh(account: Account) -> Mapping[str, str]:
    """A fresh token. Raises ConnectorError, permanent when somebody has to sign in again."""
    asked = {"grant_type": "refresh_token", "refresh_token": account.credentials.get("refresh_token", "")}
    try:
        made = Client(account).post("/oauth/token", _application(account) | asked, changes=False)
    except Refusal as error:
        if error.permanent:
            error.remedy = SIGN_IN
        raise
    given = _kept(made)
    # Not every server gives a new one of these, too.
    return given | {"refresh_token": given["refresh_token"] or account.credentials.get("refresh_token", "")}


def revoke(account: Account) -> None:
    """Give the token back. Raises ConnectorError."""
    token = account.credentials.get("access_token", "")
    if not token:
        return
    if not all(map(account.credentials.get, _APPLICATION)):
        remedy = "Delete it on the server: Preferences, Development."
        raise ConnectorError("The access token was made by hand.", remedy=remedy, permanent=True)
    Client(account).post("/oauth/revoke", _application(account) | {"token": token}, changes=False)


def until(account: Account) -> datetime | None:
    """When the token ends; None: never, as usual."""
    try:
        at = datetime.fromisoformat(account.credentials.get("token_until", ""))
    except ValueError:
        return None
    return at if at.tzinfo else None


def require(granted: list[str]) -> None:
    """Compare what was granted with what is needed. Servers that don't say are believed. Raises ConnectorError."""
    missing = [one for one in SCOPES if granted and one not in granted and one.split(":")[0] not in granted]
    if missing:
        raise ConnectorError(
            f"The token lacks permissions: {', '.join(missing)}.",
            remedy="Sign in again and allow what is asked for, or make a token that has them.",
            permanent=True,
        )


def _application(account: Account) -> dict[str, str]:
    names = {name: account.credentials.get(name, "") for name in _APPLICATION}
    if not all(names.values()):
        raise ConnectorError("There is no application on the server.", remedy=_MISSING, permanent=True)
    return names


def _kept(made: Json) -> dict[str, str]:
    """What is stored of a token that the server made. All of it is written, so that nothing older stays."""
    texts = {name: made.get(name) for name in ("access_token", "refresh_token", "scope")}
    kept = {name: value if isinstance(value, str) else "" for name, value in texts.items()}
    if not kept["access_token"]:
        raise ConnectorError("The server gave no token.", remedy=_MISSING)
    seconds = made.get("expires_in")
    is_time = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < 10**9
    end = datetime.now(UTC) + timedelta(seconds=seconds) if is_time and isinstance(seconds, int) else None
    return kept | {"token_until": end.isoformat() if end else ""}
