"""Reads one item of the JSON in docs/import.md (a line of import_messages, a webhook's body, what a connector builds).

Pure and total: whatever JSON comes in, an `Incoming` comes out or `Rejected` is raised, naming field, value and remedy.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from connectors.clean import MAX_DEPTH, TooDeep, clean_text, storable, web_address
from connectors.fields import (
    email_address,
    flag,
    followers_count,
    identifier,
    language_tag,
    long_text,
    media_address,
    moment,
    name_line,
    network_name,
    note_text,
    required_identifier,
    title_line,
)
from connectors.incoming import Action, Attachment, Author, Context, Incoming, Kind, Rejected

MAX_TEXT = 100_000
MAX_RAW = 256 * 1024
MAX_LINE = 64 * 1024 * 1024
MOST = 100  # mentions, links or contexts of one message
MOST_ATTACHMENTS = 1_000
ACTIONS: tuple[Action, ...] = get_args(Action)
KINDS: tuple[Kind, ...] = get_args(Kind)
FIELDS = frozenset(Incoming.__dataclass_fields__)
AUTHOR_FIELDS = frozenset(Author.__dataclass_fields__)
ATTACHMENT_FIELDS = frozenset(Attachment.__dataclass_fields__)
CONTEXT_FIELDS = frozenset(Context.__dataclass_fields__)

T = TypeVar("T")


def decode(line: str | bytes, *, name: str = "line") -> object:
    """The JSON value of one line of a file, or of a `body`. Raises Rejected for whatever is no JSON."""
    if len(line) > MAX_LINE:
        raise Rejected(name, f"{len(line)} bytes", f"is longer than {MAX_LINE} bytes; leave attachments out.")
    try:
        text = line.decode("utf-8-sig") if isinstance(line, bytes) else line.removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Rejected(name, line[:200], "is not UTF-8; convert it.") from error
    try:
        return json.loads(text)
    except RecursionError as error:
        raise Rejected(name, text[:200].strip(), f"is nested more than {MAX_DEPTH} levels deep.") from error
    except ValueError as error:
        remedy = "write one object a line" if name == "line" else "send an object or a list"
        raise Rejected(name, text[:200].strip(), f"is not JSON ({str(error)[:100]}); {remedy}.") from error


def is_cut(text: str) -> bool:
    """Whether a message's text was too long, so that the whole of it is kept as `text` of its `raw`."""
    return len(text) == MAX_TEXT + 1 and text.endswith("…")


def parse(item: object, *, network: str, now: datetime | None = None) -> Incoming:
    """The message that `item` tells of; `network` is the one it belongs to where it names none.

    Required fields that are missing or broken raise Rejected. Optional ones that are broken, and fields that we don't
    know, are kept in `raw` instead. The rules stand in docs/import.md.
    """
    if not isinstance(item, dict):
        raise Rejected("item", item, "must be a JSON object with external_id, author, posted_at and text.")
    kept = {name: value for name, value in item.items() if name not in FIELDS}
    action = _one_of(item, "action", ACTIONS, "create")
    attachments = _several(item, "attachments", _attachment, kept, most=MOST_ATTACHMENTS)
    text, whole = _text(item, kept, required=action != "delete" and not attachments)
    return Incoming(
        external_id=required_identifier(item.get("external_id"), "external_id"),
        action=action,
        kind=_one_of(item, "kind", KINDS, "mention"),
        network=_optional(item, "network", network_name, kept) or network,
        author=_author_of(item.get("author"), kept),
        posted_at=moment(item.get("posted_at"), now or datetime.now(UTC)),
        text=text,
        title=_optional(item, "title", title_line, kept) or "",
        html=_optional(item, "html", long_text, kept) or "",
        quoted=_optional(item, "quoted", long_text, kept) or "",
        automatic=_optional(item, "automatic", flag, kept) or False,
        thread_id=_optional(item, "thread_id", identifier, kept) or "",
        parent_id=_optional(item, "parent_id", identifier, kept) or "",
        url=_optional(item, "url", web_address, kept) or "",
        language=_optional(item, "language", language_tag, kept) or "",
        mentions=_several(item, "mentions", _mention, kept),
        attachments=attachments,
        context=_several(item, "context", _context, kept),
        # Last: by now `kept` holds all that was broken.
        raw=_raw(item.get("raw"), kept, whole),
    )


def _one_of(item: dict[str, Any], name: str, allowed: tuple[T, ...], default: T) -> T:
    value = item.get(name)
    if value is None:
        return default
    if value in allowed:
        return allowed[allowed.index(value)]
    raise Rejected(name, value, f"must be one of {', '.join(map(str, allowed))}.")


def _optional(item: dict[str, Any], name: str, read: Callable[[Any], T | None], kept: dict[str, Any]) -> T | None:
    """What `read` makes of a field; None where it is missing or broken, and then it is kept."""
    value = item.get(name)
    if value is None or value == "":
        return None
    result = read(value)
    if result is None:
        kept[name] = value
    return result


