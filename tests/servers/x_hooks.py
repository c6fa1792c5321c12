"""Webhooks of the stand-in for X: registering addresses, subscribing, and the bodies of deliveries in both shapes."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.servers.x_answer import Answer, Refusal, invalid, problem
from tests.servers.x_shapes import Asked
from tests.servers.x_world import World

EVENTS = {"post.create", "post.delete", "post.mention.create", "post.reply.create", "post.quote.create", "dm.received"}
PRIVATE = EVENTS - {"post.create", "post.delete"}


@dataclass
class Hooks:
    """What is registered. `has_activity`, `has_account_activity`: which of X's products the application may use."""

    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    everything: set[str] = field(default_factory=set)
    has_activity: bool = True
    has_account_activity: bool = True
    events: set[str] = field(default_factory=lambda: set(EVENTS))


def webhooks(api: Any, who: str | None, asked: Asked, body: bytes) -> Answer:
    """GET /2/webhooks"""
    _app_only(who)
    found = list(api.hooks.webhooks.values())
    return Answer(200, {"data": found, "meta": {"result_count": len(found)}})


def register(api: Any, who: str | None, asked: Asked, body: bytes) -> Answer:
    """POST /2/webhooks"""
    _app_only(who)
    url = json.loads(body)["url"]
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.port:
        raise Refusal(400, invalid("url", "UrlValidationFailed: the URL must use https and have no port"))
    if any(one["url"] == url for one in api.hooks.webhooks.values()):
        raise Refusal(400, invalid("url", "DuplicateUrlFailed: a webhook is already registered for this URL"))
    made = {"id": str(api.world.next_id()), "url": url, "valid": True, "created_at": "2026-11-22T10:00:00.000Z"}
    api.hooks.webhooks[made["id"]] = made
    return Answer(200, {"data": made})


def revive(api: Any, who: str | None, asked: Asked, body: bytes, webhook_id: str) -> Answer:
    """PUT /2/webhooks/:id"""
    _app_only(who)
    _webhook(api, webhook_id)["valid"] = True
    return Answer(200, {"data": {"valid": True}})


def remove(api: Any, who: str | None, asked: Asked, body: bytes, webhook_id: str) -> Answer:
    """DELETE /2/webhooks/:id"""
    _app_only(who)
    del api.hooks.webhooks[_webhook(api, webhook_id)["id"]]
    return Answer(200, {"data": {"deleted": True}})


def subscriptions(api: Any, who: str | None, asked: Asked, body: bytes) -> Answer:
    """GET /2/activity/subscriptions"""
    _activity(api)
    found = list(api.hooks.subscriptions.values())
    return Answer(200, {"data": found, "meta": {"total_subscriptions": len(found)}})


def subscribe(api: Any, who: str | None, asked: Asked, body: bytes) -> Answer:
    """POST /2/activity/subscriptions"""
    _activity(api)
    given = json.loads(body)
    if given["event_type"] in PRIVATE and who is None:
        raise Refusal(403, problem(403, "Client Forbidden", "Private events require user authorization."))
    if given["event_type"] not in api.hooks.events:
        raise Refusal(400, invalid("event_type", f"[{given['event_type']}] is not one of {sorted(api.hooks.events)}"))
    _webhook(api, given["webhook_id"])
    same = (given["event_type"], given["filter"])
    if any((one["event_type"], one["filter"]) == same for one in api.hooks.subscriptions.values()):
        raise Refusal(400, invalid("event_type", "DuplicateSubscriptionFailed"))
    made = given | {"subscription_id": str(api.world.next_id())}
    api.hooks.subscriptions[made["subscription_id"]] = made
    return Answer(200, {"data": [made], "meta": {"total_subscriptions": len(api.hooks.subscriptions)}})


def resubscribe(api: Any, who: str | None, asked: Asked, body: bytes, subscription_id: str) -> Answer:
    """PUT /2/activity/subscriptions/:id"""
    api.hooks.subscriptions[subscription_id] |= json.loads(body)
    return Answer(200, {"data": api.hooks.subscriptions[subscription_id]})


def unsubscribe(api: Any, who: str | None, asked: Asked, body: bytes, subscription_id: str) -> Answer:
    """DELETE /2/activity/subscriptions/:id"""
    del api.hooks.subscriptions[subscription_id]
    return Answer(200, {"data": {"deleted": True}})


def everything(api: Any, who: str | None, asked: Asked, body: bytes, webhook_id: str) -> Answer:
    """GET /2/account_activity/webhooks/:id/subscriptions/all"""
    _account_activity(api, who)
    return Answer(200, {"data": {"subscribed": who in api.hooks.everything}})


def subscribe_to_everything(api: Any, who: str | None, asked: Asked, body: bytes, webhook_id: str) -> Answer:
    """POST /2/account_activity/webhooks/:id/subscriptions/all"""
    _account_activity(api, who)
    _webhook(api, webhook_id)
    api.hooks.everything.add(who)
    return Answer(200, {"data": {"subscribed": True}})


def _app_only(who: str | None) -> None:
    if who is not None:
        raise Refusal(403, problem(403, "Unsupported Authentication", "Only OAuth 2.0 Application-Only is supported."))


def _activity(api: Any) -> None:
    if not api.hooks.has_activity:
        raise Refusal(403, problem(403, "Client Forbidden", "The X Activity API is not part of your access level."))


