"""Sends replies, and finds out what became of one whose sending was interrupted.

A public reply is a record in our own repository, and its key is ours to choose: it is made from the time when Send was
pressed and from the reply's own key, so every try writes to the same place, where only one fits. The chat service takes
no key: an interrupted direct message is sent again only where nothing like it is in the conversation.
"""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from importlib import import_module
from io import BytesIO
from typing import Any

from connectors import outbound
from connectors.channels.bluesky import posts
from connectors.channels.bluesky.around import NOT_SERVED
from connectors.channels.bluesky.chat import Chat, name_of
from connectors.channels.bluesky.client import CHAT, Client, Refusal
from connectors.channels.bluesky.posts import Json
from connectors.protocol import ConnectorError, File, Original, Outgoing, Sent

COLLECTION = "app.bsky.feed.post"
# All calls of one reply together; a worker's claim to it lasts longer.
_SECONDS = 30.0
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_MOST_MENTIONS = 10
_PAGES = 10
# Both clocks are read to the second, and need not agree.
_IMPRECISION = timedelta(minutes=5)


def send(client: Client, outgoing: Outgoing) -> Sent:
    """One public reply to the original. Raises ConnectorError, `unknown` unless Bluesky certainly did not take it."""
    did = client.signed_in().did
    with outbound.deadline(_SECONDS):
        record = _record(client, outgoing)
        body = {"repo": did, "collection": COLLECTION, "rkey": record_key(outgoing), "record": record}
        try:
            client.post("com.atproto.repo.createRecord", body)
        except Refusal as error:
            if error.status not in (400, 409, 500):
                raise
            # It may be that an earlier try of this very reply is there: servers say so in different ways.
            if (found := _found(client, outgoing)) is None:
                raise
            return found
    return _sent(did, outgoing)


def find(client: Client, outgoing: Outgoing) -> Sent | None:
    """The reply if it stands where it was put, None if it does not. Raises ConnectorError with `unknown`."""
    try:
        did = client.signed_in().did
        where = {"repo": did, "collection": COLLECTION, "rkey": record_key(outgoing)}
        client.get("com.atproto.repo.getRecord", where)
    except Refusal as error:
        if error.not_there:
            return None
        error.unknown = True
        raise
    except ConnectorError as error:
        error.unknown = True
        raise
    return _sent(did, outgoing)


def _found(client: Client, outgoing: Outgoing) -> Sent | None:
    """As `find`, for whom not knowing is not finding."""
    try:
        return find(client, outgoing)
    except ConnectorError:
        return None


def record_key(outgoing: Outgoing) -> str:
    """A record key as the protocol wants it (a TID): 53 bits of microseconds and 10 more, here from the reply's key."""
    salt = int.from_bytes(blake2b(outgoing.client_key.encode(), digest_size=8).digest(), "big")
    milliseconds = (outgoing.queued_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    number = (max(milliseconds, 0) * 1000 + salt % 1000) % 2**53 << 10 | (salt >> 10) % 1024
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(13)))


def send_directly(client: Client, outgoing: Outgoing) -> Sent:
    """One direct message into the original's conversation. Raises ConnectorError as `send` does."""
    convo = outgoing.original.thread_id
    with outbound.deadline(_SECONDS):
        message: Json = {"text": outgoing.text}
        if facets := _facets(client, outgoing.text):
            message["facets"] = facets
        answer = client.post("chat.bsky.convo.sendMessage", {"convoId": convo, "message": message}, proxy=CHAT)
    sent = answer.body.get("id")
    if not isinstance(sent, str) or not sent:
        raise ConnectorError("Bluesky took the message and did not say under which id.", unknown=True)
    return Sent(external_id=name_of(convo, sent), url=f"https://bsky.app/messages/{convo}")


def find_directly(client: Client, outgoing: Outgoing) -> None:
    """Returns if the conversation holds no message of ours with these words since Send was pressed: then it certainly
    did not arrive. One that has them may be another with the same words: raises ConnectorError with `unknown`."""
    did = client.signed_in().did
    since = outgoing.queued_at - _IMPRECISION
    params: Json = {"convoId": outgoing.original.thread_id, "limit": 100}
    try:
        for _ in range(_PAGES):
            answer = Chat(client, did).ask("getMessages", params)
            found: Any = answer.body.get("messages")
            said = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
            times = [posts.moment(one.get("sentAt")) for one in said]
            for one, at in zip(said, times, strict=True):
                own = isinstance(one.get("sender"), dict) and one["sender"].get("did") == did
                if own and (at is None or at >= since) and one.get("text") == outgoing.text:
                    message = "A message with the same words is in the conversation."
                    raise ConnectorError(message, remedy="Look at the conversation on Bluesky.")
            params["cursor"] = answer.body.get("cursor")
            if not params["cursor"] or (times and all(at and at < since for at in times)):
                return
        raise ConnectorError("Too much was said since then to look through it.", remedy="Look for it on Bluesky.")
    except ConnectorError as error:
        error.unknown = True
        raise