def _several(
    item: dict[str, Any],
    name: str,
    read: Callable[[Any], tuple[T, bool] | None],
    kept: dict[str, Any],
    most: int = MOST,
) -> tuple[T, ...]:
    """The readable elements of a list; the list is kept as it came if anything of it would be lost."""
    values = item.get(name)
    if not values and (values is None or values == []):
        return ()
    if not isinstance(values, list):
        kept[name] = values
        return ()
    results = [read(value) for value in values[:most]]
    if len(values) > most or any(result is None or not result[1] for result in results):
        kept[name] = values
    return tuple(result[0] for result in results if result is not None)


def _text(item: dict[str, Any], kept: dict[str, Any], *, required: bool) -> tuple[str, str]:
    """The text as it is shown, and the whole of it where that is longer."""
    value = item.get("text")
    if isinstance(value, str):
        if len(value) > MAX_LINE:
            raise Rejected("text", f"{len(value)} characters", "is more than can be kept; send it as an attachment.")
        value = clean_text(value)
        if required and not value.strip():
            raise Rejected("text", item["text"], "is empty; give text or attachments.")
        # A text that was cut here before, and comes from a receipt, is not cut again.
        if len(value) <= MAX_TEXT or is_cut(value):
            return value, ""
        return value[:MAX_TEXT] + "…", value
    if required:
        raise Rejected("text", value, "must be a text; give text or attachments.")
    if value is not None:
        kept["text"] = value
    return "", ""


def _author_of(value: object, kept: dict[str, Any]) -> Author:
    if not isinstance(value, dict) or not value:
        raise Rejected("author", value, "must be an object with at least external_id.")
    author, lost = _author(value, required_identifier(value.get("external_id"), "author.external_id"))
    if lost:
        kept["author"] = lost
    return author


def _author(value: dict[str, Any], external_id: str) -> tuple[Author, dict[str, Any]]:
    """The profile, and what of it found no place there."""
    lost = {name: inner for name, inner in value.items() if name not in AUTHOR_FIELDS}
    author = Author(
        external_id=external_id,
        handle=_optional(value, "handle", name_line, lost) or "",
        name=_optional(value, "name", name_line, lost) or "",
        url=_optional(value, "url", web_address, lost) or "",
        avatar_url=_optional(value, "avatar_url", web_address, lost) or "",
        followers=_optional(value, "followers", followers_count, lost),
        verified=_optional(value, "verified", flag, lost) or False,
        bio=_optional(value, "bio", note_text, lost) or "",
        location=_optional(value, "location", name_line, lost) or "",
        links=_links(value, lost),
        email=_optional(value, "email", email_address, lost) or "",
    )
    return author, lost


def _links(value: dict[str, Any], lost: dict[str, Any]) -> tuple[str, ...]:
    """Addresses that a profile names."""
    return _several(value, "links", lambda one: (address, True) if (address := web_address(one)) else None, lost)


def _mention(value: object) -> tuple[Author, bool] | None:
    external_id = identifier(value.get("external_id")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or external_id is None:
        return None
    author, lost = _author(value, external_id)
    return author, not lost


def _attachment(value: object) -> tuple[Attachment, bool] | None:
    url = media_address(value.get("url")) if isinstance(value, dict) else None
    if not isinstance(value, dict) or url is None:
        return None
    lost: dict[str, Any] = {}
    kind = _optional(value, "kind", name_line, lost) or "file"
    alt = _optional(value, "alt", note_text, lost) or ""
    name = _optional(value, "name", name_line, lost) or ""
    return Attachment(url=url, kind=kind[:20], alt=alt, name=name), not lost and value.keys() <= ATTACHMENT_FIELDS


def _context(value: object) -> tuple[Context, bool] | None:
    if not isinstance(value, dict) or value.get("relation") not in ("replied_to", "quoted"):
        return None
    lost: dict[str, Any] = {}
    context = Context(
        relation=value["relation"],
        external_id=_optional(value, "external_id", identifier, lost) or "",
        author=_optional(value, "author", name_line, lost) or "",
        author_id=_optional(value, "author_id", identifier, lost) or "",
        text=_optional(value, "text", note_text, lost) or "",
        url=_optional(value, "url", web_address, lost) or "",
    )
    return context, not lost and value.keys() <= CONTEXT_FIELDS


def _raw(payload: object, kept: dict[str, Any], whole: str) -> dict[str, Any]:
    """What is kept of an item beside its fields: the network's payload and whatever was unknown or broken."""
    if payload is not None and not isinstance(payload, dict):
        payload = {"raw": payload}
    raw: dict[str, Any] = payload or {}
    if kept:
        raw = {**raw, **kept} if kept.keys().isdisjoint(raw) else {"raw": raw, **kept}
    if raw:
        try:
            raw, size = storable(raw)
        except TooDeep as error:
            raise Rejected("raw", "…", f"is nested more than {MAX_DEPTH} levels deep; flatten it.") from error
        if size > MAX_RAW:
            raw = {"not_kept": f"{size} bytes; at most {MAX_RAW} are kept."}
    return {**raw, "text": whole} if whole else raw
