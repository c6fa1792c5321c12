"""Sends public replies on X, and finds out what became of one whose sending was interrupted."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.channels.x import posts
from connectors.channels.x.client import Client, user_of
from connectors.channels.x.errors import Refusal
from connectors.protocol import ConnectorError, Original, Outgoing

NO_SECOND_TIME = "X takes no text twice. Change a few words and send it again."
_DUPLICATE = re.compile("duplicate", re.IGNORECASE)
_MOST_PAGES = 10
# Both clocks are read to the second.
_IMPRECISION = timedelta(seconds=2)
_LEADING_MENTIONS = re.compile(r"^(?:@\w{1,15}\s+)+")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_OWN_MEDIA = re.compile(r"/status/\d+/(?:photo|video)/\d+$")


def send(client: Client, outgoing: Outgoing, spelling: str, media_ids: Sequence[str] = ()) -> str:
    """Post the reply; returns its id. Raises ConnectorError, `unknown` unless X certainly did not take it."""
    body: posts.Json = {
        "text": outgoing.text,
        "reply": {"in_reply_to_tweet_id": _newest_version(outgoing.original)},
    }
    if media_ids:
        body["media"] = {"media_ids": list(media_ids)}
    try:
        answer = client.post("/2/tweets", body)
    except Refusal as error:
        if error.status != 403 or not _DUPLICATE.search(error.message):
            raise
        # The same text is there already: perhaps an earlier try of this very reply.
        found = find(client, outgoing, spelling)
        if found is None:
            error.remedy = NO_SECOND_TIME
            raise
        return found
    sent = posts.id_of(answer.body.get("data"))
    if not sent:
        raise ConnectorError("X took the reply and did not say under which id.", unknown=True)
    client.used["links" if "://" in outgoing.text else "replies"] += 1
    return sent


def find(client: Client, outgoing: Outgoing, spelling: str) -> str | None:
    """The id of the reply if it arrived, None if it did not. Raises ConnectorError with `unknown` if X can't tell.

    X knows no idempotency key. The nearest thing to an id that the sending carried is the id of the post that it
    answers: ours is a post of our account that replies to exactly that one, was made after Send was pressed (by X's
    clock), and says exactly this text, which X would not take a second time. Two such posts are no answer.
    """
    try:
        me = user_of(client.get("/2/users/me", {}, as_user=True))
        answers = _answers(client, me["id"], outgoing, spelling)
        found = [posts.id_of(post) for post in answers if says(post, outgoing.text)]
    except ConnectorError as error:
        error.unknown = True
        raise
    if len(found) > 1:
        raise ConnectorError("Two posts on X could be this reply.", remedy="Look at them on X.", unknown=True)
    return found[0] if found else None


def says(post: posts.Json, text: str) -> bool:
    """Whether a post of ours says exactly `text`, undoing what X does to it: mentions in front, links, escapes, and
    links to its own pictures at the end."""
    shown = posts.text_of(post) or ""
    entities = post.get("entities")
    for link in posts.listed(entities.get("urls")) if isinstance(entities, dict) else []:
        short, whole = link.get("url"), link.get("expanded_url")
        if isinstance(short, str) and short and isinstance(whole, str):
            shown = shown.replace(short, "" if link.get("media_key") or _OWN_MEDIA.search(whole) else whole)
    return _comparable(shown) == _comparable(text)


def since(outgoing: Outgoing, at: datetime | None) -> datetime:
    """When Send was pressed, by the clock of X, which says that it is now `at`."""
    skew = at - datetime.now(UTC) if at else timedelta(0)
    return outgoing.queued_at + skew - _IMPRECISION


def _comparable(text: str) -> str:
    text = _SCHEME.sub("", unicodedata.normalize("NFC", text)).strip()
    return " ".join(word.rstrip("/") for word in _LEADING_MENTIONS.sub("", text).split())


def _answers(client: Client, own_id: str, outgoing: Outgoing, spelling: str) -> Iterator[posts.Json]:
    """Our own posts since Send was pressed that reply to the original."""
    answered = {outgoing.original.external_id, *posts.chain(_payload(outgoing.original))}
    params = posts.asked_for(spelling) | {"max_results": "100"}
    for _ in range(_MOST_PAGES):
        answer = client.get(f"/2/users/{own_id}/tweets", params, as_user=True)
        start = since(outgoing, answer.at)
        own = posts.listed(answer.body.get("data"))
        client.used["own_posts"] += len(own)
        times = [posts.made_at(post) for post in own]
        if None in times:
            raise ConnectorError("X does not say when our posts were made.", remedy="Look for it on X.")
        recent = [post for post, made in zip(own, times, strict=True) if made and made >= start]
        for post in recent:
            if any(relation == "replied_to" and one in answered for relation, one in posts.references(post)):
                yield post
        meta = answer.body.get("meta")
        token = meta.get("next_token") if isinstance(meta, dict) else None
        if not isinstance(token, str) or len(recent) < len(own):
            return
        params["pagination_token"] = token
    raise ConnectorError("We have posted too much since then to look through it.", remedy="Look for it on X.")


def _newest_version(original: Original) -> str:
    """Of a post that was edited, the version that people see."""
    return posts.id_of(_payload(original)) or original.external_id


def _payload(original: Original) -> dict[str, Any]:
    data = original.raw.get("data")
    return data if isinstance(data, dict) else {}
