"""X's webhooks: both families of events, the signature over their bodies, and the check of our address.

The X Activity API sends one event a delivery, account activity lists of older shapes. Both end as items of posts.py
and direct.py, so that what polling brings as well is the same.
"""

import hmac
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from connectors.channels.x import direct, legacy, posts
from connectors.channels.x.reader import payload_of
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Answer, Contents, Forged, Hook, Malformed

Json = dict[str, Any]
# X signs with the secret of the kind of application that it is; each has a header of its own.
SIGNATURES = (
    ("x-twitter-webhooks-signature-oauth2", "client_secret"),
    ("x-twitter-webhooks-signature", "api_secret"),
)
_POSTS = ("post.create", "post.mention.create", "post.reply.create", "post.quote.create")
_DIRECT = ("dm.received", "dm.sent")
_LISTS = ("tweet_create_events", "tweet_delete_events", "direct_message_events")
# The answer to X's check is a signature with the key of deliveries. Whoever asks gets it, so what is signed must not
# be able to stand for a delivery: those begin with a brace.
_TOKEN = re.compile(r"[\w.~+/=-]{1,500}", re.ASCII)


def challenge(secrets: Mapping[str, str], hook: Hook) -> Answer:
    """The answer to X's check that the address is ours. Raises Forged."""
    secret = next((secrets[name] for _, name in SIGNATURES if secrets.get(name)), "")
    token = hook.query.get("crc_token", "")
    if not secret:
        raise Forged("The channel has neither an API key secret nor a client secret.")
    if not _TOKEN.fullmatch(token):
        raise Forged("This is no check by X: it has no crc_token, or one that X would not send.")
    return Answer(
        body=json.dumps({"response_token": _signature(secret, token.encode())}), content_type="application/json"
    )


def authenticate(secrets: Mapping[str, str], hook: Hook) -> None:
    """Compare the signatures that we can check; all of them have to be right. Raises Forged."""
    given = [
        (hook.headers[header], secrets[name])
        for header, name in SIGNATURES
        if hook.headers.get(header) and secrets.get(name)
    ]
    if not given:
        raise Forged("The delivery has no signature that the channel's secrets could check.")
    for signature, secret in given:
        if not hmac.compare_digest(signature.encode(errors="replace"), _signature(secret, hook.body).encode()):
            raise Forged("The signature does not match the body. Check that the secret is that of the right app.")


def _signature(secret: str, signed: bytes) -> str:
    return "sha256=" + b64encode(hmac.new(secret.encode(), signed, sha256).digest()).decode()


def contents(payload: Any, handle: str, at: datetime) -> Contents:
    """What a delivery holds. Raises Rejected where it is none of X's."""
    data = payload.get("data") if isinstance(payload, dict) else None
    if isinstance(data, dict) and isinstance(data.get("event_type"), str):
        return _collected(_of_event(data, handle, at), data["event_type"])
    if isinstance(payload, dict) and isinstance(payload.get("for_user_id"), str | int):
        return _collected(_of_lists(payload, handle, at), "account activity")
    if isinstance(payload, dict) and payload.keys() & {"user_event", "replay_job_status"}:
        return Contents()
    raise Rejected("body", payload, "holds no event of X: neither data.event_type nor for_user_id.")


def _collected(told: Iterable[tuple[Any, Json | Rejected]], place: str) -> Contents:
    """Pairs of what X sent and what was read of it, as contents."""
    items: list[Incoming] = []
    malformed: list[Malformed] = []
    for sent, item in told:
        try:
            if isinstance(item, Rejected):
                raise item
            items.append(parse(item, network="x"))
        except Rejected as error:
            malformed.append(Malformed(payload=payload_of(sent), reason=str(error), position=place))
    return Contents(items=items, malformed=malformed)


def _of_event(data: Json, handle: str, at: datetime) -> Iterator[tuple[Any, Json | Rejected]]:
    """The X Activity API's: one thing that happened."""
    kind, payload, concerns = data["event_type"], data.get("payload"), data.get("filter")
    own_id = str(concerns.get("user_id") or "") if isinstance(concerns, dict) else ""
    if kind not in (*_POSTS, *_DIRECT, "post.delete"):
        return
    if not isinstance(payload, dict):
        yield payload, Rejected("payload", payload, "must be an object.")
        return
    includes = legacy.unwrapped(data.get("includes"))
    if kind == "post.delete":
        yield payload, _deletion(payload.get("id"), payload.get("author_id"), at)
    elif kind in _DIRECT:
        yield from _messages(payload, own_id)
    else:
        body = {"includes": includes}
        yield from _post(payload, body, own_id, handle, names_us=kind == "post.mention.create")


def _of_lists(payload: Json, handle: str, at: datetime) -> Iterator[tuple[Any, Json | Rejected]]:
    """Account activity's: lists of what happened to the account `for_user_id`."""
    own_id = str(payload["for_user_id"])
    for name in _LISTS:
        if name in payload and not isinstance(payload[name], list):
            yield payload[name], Rejected(name, payload[name], "must be a list.")
    for tweet in posts.listed(payload.get("tweet_create_events")):
        if not legacy.is_repost(tweet):
            body = legacy.body_of(tweet)
            yield from _post(body["data"][0], body, own_id, handle, names_us=False)
    for gone in posts.listed(payload.get("tweet_delete_events")):
        status = gone.get("status")
        status = status if isinstance(status, dict) else {}
        when = min(legacy.at(gone.get("timestamp_ms")) or at, at)
        yield gone, _deletion(status.get("id"), status.get("user_id"), when)
    yield from _messages(payload, own_id)


def _post(post: Json, body: Json, own_id: str, handle: str, *, names_us: bool) -> Iterator[tuple[Any, Json | Rejected]]:
    around = posts.surroundings(body)
    reposts = any(relation == "retweeted" for relation, _ in posts.references(post))
    if str(post.get("author_id")) == own_id or reposts:
        return
    name = around.users.get(own_id, {}).get("username")
    user = {"id": own_id, "username": name if isinstance(name, str) else handle}
    yield post, posts.item(post, around, user, from_mentions=names_us)


def _messages(payload: Json, own_id: str) -> Iterator[tuple[Any, Json | Rejected]]:
    around = posts.surroundings({"includes": legacy.direct_includes(payload)})
    user = {"id": own_id, "username": ""}
    for told in posts.listed(payload.get("direct_message_events")):
        event = legacy.event_of(told)
        if str(event["sender_id"]) != own_id and direct.is_message(event):
            yield told, direct.item(event, around, user)


def _deletion(post_id: object, author_id: object, at: datetime) -> Json:
    return {
        "external_id": post_id,
        "action": "delete",
        "posted_at": at.isoformat(),
        "author": {"external_id": author_id},
    }
