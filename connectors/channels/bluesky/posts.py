"""Reads posts, as notifications, searches and getPosts show them, into items for `parse`.

Pure. Whatever a field holds instead of what the lexicons say is passed over here and kept in `raw`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.channels.bluesky.richtext import linked, mentioned
from connectors.incoming import Rejected

Json = dict[str, Any]

_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/([a-zA-Z0-9.-]{3,100})/([A-Za-z0-9._~:-]{1,150})")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the posts of a page: other posts by address, profiles by DID."""

    posts: Mapping[str, Json] = field(default_factory=dict)
    profiles: Mapping[str, Json] = field(default_factory=dict)


def item(view: Json, around: Surroundings, own_did: str, *, reason: str) -> Json:
    """A post in the shape that `connectors.parse` reads. `reason` is a notification's, empty for a search's hit.

    Raises Rejected where it is none, or says that it is another account's.
    """
    uri = str(view.get("uri"))
    author, record = _object(view.get("author")), _object(view.get("record"))
    owner, _, key = parts(uri)
    if owner != author.get("did"):
        raise Rejected("uri", uri, "is not in the author's repository.")
    whole = around.posts.get(uri, {})
    record = _object(whole.get("record")) or record
    mentions = mentioned(record)
    is_to_us = bool(reason) or own_did in [one["external_id"] for one in mentions]
    parent, root = (address_of(_object(record.get("reply")).get(name)) for name in ("parent", "root"))
    embed = _object(whole.get("embed")) or _object(view.get("embed"))
    return {
        "external_id": uri,
        "kind": "mention" if is_to_us else "post",
        "posted_at": _stamp(written_at(view)),
        "text": text_of(record, embed),
        "author": profile({**author, **around.profiles.get(owner, {})}),
        "thread_id": root or parent or uri,
        "parent_id": parent,
        "url": permalink(owner, key),
        "language": _language(record.get("langs")),
        "mentions": [one for one in mentions if one["external_id"] != own_did],
        "attachments": attachments(embed),
        "context": contexts(parent, embed, around.posts),
        "raw": _raw(view, whole, record, reason),
    }


def parts(uri: object) -> tuple[str, str, str]:
    """The DID, the collection and the record key of an address. Raises Rejected."""
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None:
        raise Rejected("uri", uri, "must be at://, a DID, a collection and a key.")
    return found[1], found[2], found[3]


def address_of(reference: object) -> str:
    """The address in a reference to a record; empty where it is none."""
    uri = reference.get("uri") if isinstance(reference, dict) else None
    return uri if isinstance(uri, str) and _URI.fullmatch(uri) else ""


def permalink(did: str, key: str) -> str:
    """Where people see a post."""
    return f"https://bsky.app/profile/{did}/post/{key}"


def seen_at(view: Json) -> datetime | None:
    """The time that the network gives a post: when it first saw it or, in notifications, no later than that."""
    return moment(view.get("indexedAt"))


def written_at(view: Json) -> datetime | None:
    """When a post was written: as its author's program says, but no later than the network says."""
    seen, said = seen_at(view), moment(_object(view.get("record")).get("createdAt"))
    # The network's time alone where the other cannot be: posts from before the web are a program's mistake.
    if said is None or said.year < 1990:
        return seen
    return min(said, seen or said)


def text_of(record: Json, embed: Json) -> str:
    """The words of a post, its links written out. What is only a card or a quotation says what it shows."""
    text = linked(record.get("text"), record.get("facets"))
    card = _card(embed)
    if card and card[1] not in text:
        text = f"{text}\n\n{card[0]}\n{card[1]}".strip()
    if not text.strip():
        quoted = _quoted(embed)
        text = _page_of(quoted.get("uri")) if quoted else ""
    return text


