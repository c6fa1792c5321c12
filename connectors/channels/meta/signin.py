"""Signing in with Facebook: from the dialog to the token of one Page, which does not run out by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from connectors.channels.meta.graph import VENDOR, VERSION, Graph
from connectors.channels.meta.refusals import Refusal
from connectors.channels.meta.shapes import Json, identity, member, several, text
from connectors.protocol import Account, ConnectorError, Grant

_WWW = "https://www.facebook.com"
_MOST_PAGES = 10
NO_APP = "Signing in needs the app's id and secret."
ADD_APP = "Copy both from the app's settings (Basic) at developers.facebook.com into the form."


def dialog(account: Account, grant: Grant, scopes: Sequence[str]) -> str:
    """The page that asks whether we may. Raises ConnectorError."""
    app_id, _ = _app(account)
    base = account.base_url if account.base_url not in ("", VENDOR) else _WWW
    version = str(account.settings.get("version") or VERSION)
    asked = {
        "client_id": app_id,
        "redirect_uri": grant.callback,
        "state": grant.state,
        "response_type": "code",
    }
    # “Facebook Login for Business” takes the permissions from a configuration, and no others.
    configuration = str(account.settings.get("config_id") or "").strip()
    asked |= {"config_id": configuration} if configuration else {"scope": ",".join(scopes)}
    return f"{base.rstrip('/')}/{version}/dialog/oauth?{urlencode(asked)}"


def pages(account: Account, code: str, grant: Grant) -> list[Json]:
    """The Pages of whoever signed in, each with its token. Raises ConnectorError."""
    app_id, app_secret = _app(account)
    app = Graph(account, token="")
    keys = {"client_id": app_id, "client_secret": app_secret}
    short = _token(app, {**keys, "redirect_uri": grant.callback, "code": code})
    # Page tokens of a long-lived user token do not run out.
    long = _token(app, {**keys, "grant_type": "fb_exchange_token", "fb_exchange_token": short})
    user = Graph(replace(account, credentials={**account.credentials, "access_token": long}))
    found: list[Json] = []
    after = ""
    for _ in range(_MOST_PAGES):
        fields = "id,name,access_token,instagram_business_account{id,username}"
        answer = user.ask("me/accounts", fields=fields, limit="100", **({"after": after} if after else {}))
        found += several(answer.listed)
        after = answer.onward
        if not after:
            break
    return found


def chosen(
    found: Sequence[Json], wanted: str, names: Sequence[tuple[str, str]], what: str, field: str
) -> Mapping[str, str]:
    """The credentials of the one that is `wanted`, or of the only one. Raises ConnectorError, permanent, which lists
    what there is to choose from. `names` are the id and name of each."""
    fitting = [page for page, (one, _) in zip(found, names, strict=True) if one and wanted in ("", one)]
    if len(fitting) == 1 and text(fitting[0].get("access_token")):
        return {"access_token": text(fitting[0].get("access_token"))}
    listed = "; ".join(f"{name}: {one}" for one, name in names if one)[:1_000]
    if not listed:
        remedy = (
            f"Sign in as somebody who manages the {what}, and tick it in Facebook's dialog. Of what belongs to a "
            "business portfolio Meta tells only with the permission business_management."
        )
        raise ConnectorError(f"This person shares no {what} with the app.", remedy=remedy, permanent=True)
    message = f"There are several: {listed}." if not wanted else f"{wanted} is not among them: {listed}."
    remedy = f"Write the number of the one that you mean into the field “{field}”, and sign in again."
    raise ConnectorError(message, remedy=remedy, permanent=True)


def app_token(account: Account) -> str:
    """What stands for the app itself; empty without its id and secret."""
    app_id = str(account.settings.get("app_id") or "")
    secret = account.credentials.get("app_secret") or ""
    return f"{app_id}|{secret}" if app_id and secret else ""


def inspected(account: Account) -> Json:
    """What Meta says about the channel's token: its kind, its end, what it may. Empty where the app's id or secret is
    missing, without which nobody may ask. Raises ConnectorError."""
    token = app_token(account)
    if not token:
        return {}
    graph = Graph(account, token=token)
    return member(graph.ask("debug_token", input_token=account.credentials.get("access_token") or "").body, "data")


def ends_at(told: Json) -> datetime | None:
    """When the token, or the leave to read people's data, comes to its end; None: neither does."""
    ends = [told.get(name) for name in ("expires_at", "data_access_expires_at")]
    times = [one for one in ends if isinstance(one, int) and not isinstance(one, bool) and 0 < one < 2**33]
    return datetime.fromtimestamp(min(times), UTC) if times else None


def _token(app: Graph, params: Mapping[str, str]) -> str:
    try:
        answer = app.exchange(**params)
    except Refusal as error:
        error.remedy = "Sign in again. If it fails again, check the app's id and secret, and the callback address."
        raise
    token = text(answer.body.get("access_token"))
    if not token:
        raise ConnectorError("Meta gave no token.", remedy="Sign in again.", permanent=True)
    return token


def _app(account: Account) -> tuple[str, str]:
    app_id, secret = identity(account.settings.get("app_id")), account.credentials.get("app_secret") or ""
    if not app_id or not secret:
        raise ConnectorError(NO_APP, remedy=ADD_APP, permanent=True)
    return app_id, secret
