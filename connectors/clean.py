"""Makes foreign values safe to store in PostgreSQL and to show. Pure; a clean value comes back as it is, quickly."""

import json
import math
import re
from typing import Any
from urllib.parse import urlsplit

MAX_DEPTH = 50
MAX_NAME = 200
MAX_URL = 2000
# PostgreSQL takes no NUL in text, UTF-8 no surrogates; the other control characters serve nobody who reads, and what
# turns words round against their letters ("exe.png" for "gnp.exe") only who wants to deceive.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\u202d\u202e\ud800-\udfff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\u202d\u202e]")
_NUMBERS_THAT_ARE_NONE = {math.inf: "Infinity", -math.inf: "-Infinity"}
_UNSTORABLE = re.compile(r"[\ud800-\udfff]|\\u0000|NaN|Infinity")
_WIDEST_INTEGER = 13_000  # bits; Python prints no integer of more than 4,300 digits
_serialised = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode

# Characters without a shape: bidi controls, zero-width spaces and joiners, soft hyphens, Hangul fillers, tags. They
# make one name look like another.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Joiners go as well, but where a script or an emoji cannot be written without them: after a virama, between two Arabic
# letters, before the next part of an emoji (RFC 5892, appendix A, which allows the first two even in host names).
_JOINERS = re.compile(
    "(?<![\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0e3a\u0f84\u1039\u17d2])"
    "(?:\u200c(?!(?<=[\u0620-\u06ff]\u200c)[\u0620-\u06ff])|\u200d(?![\u2600-\u27bf\U0001f300-\U0001faff]))"
)


class TooDeep(ValueError):
    """A value is nested more deeply than MAX_DEPTH."""


def clean_text(value: str) -> str:
    """`value` without control characters (line feed and tab stay) and bidi overrides, surrogates shown as U+FFFD."""
    if value.isprintable() or not _UNSAFE.search(value):
        return value
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", value))


def clean_name(value: str, limit: int = MAX_NAME) -> str:
    """One line of at most `limit` characters, without anything invisible or that turns the direction of writing."""
    if value.isascii() and value.isprintable() and "  " not in value and value[:1] != " " != value[-1:]:
        return value[:limit]
    # Whitespace first: some control characters are line breaks and part two words.
    value = " ".join(value.split())
    value = _JOINERS.sub("", _INVISIBLE.sub("", clean_text(value)))
    return " ".join(value.split())[:limit].rstrip()


def web_address(value: object) -> str | None:
    """`value` as an http or https address, None if it is anything else."""
    if not isinstance(value, str):
        return None
    value = value.strip()
    if len(value) > MAX_URL or not value.isprintable() or " " in value:
        return None
    if value[:8].lower().startswith(("https://", "http://")):
        try:
            return value if urlsplit(value).hostname else None
        except ValueError:
            return None
    return None


def storable(value: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """`value` as PostgreSQL's jsonb takes it, and the bytes that it has as JSON.

    NUL goes, lone surrogates become U+FFFD, numbers that jsonb has no word for become strings. Raises TooDeep.
    """
    try:
        text = _serialised(value)
    except (ValueError, TypeError, RecursionError):
        text = None
    # As many opening brackets as levels are allowed cannot be too deep, which spares most payloads the walk.
    if text is None or _UNSTORABLE.search(text) or text.count("{") + text.count("[") > MAX_DEPTH:
        value = _walk(value, 1)
        text = _serialised(value)
    return value, len(text) if len(text) < 0xFFFF else len(text.encode())


def _walk(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _stored_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else _NUMBERS_THAT_ARE_NONE.get(value, "NaN")
    if isinstance(value, int):
        return value if value.bit_length() <= _WIDEST_INTEGER else hex(value)
    if value is None:
        return None
    if not isinstance(value, dict | list | tuple):
        return _stored_text(str(value))
    if depth > MAX_DEPTH:
        raise TooDeep
    if isinstance(value, dict):
        return {_stored_text(str(key)): _walk(inner, depth + 1) for key, inner in value.items()}
    return [_walk(inner, depth + 1) for inner in value]


def _stored_text(value: str) -> str:
    return _SURROGATES.sub("\ufffd", value.replace("\x00", ""))