def _record(client: Client, outgoing: Outgoing) -> Json:
    """The post, checked by the SDK against the lexicon before it leaves."""
    record: Json = {
        "$type": COLLECTION,
        "text": outgoing.text,
        "createdAt": outgoing.queued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reply": _references(client, outgoing.original),
    }
    if facets := _facets(client, outgoing.text):
        record["facets"] = facets
    if outgoing.files:
        images = [_image(client, file) for file in outgoing.files]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    try:
        import_module("atproto_client.models").AppBskyFeedPost.Record.model_validate(record)
    except ValueError as error:
        raise ConnectorError(f"Bluesky would not take this reply: {error}"[:500], permanent=True) from error
    return record


def _references(client: Client, original: Original) -> Json:
    """What the reply answers, in its newest version, and the post that began the thread, as that one names it."""
    if original.is_ours:
        return _below_our_own(client, original)
    view = _newest(client, original) or original.raw
    parent = posts.refers_to({"uri": original.external_id, "cid": view.get("cid")})
    record: Any = view.get("record")
    reply: Any = record.get("reply") if isinstance(record, dict) else None
    root: Any = reply.get("root") if isinstance(reply, dict) else None
    is_whole = bool(posts.address_of(root)) and isinstance(root.get("cid"), str)
    return {"root": posts.refers_to(root) if is_whole else parent, "parent": parent}


def _below_our_own(client: Client, original: Original) -> Json:
    """The same for a post of our own, read where it was written: the network's eyes need a moment to see it."""
    owner, collection, key = posts.parts(original.external_id)
    try:
        found = client.get("com.atproto.repo.getRecord", {"repo": owner, "collection": collection, "rkey": key}).body
    except Refusal as error:
        if not error.not_there:
            raise
        remedy = "Send the rest as an answer of its own."
        raise ConnectorError("The part before this one is gone.", remedy=remedy, permanent=True) from error
    parent = posts.refers_to({"uri": original.external_id, "cid": found.get("cid")})
    record: Any = found.get("value")
    reply: Any = record.get("reply") if isinstance(record, dict) else None
    root: Any = reply.get("root") if isinstance(reply, dict) else None
    return {"root": posts.refers_to(root) if posts.address_of(root) else parent, "parent": parent}


def _newest(client: Client, original: Original) -> Json:
    """The post as it is now; nothing where the network cannot tell at the moment, for the account's own server may work
    while the network's eyes are shut. Raises ConnectorError where there is nothing to answer any more."""
    try:
        found: Any = client.get("app.bsky.feed.getPosts", {"uris": [original.external_id]}).body.get("posts")
    except ConnectorError as error:
        shut = error.status in NOT_SERVED if isinstance(error, Refusal) else not error.permanent
        if error.retry_at or not (shut or not error.permanent) or not original.raw.get("cid"):
            raise
        return {}
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict) and one.get("uri") == original.external_id:
            return one
    raise ConnectorError(
        "The post is gone, or its author has blocked the account.",
        remedy="It can no longer be answered on Bluesky.",
        permanent=True,
    )


def _facets(client: Client, text: str) -> list[Json]:
    """Links, hashtags and mentions, by the bytes that they cover; a handle that nobody has stays plain text."""
    # Loaded when it is first needed: it is large.
    detection = import_module("atproto_client.utils.facet_detection")
    found = [one.model_dump(exclude_none=True, by_alias=True) for one in detection.detect_facets(text)]
    for mention in detection.detect_mentions(text)[:_MOST_MENTIONS]:
        if did := _did_of(client, mention.handle):
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            index = {"byteStart": mention.byte_start, "byteEnd": mention.byte_end}
            found.append({"$type": "app.bsky.richtext.facet", "index": index, "features": [feature]})
    return sorted(found, key=lambda one: one["index"]["byteStart"])


def _did_of(client: Client, handle: str) -> str:
    try:
        did = client.get("com.atproto.identity.resolveHandle", {"handle": handle}).body.get("did")
    except ConnectorError:
        return ""
    return did if isinstance(did, str) and did.startswith("did:") else ""


def _image(client: Client, file: File) -> Json:
    shown: Json = {"image": client.upload(file.content, file.content_type), "alt": file.alt}
    pictures = import_module("PIL.Image")
    try:
        with pictures.open(BytesIO(file.content)) as picture:
            width, height = picture.size
    except (OSError, ValueError, SyntaxError, pictures.DecompressionBombError):
        return shown
    # Without it programs show a square.
    return {**shown, "aspectRatio": {"width": width, "height": height}}


def _sent(did: str, outgoing: Outgoing) -> Sent:
    key = record_key(outgoing)
    return Sent(external_id=f"at://{did}/{COLLECTION}/{key}", url=posts.permalink(did, key))
