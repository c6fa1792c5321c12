"""From any JSON to the JSON of docs/import.md, by a mapping that somebody drew field by field. Pure and total.

A mapping is a JSON object: for each field of a message the path to its value, as in {"author.external_id":
"data.user.id"}, or a value of its own, {"kind": {"value": "review"}}. `items` leads to a list of messages where one
delivery holds several. A path is written with dots, [0] for places in lists and ["a.b"] for names that hold a dot.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors import paths
from connectors.incoming import Rejected
from connectors.paths import MISSING, leaves, lists

__all__ = ["FIELDS", "REQUIRED", "alone", "apply", "items", "leaves", "lists", "load"]

Json = dict[str, Any]

_AUTHOR = ("handle", "name", "url", "avatar_url", "followers", "verified", "bio", "location", "email")
REQUIRED = ("external_id", "author.external_id", "text")
OPTIONAL = ("posted_at", "thread_id", "parent_id", "url", "title", "html", "language", "kind", "action", "attachments")
FIELDS: tuple[str, ...] = (*REQUIRED, *OPTIONAL, *(f"author.{name}" for name in _AUTHOR))
MAX_MAPPING = 20_000
MOST_ITEMS = 1000
# Fields that are texts, whatever the other system makes of them.
_TEXTS = {*FIELDS} - {"author.followers", "author.verified", "attachments", "posted_at"}
# A number is seconds, thousandths or millionths since 1970; which, its size says.
_UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000))


def load(text: str) -> Json:
    """The mapping that a setting holds. Raises Rejected, which names what is wrong with it."""
    try:
        mapping = json.loads(text) if len(text) <= MAX_MAPPING else None
    except (ValueError, RecursionError) as error:
        raise Rejected("mapping", text[:60], f"is not JSON ({str(error)[:60]}).") from error
    if not isinstance(mapping, dict):
        raise Rejected("mapping", text[:60], f"must be a JSON object of at most {MAX_MAPPING} characters.")
    for name, rule in mapping.items():
        if name == "items":
            _path(name, rule)
        elif name not in FIELDS:
            raise Rejected("mapping", name, f"is no field of a message. There are: {', '.join(FIELDS)}.")
        elif not _is_constant(rule):
            _path(name, rule)
    for name in REQUIRED:
        if name not in mapping and not (name == "text" and "attachments" in mapping):
            raise Rejected("mapping", name, "is missing; choose where it stands in a delivery.")
    return mapping


def apply(mapping: Mapping[str, Any], payload: object, received_at: datetime | None = None) -> list[Json | Rejected]:
    """The messages of a delivery, each as the JSON that `connectors.parse.parse` reads, or why it is none.

    Where no time is mapped a message was posted when it was received.
    """
    try:
        found = items(mapping, payload)
    except Rejected as error:
        return [error]
    return [_item(mapping, one, received_at or datetime.now(UTC)) for one in found]


def items(mapping: Mapping[str, Any], payload: object) -> list[Any]:
    """The parts of a delivery that hold one message each. Raises Rejected."""
    rule = mapping.get("items", "")
    found = paths.value_at(payload, _path("items", rule)) if rule else payload
    if rule and not isinstance(found, list):
        raise Rejected("items", rule, "leads to no list in this delivery; choose another path, or none.")
    several = found if isinstance(found, list) else [found]
    if len(several) > MOST_ITEMS:
        raise Rejected("items", len(several), f"are too many; send at most {MOST_ITEMS} messages at once.")
    return several


def alone(mapping: Mapping[str, Any], item: object) -> object:
    """A delivery that holds this item only."""
    rule = mapping.get("items")
    return paths.holding([item], _path("items", rule)) if rule else item


def _path(name: str, text: object) -> paths.Path:
    """The steps of a path. Raises Rejected."""
    path = paths.read(text)
    if path is None:
        raise Rejected(f"mapping.{name}", text, 'is no path; write it like data.user.id, or {"value": …}.')
    return path


def _is_constant(rule: object) -> bool:
    return isinstance(rule, dict) and rule.keys() == {"value"}


def _item(mapping: Mapping[str, Any], source: object, received_at: datetime) -> Json | Rejected:
    message: Json = {"author": {}, "raw": source if isinstance(source, dict) else {"raw": source}}
    try:
        for name in FIELDS:
            value = _value(mapping, name, source)
            if value is not MISSING:
                inside, last = (message["author"], name[7:]) if name.startswith("author.") else (message, name)
                inside[last] = value
        if not message.get("text") and not message.get("attachments") and message.get("action") != "delete":
            raise Rejected("text", mapping.get("text"), "leads to no text in this delivery; choose another path.")
    except Rejected as error:
        return error
    message.setdefault("posted_at", received_at.isoformat())
    return message


def _value(mapping: Mapping[str, Any], name: str, source: object) -> Any:
    """The value of one field, in the shape that the parser reads; MISSING where there is none. Raises Rejected."""
    if name not in mapping:
        return MISSING
    rule = mapping[name]
    value = rule["value"] if _is_constant(rule) else paths.value_at(source, _path(name, rule))
    if value is MISSING or value is None or value == "":
        if name in REQUIRED[:2] or name == "posted_at":
            raise Rejected(name, rule, "leads to nothing in this delivery; choose another path.")
        return MISSING
    if name == "posted_at":
        return _time(value, rule)
    if name == "attachments":
        return _attachments(value)
    if name in _TEXTS and isinstance(value, dict | list):
        raise Rejected(name, rule, "leads to a list or an object, and must lead to a text or number.")
    return _text(value) if name in _TEXTS else value


def _text(value: object) -> str:
    try:
        return value if isinstance(value, str) else json.dumps(value)
    except ValueError:
        # An integer of more digits than Python prints.
        return ""


def _attachments(value: object) -> list[Json]:
    """Addresses alone, or objects with a `url`, one or several."""
    several = value if isinstance(value, list) else [value]
    return [one if isinstance(one, dict) else {"url": one} for one in several]


def _time(value: object, rule: object) -> str:
    """A time as ISO 8601 with an offset, from that, from seconds or milliseconds since 1970, or as mails write it.

    Without an offset it is UTC. Raises Rejected.
    """
    read = _number_time(value) or _text_time(value)
    if read is None:
        remedy = f"stands at {rule if isinstance(rule, str) else 'value'} and is no time; write ISO 8601 or seconds."
        raise Rejected("posted_at", value, remedy)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).isoformat()


def _number_time(value: object) -> datetime | None:
    if isinstance(value, str) and re.fullmatch(r"\d{9,17}(\.\d{1,9})?", value.strip(), re.ASCII):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        unit = next((unit for limit, unit in _UNITS if abs(value) < limit), None)
        return datetime.fromtimestamp(value / unit, UTC) if unit else None
    except (ValueError, OverflowError, OSError):
        return None


def _text_time(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError):
        return None