def profile(author: Json) -> Json:
    """An author as `parse` reads one."""
    did, handle = author.get("did"), author.get("handle")
    checked = _object(author.get("verification"))
    return {
        "external_id": did,
        "handle": handle,
        "name": author.get("displayName") or handle,
        "url": f"https://bsky.app/profile/{did}",
        "avatar_url": author.get("avatar"),
        "followers": author.get("followersCount"),
        "verified": "valid" in (checked.get("verifiedStatus"), checked.get("trustedVerifierStatus")),
        "bio": author.get("description"),
    }


def attachments(embed: Json) -> list[Json]:
    """The pictures of a post. A film is a stream that no picture's place can play: its first frame stands for it."""
    found: list[Json] = []
    for one in (embed, _object(embed.get("media"))):
        for image in [*_objects(one.get("images")), *_objects(one.get("items"))]:
            found.append({"url": image.get("fullsize"), "kind": "image", "alt": image.get("alt")})
        if one.get("playlist") and one.get("thumbnail"):
            found.append({"url": one["thumbnail"], "kind": "image", "alt": one.get("alt"), "name": "Video"})
    return [one for one in found if isinstance(one["url"], str) and one["url"]]


def wanted(view: Json) -> list[str]:
    """The posts that have to be asked for to show this one with what belongs to it."""
    # A notification has neither the pictures' addresses nor who may reply.
    own = address_of(view) if "reason" in view else ""
    return [one for one in (own, address_of(_object(_object(view.get("record")).get("reply")).get("parent"))) if one]


def refers_to(view: Json) -> Json:
    """The strong reference to a post: its address and the hash of its newest version."""
    return {"uri": view.get("uri"), "cid": view.get("cid")}


def contexts(parent: str, embed: Json, known: Mapping[str, Json]) -> list[Json]:
    """What a post answers and what it quotes, as far as it is known."""
    told = []
    if parent:
        told.append(_told("replied_to", parent, known.get(parent, {})))
    if quoted := _quoted(embed):
        told.append(_told("quoted", str(quoted.get("uri")), {**quoted, "record": quoted.get("value")}))
    return told


def _told(relation: str, uri: str, view: Json) -> Json:
    writer = _object(view.get("author"))
    handle, did = writer.get("handle"), writer.get("did")
    record = _object(view.get("record"))
    return {
        "relation": relation,
        "external_id": uri,
        "author": f"@{handle}" if isinstance(handle, str) else "",
        "author_id": did if isinstance(did, str) else "",
        "text": linked(record.get("text"), record.get("facets")),
        "url": _page_of(uri),
    }


def _quoted(embed: Json) -> Json:
    """The post that an embed shows, whether alone or beside pictures."""
    shown = _object(embed.get("record"))
    shown = _object(shown.get("record")) or shown
    return shown if address_of(shown) and "/app.bsky.feed.post/" in address_of(shown) else {}


def _card(embed: Json) -> tuple[str, str] | None:
    """The title and the address of a link that is shown as a card."""
    for one in (embed, _object(embed.get("media"))):
        card = _object(one.get("external"))
        if isinstance(card.get("uri"), str) and card["uri"]:
            return str(card.get("title") or ""), card["uri"]
    return None


def _page_of(uri: object) -> str:
    try:
        did, collection, key = parts(uri)
    except Rejected:
        return ""
    return permalink(did, key) if collection == "app.bsky.feed.post" else ""


def _raw(view: Json, whole: Json, record: Json, reason: str) -> Json:
    """The post as the network told it, and what decides about answers: its version, its thread, who may reply."""
    newest = whole or view
    author = {**_object(view.get("author")), **_object(whole.get("author"))}
    told = {
        **refers_to(newest),
        "record": record,
        "embed": newest.get("embed"),
        "indexedAt": newest.get("indexedAt"),
        "reason": reason,
        "viewer": newest.get("viewer"),
        "blocked": bool(_object(author.get("viewer")).get("blockedBy")),
    }
    return {name: value for name, value in told.items() if value}


def _language(tags: object) -> object:
    return tags[0] if isinstance(tags, list) and tags else None


def moment(value: object) -> datetime | None:
    """A time as the protocol writes it, in UTC; None for what is none."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if read is None:
        return None
    try:
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
