"""Direct messages on X: its events read into items for `parse`, answers sent, and their pictures.

These are X's unencrypted messages. What people write in X's encrypted chat no application can read.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.channels.x import posts
from connectors.channels.x.client import STORE, VENDOR, Client, user_of
from connectors.channels.x.replies import since
from connectors.protocol import ConnectorError, Media, Original, Outgoing

LIMIT = 10_000
NO_PROOF = "X has a message with exactly this text in this conversation, and no key that says whether it is this one."
LOOK = "Look at the conversation on X. If it is there, choose that it arrived."
_USUAL = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,event_type,id,referenced_tweets,sender_id,text",
    "expansions": "attachments.media_keys,referenced_tweets.id,sender_id",
}
# The newer specification knows the sender as an expansion only, and no shared posts.
_NEWER = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,event_type,id,text",
    "expansions": "attachments.media_keys,sender_id",
}
_MOST_LOOKED_AT = "100"
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_PAIR = re.compile(r"(\d{1,20})-(\d{1,20})")
_CONVERSATION = re.compile(r"[\w-]{1,60}", re.ASCII)
_STORED = re.compile(
    r"https://ton\.twitter\.com/(?:1\.1/ton|i/ton)/data/dm/(\d{1,20})/(\d{1,20})/([\w.-]{1,100})", re.ASCII
)
_MEDIA = re.compile(r"media:dm/(\d{1,20})/(\d{1,20})/([\w.-]{1,100})", re.ASCII)


def asked_for(spelling: str) -> dict[str, str]:
    """The parameters that name what events shall hold."""
    return posts.asked_for(spelling) | (_NEWER if spelling == "post" else _USUAL)


def is_message(event: object) -> bool:
    """Whether somebody said something; the others tell who came and went."""
    return not isinstance(event, dict) or event.get("event_type", "MessageCreate") == "MessageCreate"


def item(event: posts.Json, around: posts.Surroundings, user: posts.User) -> posts.Json:
    """An event in the shape that `connectors.parse` reads."""
    sender = around.users.get(str(event.get("sender_id")), {})
    conversation = str(event.get("dm_conversation_id") or pair(event.get("sender_id"), user["id"]))
    return {
        "external_id": event.get("id"),
        "kind": "direct",
        "posted_at": event.get("created_at"),
        "text": posts.text_of(event),
        "author": posts.author(sender) if sender else {"external_id": event.get("sender_id")},
        "thread_id": conversation,
        "url": f"https://x.com/messages/{conversation}",
        "attachments": [
            {**one, "url": _own_address(one["url"])} if isinstance(one["url"], str) else one
            for one in posts.attachments(event, around)
        ],
        "context": posts.context(_quoting(event), around),
        "raw": {"data": event, "includes": posts.included(event, sender, around)},
    }


def _quoting(event: posts.Json) -> posts.Json:
    """Posts that are shared in a message have no relation to it; they are what it quotes."""
    shared = [{"type": "quoted", "id": one_id} for _, one_id in posts.references(event)]
    return {"referenced_tweets": shared}


def pair(one: object, other: object) -> str:
    """The conversation of two users: the smaller id first. Empty where they are no ids."""
    ids = [str(each) for each in (one, other)]
    if not all(each.isascii() and each.isdecimal() and len(each) <= 20 for each in ids):
        return ""
    return "-".join(sorted(ids, key=int))


def is_group(original: Original) -> bool:
    """Whether more than one person reads a reply."""
    return not _PAIR.fullmatch(original.thread_id)


def send(client: Client, outgoing: Outgoing, media_ids: Sequence[str] = ()) -> str:
    """Send an answer; returns its id. Raises ConnectorError, `unknown` unless X certainly did not take it."""
    body: posts.Json = {"text": outgoing.text}
    if media_ids:
        body["attachments"] = [{"media_id": one} for one in media_ids]
    answer = client.post(f"/2/dm_conversations/{_place(outgoing.original)}/messages", body)
    data = answer.body.get("data")
    sent = str(data.get("dm_event_id") or "") if isinstance(data, dict) else ""
    if not sent:
        raise ConnectorError("X took the message and did not say under which id.", unknown=True)
    client.used["direct_sent"] += 1
    return sent


def find(client: Client, outgoing: Outgoing) -> None:
    """Returns where the message certainly did not arrive. Raises ConnectorError with `unknown` otherwise.

    X takes the same message twice and keeps no key with it. So a message of ours with this text, sent since, proves
    nothing: a colleague may have written it on X itself. Only that there is none is certain.
    """
    try:
        me = user_of(client.get("/2/users/me", {}, as_user=True))
        params = {"max_results": _MOST_LOOKED_AT, "event_types": "MessageCreate"}
        params["dm_event.fields"] = "created_at,event_type,id,sender_id,text"
        answer = client.get(f"/2/dm_conversations/{_place(outgoing.original)}/dm_events", params, as_user=True)
        events = posts.listed(answer.body.get("data"))
        client.used["direct"] += len(events)
        recent = _recent(events, since(outgoing, answer.at))
        if len(recent) == int(_MOST_LOOKED_AT):
            raise ConnectorError("Too much was said since then to look through it.", remedy=LOOK)
        own = [event for event in recent if str(event.get("sender_id", me["id"])) == me["id"]]
        if any(_words(posts.text_of(event) or "") == _words(outgoing.text) for event in own):
            raise ConnectorError(NO_PROOF, remedy=LOOK)
    except ConnectorError as error:
        error.unknown = True
        raise


def media(client: Client, url: str) -> Media | None:
    """A picture of a message, which only those who take part may see. Raises ConnectorError."""
    found = _MEDIA.fullmatch(url)
    if not found:
        return None
    path = "/".join(found.groups())
    # The newer way is for those who signed in, the older one for those with OAuth 1.0a keys.
    newer, older = f"{VENDOR}/2/dm_conversations/media/{path}", f"{STORE}/1.1/ton/data/dm/{path}"
    response = client.download(newer if client.signed_in else older)
    kind = response.headers.get("content-type", "application/octet-stream").partition(";")[0].strip()
    return Media(content=response.content, content_type=kind, name=found[3])


def _words(text: str) -> str:
    """A text without its links, which X writes in its own way and adds to where there is a picture."""
    return " ".join(_LINK.sub(" ", unicodedata.normalize("NFC", text)).split())


def _own_address(url: str) -> str:
    found = _STORED.fullmatch(url)
    return f"media:dm/{'/'.join(found.groups())}" if found else url


def _recent(events: Sequence[posts.Json], start: datetime) -> list[posts.Json]:
    times = [posts.made_at(event) for event in events]
    if None in times:
        raise ConnectorError("X does not say when our messages were sent.", remedy=LOOK)
    return [event for event, made in zip(events, times, strict=True) if made and made >= start]


def _place(original: Original) -> str:
    """Where a conversation is found: with one person, or by its id."""
    if not is_group(original) and original.author_external_id.isdecimal():
        return f"with/{original.author_external_id}"
    conversation: Any = original.thread_id or _data(original).get("dm_conversation_id")
    if not isinstance(conversation, str) or not _CONVERSATION.fullmatch(conversation):
        raise ConnectorError("X's name for this conversation is missing.", remedy="Answer on X itself.", permanent=True)
    return conversation


def _data(original: Original) -> Mapping[str, Any]:
    data = original.raw.get("data")
    return data if isinstance(data, dict) else {}
