"""Signing in at Google or Microsoft, whose mail servers take tokens in place of passwords (XOAUTH2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from connectors import outbound
from connectors.channels.email.options import Options
from connectors.clean import clean_text
from connectors.http import AddressRefused, RequestException, Response, Timeout, session
from connectors.protocol import Account, ConnectorError, Grant

MAX_ANSWER = 256 * 1024
_AGAIN = "Sign in again from the channel's settings."


@dataclass(frozen=True, slots=True)
class Provider:
    """Where somebody signs in, and what for. `more`: what its page wants to know besides."""

    name: str
    authorize: str
    token: str
    revoke: str
    scopes: tuple[str, ...]
    more: Mapping[str, str]


GOOGLE = Provider(
    "Google",
    "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/token",
    "https://oauth2.googleapis.com/revoke",
    ("https://mail.google.com/",),
    # Only then there is a token to renew with, and also the second time.
    {"access_type": "offline", "prompt": "consent"},
)
MICROSOFT = Provider(
    "Microsoft",
    "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
    "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
    "",
    (
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "offline_access",
    ),
    {"prompt": "select_account"},
)


def provider_of(account: Account, options: Options) -> Provider:
    """Where this channel signs in; at the channel's own address if it has one. Raises ConnectorError."""
    found = {"google": GOOGLE, "microsoft": MICROSOFT}.get(options.kind)
    if found is None:
        message = "This channel logs in with a password."
        remedy = "Test the connection, or choose Google or Microsoft as the login."
        raise ConnectorError(message, remedy=remedy, permanent=True)
    tenant, base = quote(options.tenant, safe=""), account.base_url.rstrip("/")
    if base:
        revoke = f"{base}/revoke" if found.revoke else ""
        return Provider(found.name, f"{base}/authorize", f"{base}/token", revoke, found.scopes, found.more)
    authorize, token = found.authorize.format(tenant=tenant), found.token.format(tenant=tenant)
    return Provider(found.name, authorize, token, found.revoke, found.scopes, found.more)


def authorization(provider: Provider, client_id: str, grant: Grant, address: str) -> str:
    """The page that asks whether we may. Raises ConnectorError."""
    if not client_id:
        remedy = "Register an application as the guide says, and write its client ID into the form."
        raise ConnectorError("The client ID is missing.", remedy=remedy, permanent=True)
    asked = {
        "client_id": client_id,
        "redirect_uri": grant.callback,
        "response_type": "code",
        "scope": " ".join(provider.scopes),
        "state": grant.state,
        "code_challenge": grant.challenge,
        "code_challenge_method": "S256",
        "login_hint": address,
    }
    return f"{provider.authorize}?{urlencode(asked | dict(provider.more))}"


def redeem(provider: Provider, keys: Mapping[str, str], code: str, grant: Grant) -> dict[str, str]:
    """The tokens for a code. Raises ConnectorError."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": grant.callback,
        "code_verifier": grant.verifier,
    }
    found = _ask(provider, keys, asked)
    if "refresh_token" not in found:
        message = f"{provider.name} gave no token that lasts."
        raise ConnectorError(message, remedy=f"Take the application's access away and {_AGAIN.lower()}", permanent=True)
    return found


def renew(provider: Provider, keys: Mapping[str, str]) -> dict[str, str]:
    """Fresh tokens. Raises ConnectorError, permanent when somebody has to sign in again."""
    if not keys.get("refresh_token"):
        raise ConnectorError(f"Nobody has signed in at {provider.name} yet.", remedy=_AGAIN, permanent=True)
    return _ask(provider, keys, {"grant_type": "refresh_token", "refresh_token": keys["refresh_token"]})


def revoke(provider: Provider, keys: Mapping[str, str]) -> None:
    """Give the tokens back, where the provider takes them. Raises ConnectorError."""
    if provider.revoke and keys.get("refresh_token"):
        answer = _post(provider, provider.revoke, {"token": keys["refresh_token"]})
        # 400: it is worth nothing any more, which is what was wanted.
        if answer.status_code not in (200, 400):
            raise ConnectorError(f"{provider.name} says: HTTP {answer.status_code}")


def ends_at(keys: Mapping[str, str]) -> datetime | None:
    """When the token in use ends. One that nobody knows the end of has ended."""
    if not keys.get("refresh_token"):
        return None
    try:
        ends = datetime.fromisoformat(keys.get("access_token_until", ""))
    except ValueError:
        return datetime.now(UTC)
    return ends if ends.tzinfo else datetime.now(UTC)


def _ask(provider: Provider, keys: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    ours = {name: keys[name] for name in ("client_id", "client_secret") if keys.get(name)}
    now = datetime.now(UTC)
    answer = _post(provider, provider.token, {**asked, **ours})
    said = _json(answer)
    token = said.get("access_token")
    if answer.status_code != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise _refusal(provider, answer.status_code, said)
    seconds = said.get("expires_in")
    lasts = seconds if isinstance(seconds, int) and 0 < seconds < 10**7 else 3_000
    found = {"access_token": token, "access_token_until": (now + timedelta(seconds=lasts)).isoformat()}
    # Microsoft gives a new one each time, Google keeps the first.
    fresh = said.get("refresh_token")
    return found | ({"refresh_token": fresh} if isinstance(fresh, str) and fresh else {})


def _refusal(provider: Provider, status: int, said: Mapping[str, Any]) -> ConnectorError:
    code, words = said.get("error"), said.get("error_description")
    told = words if isinstance(words, str) and words else code if isinstance(code, str) else f"HTTP {status}"
    permanent = 400 <= status < 500 and status not in (408, 429)
    remedy = _AGAIN if code == "invalid_grant" else "Check the client ID and the secret, then sign in again."
    message = f"{provider.name} says: {clean_text(told)[:300]}"
    return ConnectorError(message, remedy=remedy if permanent else "", permanent=permanent)


def _post(provider: Provider, address: str, asked: Mapping[str, str]) -> Response:
    try:
        return session(max_bytes=MAX_ANSWER).post(address, data=dict(asked), headers={"Accept": "application/json"})
    except AddressRefused as error:
        raise ConnectorError(error.words, remedy=outbound.REMEDY, permanent=True) from error
    except Timeout as error:
        raise ConnectorError(f"{provider.name} did not answer in time.") from error
    except RequestException as error:
        raise ConnectorError(f"{provider.name} cannot be reached ({type(error).__name__}).") from error


def _json(answer: Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