def _account_activity(api: Any, who: str | None) -> None:
    if who is None or not api.hooks.has_account_activity:
        raise Refusal(403, problem(403, "Client Forbidden", "Account activity is for enterprises."))


def _webhook(api: Any, webhook_id: str) -> dict[str, Any]:
    if webhook_id not in api.hooks.webhooks:
        raise Refusal(400, invalid("webhook_id", "WebhookIdInvalid"))
    found: dict[str, Any] = api.hooks.webhooks[webhook_id]
    return found


def signature(secret: str, body: bytes) -> str:
    """As X signs bodies, and answers to its check."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def event(world: World, kind: str, thing_id: str) -> bytes:
    """A delivery of the X Activity API: `post`, `direct` or `delete`."""
    if kind == "delete":
        return _activity_event(world, "post.delete", {"id": thing_id, "author_id": world.brand_id}, {})
    if kind == "direct":
        told = next(one for one in world.direct if one["id"] == thing_id)
        payload = _older_direct(world, told)
        payload["users"] = {one: {"data": world.users[one]} for one in (told["sender_id"], world.brand_id)}
        return _activity_event(world, "dm.received", payload, {})
    post = world.posts[thing_id]
    users = [world.users[one] for one in dict.fromkeys((post["author_id"], world.brand_id))]
    return _activity_event(world, "post.mention.create", post, {"users": users, "tweets": [post]})


def _activity_event(world: World, kind: str, payload: Any, includes: Any) -> bytes:
    data = {"event_uuid": str(-world.next_id()), "filter": {"user_id": world.brand_id}, "event_type": kind}
    return json.dumps({"data": {**data, "tag": "socialcrm", "payload": payload, "includes": includes}}).encode()


def account_activity(world: World, **lists: list[Any]) -> bytes:
    """A delivery of account activity: `tweets` and `directs` by their ids, `deletes` as pairs of post and author."""
    told: dict[str, Any] = {"for_user_id": world.brand_id}
    if tweets := lists.get("tweets"):
        told["tweet_create_events"] = [_older(world, world.posts[one]) for one in tweets]
    for one in lists.get("directs", ()):
        message = next(each for each in world.direct if each["id"] == one)
        told.setdefault("direct_message_events", []).extend(_older_direct(world, message)["direct_message_events"])
        told.setdefault("users", {})[message["sender_id"]] = _older_user(world.users[message["sender_id"]])
    if deletes := lists.get("deletes"):
        told["tweet_delete_events"] = [
            {"status": {"id": post, "user_id": user}, "timestamp_ms": "1763800000000"} for post, user in deletes
        ]
    return json.dumps(told).encode()


def _older(world: World, post: dict[str, Any]) -> dict[str, Any]:
    made = datetime.fromisoformat(post["created_at"])
    references = {one["type"]: one["id"] for one in post.get("referenced_tweets", ())}
    return {
        "created_at": made.strftime("%a %b %d %H:%M:%S +0000 %Y"),
        "id": float(post["id"]),
        "id_str": post["id"],
        "text": post["text"][:140],
        "truncated": len(post["text"]) > 140,
        "extended_tweet": {"full_text": post["text"], "entities": _older_entities(post)},
        "in_reply_to_status_id_str": references.get("replied_to"),
        "user": _older_user(world.users[post["author_id"]]),
        "entities": _older_entities(post),
        "lang": post["lang"],
    }


def _older_entities(post: dict[str, Any]) -> dict[str, Any]:
    named = post.get("entities", {}).get("mentions", ())
    return {
        "user_mentions": [
            {"screen_name": one["username"]} | ({"id_str": one["id"]} if "id" in one else {}) for one in named
        ]
    }


def _older_user(user: dict[str, Any]) -> dict[str, Any]:
    return {
        "id_str": user["id"],
        "screen_name": user["username"],
        "name": user["name"],
        "verified": user["verified"],
        "followers_count": user["public_metrics"]["followers_count"],
        "profile_image_url_https": user["profile_image_url"],
    }


def _older_direct(world: World, told: dict[str, Any]) -> dict[str, Any]:
    made = datetime.fromisoformat(told["created_at"])
    message = {
        "target": {"recipient_id": world.brand_id},
        "sender_id": told["sender_id"],
        "message_data": {"text": told["text"], "entities": {"hashtags": [], "urls": []}},
    }
    created = str(int(made.timestamp() * 1000))
    shape = {"type": "message_create", "id": told["id"], "created_timestamp": created, "message_create": message}
    return {"direct_message_events": [shape]}


_ALL = r"/2/account_activity/webhooks/(\d+)/subscriptions"
ROUTES = (
    ("GET", "/2/webhooks", webhooks),
    ("POST", "/2/webhooks", register),
    ("PUT", r"/2/webhooks/(\d+)", revive),
    ("DELETE", r"/2/webhooks/(\d+)", remove),
    ("GET", "/2/activity/subscriptions", subscriptions),
    ("POST", "/2/activity/subscriptions", subscribe),
    ("PUT", r"/2/activity/subscriptions/(\d+)", resubscribe),
    ("DELETE", r"/2/activity/subscriptions/(\d+)", unsubscribe),
    ("GET", _ALL + "/all", everything),
    ("POST", _ALL + "/all", subscribe_to_everything),
)
