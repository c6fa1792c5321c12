"""Reads a feed's bytes with feedparser. Runs in a child process, because the bytes are anybody's.

feedparser gets a stream, never an address: it would fetch that, and read a file that happened to be called so.
"""

import calendar
import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser
from feedparser.urls import resolve_relative_uris

from connectors.tags import Tag, tokens

Json = dict[str, Any]
MOST_ENTRIES = 1000
_MOST_LINKS = 20
_LONGEST = 200_000
_SHORT = 2_000
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,300}>")
_REFERENCE = re.compile(rb"&#(x[0-9a-f]{1,12}|[0-9]{1,12});?", re.IGNORECASE)
_RELATIVE = re.compile(r"""(?:href|src)=["'](?!https?:|mailto:|data:)""", re.IGNORECASE)
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


def read(content: bytes, *, content_type: str = "", address: str = "") -> Json:
    """What a document holds: {"feed": …, "entries": […]}, or {"links": […]} of feeds where it is a web page."""
    # Without the address: feedparser would make ids part of it, and they would change when the feed moves.
    headers = {"content-type": content_type} if content_type else {}
    content = _REFERENCE.sub(_character, content)
    try:
        parsed = feedparser.parse(io.BytesIO(content), response_headers=headers)
    except (ValueError, LookupError):
        # Most often over an encoding that is none. Whatever it was meant to be, this can be read.
        plain = _DECLARATION.sub(b"", content.replace(b"\0", b"")).decode("utf-8", "replace")
        parsed = feedparser.parse(io.BytesIO(plain.encode()))
    if not parsed.get("version") and not parsed.get("entries"):
        return {"links": _links(content, address)}
    told = parsed.get("feed") or {}
    return {"feed": _feed(told, address), "entries": [_entry(one, address) for one in _newest(parsed)]}


def _newest(parsed: Json) -> list[Json]:
    """The entries, as far as they are not too many; some feeds begin with the oldest."""
    found: list[Json] = parsed.get("entries") or []
    if len(found) > MOST_ENTRIES:
        found = sorted(found, key=lambda one: _moment(_published(one)), reverse=True)
    return found[:MOST_ENTRIES]


def _published(one: Json) -> Any:
    return one.get("published_parsed") or one.get("created_parsed") or dict.get(one, "updated_parsed")


def _character(found: "re.Match[bytes]") -> bytes:
    """A reference to a character as it is; feedparser trips over those to halves of characters and to none at all."""
    digits = found[1].decode().lower()
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    return found[0] if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else b"&#65533;"


def _links(content: bytes, address: str) -> list[str]:
    """The feeds that a web page names."""
    found = []
    for token in tokens(content.decode("utf-8", "replace")):
        if not isinstance(token, Tag) or token.closes or token.name != "link":
            continue
        named = token.attributes
        if named.get("type", "").strip().lower() in _FEEDS and "alternate" in named.get("rel", "").lower().split():
            found.append(_address(named.get("href"), address))
    return [one for one in found if one][:_MOST_LINKS]


def _feed(told: Json, address: str) -> Json:
    image = told.get("image") or {}
    detail = told.get("author_detail") or {}
    return {
        "title": _plain(told, "title"),
        "subtitle": _plain(told, "subtitle"),
        "link": _address(told.get("link"), address),
        "language": _text(told.get("language"), 50),
        "author": _text(detail.get("name") or told.get("author"), _SHORT),
        "image": _address(image.get("href") if isinstance(image, dict) else "", address)
        or _address(told.get("logo") or told.get("icon"), address),
        "ttl": _text(told.get("ttl"), 20),
    }


def _entry(one: Json, address: str) -> Json:
    detail = one.get("author_detail") or {}
    contents = [_part(part, address) for part in (one.get("content") or [])[:_MOST_LINKS] if isinstance(part, dict)]
    summary = one.get("summary_detail") or {}
    above = one.get("thr_in-reply-to") or {}
    published = one.get("published_parsed") or one.get("created_parsed")
    return {
        "id": _text(one.get("id"), _SHORT),
        "link": _address(one.get("link"), address),
        "title": _plain(one, "title"),
        "author": _text(detail.get("name") or one.get("author"), _SHORT),
        "author_url": _text(detail.get("href"), _SHORT),
        "published": _moment(published),
        # Asked for by its own name, feedparser gives this one in place of the other, and warns of it.
        "updated": _moment(dict.get(one, "updated_parsed") or published),
        # Feeds put the whole text in the one and the beginning in the other; the whole one is longer.
        "content": max([*contents, _part(summary, address)], key=lambda part: len(part["value"])),
        "files": [*_files(one.get("enclosures"), address), *_files(one.get("media_content"), address)][:_MOST_LINKS],
        "pictures": [_address(each.get("url"), address) for each in _dicts(one.get("media_thumbnail"))][:1],
        "parent": _text(above.get("ref") or above.get("href") if isinstance(above, dict) else "", _SHORT),
        "comments": _text(one.get("comments"), _SHORT),
        "comments_feed": _text(one.get("wfw_commentrss"), _SHORT),
    }


def _part(part: Json, address: str) -> Json:
    value, is_html = _text(part.get("value"), _LONGEST), part.get("type") != "text/plain"
    if is_html and address and _RELATIVE.search(value):
        value = resolve_relative_uris(value, address, "utf-8", "text/html")
    return {
        "value": value,
        "is_html": is_html,
        "language": _text(part.get("language"), 50),
    }


def _files(links: object, address: str) -> list[Json]:
    return [
        {
            "url": _address(each.get("href") or each.get("url"), address),
            "type": _text(each.get("type") or each.get("medium"), 100),
        }
        for each in _dicts(links)
    ]


def _dicts(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)][:_MOST_LINKS] if isinstance(value, list) else []


def _plain(told: Json, name: str) -> Json:
    """A short text, and whether it is HTML."""
    detail = told.get(f"{name}_detail") or {}
    return {"value": _text(told.get(name), _SHORT), "is_html": detail.get("type") != "text/plain"}


def _text(value: object, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _address(value: object, address: str) -> str:
    """A whole address, where a feed writes only the end of one."""
    text = _text(value, _SHORT).strip()
    try:
        return urljoin(address, text)[:_SHORT] if text else ""
    except ValueError:
        return ""


def _moment(parsed: Any) -> str:
    """A time that feedparser has read; empty where it has none, or one that no calendar knows."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat() if parsed else ""
    except (ValueError, TypeError, OverflowError, OSError):
        return ""
