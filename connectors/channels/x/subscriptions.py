"""Asks X to call us: registers the webhook's address and subscribes to what happens to the account."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.channels.x.client import Client
from connectors.channels.x.errors import Refusal
from connectors.channels.x.posts import Json, listed
from connectors.protocol import ConnectorError

TAG = "socialcrm"
# Without the first there is no point; X offers the others not to every app.
_EVENTS = ("post.mention.create", "post.reply.create", "post.quote.create", "post.delete")
_DIRECT = "dm.received"
_WEBHOOKS, _EVENTS_ROUTE = "/2/webhooks", "/2/activity/subscriptions"
_NO_ACCESS = (400, 403, 404)


def subscribe(client: Client, address: str, user_id: str, *, direct: bool) -> str:
    """Have what concerns the account sent to `address`; returns the webhook's id. Doing it twice is fine.

    Raises ConnectorError.
    """
    _check(address)
    webhook_id = _registered(client, address)
    wanted = (*_EVENTS, _DIRECT) if direct else _EVENTS
    try:
        _subscribe(client, webhook_id, user_id, wanted)
    except Refusal as error:
        if error.status not in _NO_ACCESS:
            raise
        # Companies with X's older product have account activity instead.
        _subscribe_to_all(client, webhook_id, error)
    return webhook_id


def unsubscribe(client: Client, webhook_id: str) -> None:
    """Take the webhook back, and what was subscribed for it; what is gone already is no error. Raises
    ConnectorError."""
    for one in _gone_is_fine(lambda: _listed(client, _EVENTS_ROUTE)) or []:
        if str(one.get("webhook_id")) == webhook_id:
            subscription = f"{_EVENTS_ROUTE}/{one.get('subscription_id')}"
            _gone_is_fine(lambda route=subscription: client.delete(route))
    _gone_is_fine(lambda: client.delete(f"{_WEBHOOKS}/{webhook_id}"))


def _check(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" or parts.netloc != parts.hostname:
        raise ConnectorError(
            f"X sends webhooks to https addresses without a port only, and ours is {address[:200]}.",
            remedy="Give the product such an address, or leave webhooks off: polling brings everything as well.",
            permanent=True,
        )


def _registered(client: Client, address: str) -> str:
    """The webhook's id; X checks the address while it registers or revives it."""
    for one in _listed(client, _WEBHOOKS):
        if one.get("url") == address and one.get("id"):
            webhook_id = str(one["id"])
            if not one.get("valid"):
                client.put(f"{_WEBHOOKS}/{webhook_id}")
            return webhook_id
    body = client.post(_WEBHOOKS, {"url": address}, as_user=False).body
    data = body.get("data")
    made = data if isinstance(data, dict) else body
    if not isinstance(made.get("id"), str | int):
        raise ConnectorError("X took our webhook's address and did not say under which id.")
    return str(made["id"])


def _subscribe(client: Client, webhook_id: str, user_id: str, wanted: Sequence[str]) -> None:
    before = {str(one.get("event_type")): one for one in _listed(client, _EVENTS_ROUTE) if _user_of(one) == user_id}
    for kind in wanted:
        one = before.get(kind)
        if one is not None and str(one.get("webhook_id")) == webhook_id:
            continue
        try:
            if one is not None:
                change = {"webhook_id": webhook_id, "tag": TAG}
                client.put(f"{_EVENTS_ROUTE}/{one.get('subscription_id')}", change)
            else:
                asked = {"event_type": kind, "filter": {"user_id": user_id}, "webhook_id": webhook_id, "tag": TAG}
                # What only the account may know of, it has to ask for itself: signed in, or with its four keys.
                client.post(_EVENTS_ROUTE, asked, as_user=client.can_post)
        except Refusal as error:
            if kind == wanted[0] or error.status not in _NO_ACCESS:
                raise


def _subscribe_to_all(client: Client, webhook_id: str, refused: Refusal) -> None:
    if not client.can_post:
        raise refused
    route = f"/2/account_activity/webhooks/{webhook_id}/subscriptions/all"
    try:
        data = client.get(route, {}, as_user=True).body.get("data")
        if not (isinstance(data, dict) and data.get("subscribed")):
            client.post(route, {})
    except Refusal as error:
        # What the newer product said tells more.
        raise (refused if error.status in _NO_ACCESS else error) from error


def _listed(client: Client, route: str) -> list[Json]:
    return listed(client.get(route, {}).body.get("data"))


def _user_of(subscription: Json) -> str:
    concerns = subscription.get("filter")
    return str(concerns.get("user_id")) if isinstance(concerns, dict) else ""


def _gone_is_fine(call: Any) -> Any:
    try:
        return call()
    except Refusal as error:
        if error.status not in _NO_ACCESS:
            raise
    return None
