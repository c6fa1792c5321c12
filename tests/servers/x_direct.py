"""Direct messages of the stand-in for X: events of the last 30 days, newest first, and sending."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.x_answer import Answer, Refusal, invalid, problem
from tests.servers.x_shapes import Asked

MEMORY = timedelta(days=30)
FIELDS = {
    "attachments", "created_at", "dm_conversation_id", "event_type", "id", "participant_ids", "referenced_tweets",
    "sender_id", "text",
}  # fmt: skip
PERMISSION = "You are not permitted to perform this action: the app has no access to direct messages."


def events(api: Any, who: str | None, asked: Asked, body: bytes, conversation: str = "") -> Answer:
    """GET /2/dm_events and /2/dm_conversations/:id/dm_events"""
    _check(api, who)
    fields = {one for one in asked.query.get("dm_event.fields", "").split(",") if one}
    known = FIELDS - ({"sender_id", "referenced_tweets"} if api.spelling == "post" else set())
    if unknown := fields - known:
        raise ValueError(f"The `dm_event.fields` query parameter value {sorted(unknown)} is not known")
    limit = asked.number("max_results", 100) or 100
    if not 1 <= limit <= 100:
        raise Refusal(400, invalid("max_results", f"The `max_results` value [{limit}] is not between 1 and 100"))
    with api.world.lock:
        found = [one for one in api.world.direct if _is_recent(one)]
        if conversation:
            found = [one for one in found if conversation in (one["dm_conversation_id"], _with(api, one))]
        if token := asked.query.get("pagination_token"):
            if not token.startswith("below-"):
                message = f"The `pagination_token` query parameter value [{token}] is not valid"
                raise Refusal(400, invalid("pagination_token", message))
            found = [one for one in found if int(one["id"]) < int(token.removeprefix("below-"))]
        page = found[-limit:][::-1]
        data = [_shaped(one, fields | asked.expansions) for one in page]
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(found) > limit:
            meta["next_token"] = f"below-{page[-1]['id']}"
        answer = {"data": data, "meta": meta} if page else {"meta": meta}
        if includes := _includes(api, page, asked):
            answer["includes"] = includes
    return Answer(200, answer)


def send(api: Any, who: str | None, asked: Asked, body: bytes, participant: str = "", conversation: str = "") -> Answer:
    """POST /2/dm_conversations/with/:id/messages and /2/dm_conversations/:id/messages"""
    _check(api, who)
    given = json.loads(body)
    attached = [one["media_id"] for one in given.get("attachments", ())]
    if not given.get("text") and not attached:
        raise Refusal(400, invalid("text", "One of text or attachments is required"))
    if len(given.get("text", "")) > 10_000 or len(attached) > 1:
        raise Refusal(400, invalid("text", "The message is too long, or has more than one attachment"))
    if participant and participant not in api.world.users:
        raise Refusal(403, problem(403, "Forbidden", "You cannot send messages to this user."))
    fields = {"dm_conversation_id": conversation} if conversation else {}
    sent = api.world.say(given.get("text", ""), api.world.users[who]["username"], to=participant or "0", **fields)
    return Answer(201, {"data": {"dm_conversation_id": sent["dm_conversation_id"], "dm_event_id": sent["id"]}})


def send_in(api: Any, who: str | None, asked: Asked, body: bytes, conversation: str) -> Answer:
    """POST /2/dm_conversations/:id/messages"""
    return send(api, who, asked, body, conversation=conversation)


def picture(api: Any, who: str | None, asked: Asked, body: bytes, *path: str) -> Answer:
    """GET /2/dm_conversations/media/… and the older address of the same"""
    _check(api, who)
    return Answer(200, b"\x89PNG\r\n\x1a\n", {"Content-Type": "image/png"})


def _check(api: Any, who: str | None) -> None:
    if who is None:
        raise Refusal(403, problem(403, "Unsupported Authentication", "Application-Only is forbidden here."))
    if "directmessages" not in api.access:
        raise Refusal(403, problem(403, "Forbidden", PERMISSION))


def _is_recent(event: dict[str, Any]) -> bool:
    return datetime.fromisoformat(event["created_at"]) > datetime.now(UTC) - MEMORY


def _with(api: Any, event: dict[str, Any]) -> str:
    ids = event["dm_conversation_id"].split("-")
    return "with/" + next((one for one in ids if one != api.world.brand_id), "")


def _shaped(event: dict[str, Any], fields: set[str]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name in fields | {"id", "event_type", "text"}}


def _includes(api: Any, page: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    users = {one["sender_id"]: asked.user(api.world.users[one["sender_id"]]) for one in page if "sender_id" in one}
    keys = [key for one in page for key in one.get("attachments", {}).get("media_keys", ())]
    media = [api.world.media[key] for key in dict.fromkeys(keys) if key in api.world.media]
    includes = {
        "users": list(users.values()) if "sender_id" in asked.expansions else [],
        "media": [
            {name: value for name, value in one.items() if name in asked.media_fields}
            for one in (media if "attachments.media_keys" in asked.expansions else [])
        ],
    }
    return {name: values for name, values in includes.items() if values}


ROUTES = (
    ("GET", "/2/dm_events", events),
    ("GET", r"/2/dm_conversations/((?:with/)?[\w-]+)/dm_events", events),
    ("POST", r"/2/dm_conversations/with/(\d+)/messages", send),
    ("POST", r"/2/dm_conversations/([\w-]+)/messages", send_in),
    ("GET", r"/2/dm_conversations/media/(\d+)/(\d+)/([\w.]+)", picture),
    ("GET", r"/1\.1/ton/data/dm/(\d+)/(\d+)/([\w.]+)", picture),
)
