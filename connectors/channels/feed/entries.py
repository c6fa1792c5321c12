"""Makes items for `parse` of what a feed holds. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from typing import Any

from connectors.clean import web_address
from connectors.fields import MAX_ID, identifier
from connectors.markup import text_of

Json = Mapping[str, Any]
_OLDEST = datetime(1990, 1, 2, tzinfo=UTC)
_TAG = re.compile(r"<[a-zA-Z!/]")
_KINDS = re.compile(r"(image|video|audio)\b")


def keys(entries: Sequence[Json]) -> list[str]:
    """What each entry is called: its id, else its link, else a name made from title and date. Those of which a feed
    gives several the same name get longer ones."""
    told = [_key(one) for one in entries]
    count = Counter(told)
    return [
        key if count[key] == 1 else _short(f"{key}#{_digest(one.get('link', ''), title(one))}")
        for key, one in zip(told, entries, strict=True)
    ]


def item(entry: Json, key: str, feed: Json, address: str, now: datetime, *, edited: bool) -> dict[str, Any]:
    """An entry in the shape that `connectors.parse` reads."""
    content = entry["content"]
    html = content["value"] if content["is_html"] else ""
    headline = title(entry)
    made = published(entry)
    changed = updated(entry)
    return {
        "external_id": key,
        "action": "edit" if edited else "create",
        "kind": "post",
        "posted_at": ((changed if edited else made) or now).isoformat(),
        "title": headline,
        "text": plain(content) or headline,
        "html": html if _TAG.search(html) else "",
        "author": _author(entry, feed, address),
        "parent_id": entry["parent"] or None,
        "url": web_address(entry["link"]) or (key if web_address(key) else None),
        "language": content["language"] or feed["language"],
        "attachments": list(_attachments(entry)),
        "raw": {"entry": {name: value for name, value in entry.items() if name != "content"}, "feed": dict(feed)},
    }


def published(entry: Json) -> datetime | None:
    """When an entry was published; None where it doesn't say, or says what cannot be."""
    return _time(entry["published"]) or _time(entry["updated"])


def updated(entry: Json) -> datetime | None:
    """When an entry was changed."""
    return _time(entry["updated"])


def version(entry: Json) -> str:
    """When an entry was changed, as seconds (0 where it doesn't say), and a short name for what it holds."""
    at = updated(entry)
    held = _digest(title(entry), entry["content"]["value"], *(one["url"] for one in entry["files"]))
    return f"{int(at.timestamp()) if at else 0} {held[:8]}"


def is_newer(version: str, before: str) -> bool:
    """Whether an entry says that it was changed since, and holds something else. Some only count their readers."""
    (at, held), (at_before, held_before) = (one.partition(" ")[::2] for one in (version, before))
    return held != held_before and at_before.isdecimal() and int(at) > int(at_before)


def title(entry: Json) -> str:
    """A headline in one line."""
    return " ".join(plain(entry["title"]).split())


def name_of(feed: Json, address: str) -> str:
    """What a feed is called; its host where it doesn't say."""
    return title(feed)[:100] or address.split("://")[-1].split("/")[0]


def plain(part: Json) -> str:
    """What a part says."""
    value: str = part["value"]
    if not part["is_html"]:
        return value.strip()
    # What has no tags has its own line breaks, whatever it is called.
    return text_of(value) if _TAG.search(value) else unescape(value).strip()


def _key(entry: Json) -> str:
    told = identifier(entry["id"]) or identifier(entry["link"])
    if told and len(told) < MAX_ID:
        return told
    return "hash:" + _digest(entry["id"], entry["link"], title(entry), entry["published"])


def _short(key: str) -> str:
    return key if len(key) <= MAX_ID else "hash:" + _digest(key)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]


def _author(entry: Json, feed: Json, address: str) -> dict[str, Any]:
    """Whoever wrote it: known by an address of their own, else by the name that this feed calls them; else the feed."""
    name = " ".join((entry["author"] or feed["author"]).split())
    own = web_address(entry["author_url"])
    shared = {"handle": name_of(feed, address), "avatar_url": feed["image"], "bio": plain(feed["subtitle"])}
    return shared | {
        "external_id": _short(own or (f"{address}#{name.casefold()}" if name else address)),
        "name": name or name_of(feed, address),
        "url": own or feed["link"],
    }


def _attachments(entry: Json) -> Iterator[dict[str, str]]:
    seen = set()
    files = [*entry["files"], *({"url": one, "type": "image"} for one in entry["pictures"])]
    for one in files:
        address = web_address(one["url"])
        kind = _KINDS.match(one["type"])
        # A film of YouTube's is a page with a player; what can be shown here is its picture.
        if address is None or address in seen or "flash" in one["type"]:
            continue
        seen.add(address)
        yield {"url": address, "kind": kind[1] if kind else "file"}


def _time(text: str) -> datetime | None:
    at = datetime.fromisoformat(text) if text else None
    return at if at and _OLDEST <= at <= datetime.now(UTC) + timedelta(hours=20) else None
