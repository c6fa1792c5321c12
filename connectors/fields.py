"""Readers of the single fields of an item. Pure; each gives the clean value, or None for what it can't be made of."""

import re
from datetime import UTC, datetime, timedelta

from connectors.clean import MAX_URL, clean_name, clean_text, web_address
from connectors.incoming import Rejected

MAX_ID = 500
MAX_NOTE = 10_000
MAX_TITLE = 500
MAX_LONG = 200_000
MAX_EMAIL = 254

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=24)
_NETWORK = re.compile(r"[a-z0-9][a-z0-9_-]{0,29}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"]{1,64}@[^@\s<>()\[\],;:\"]+\.[^@\s<>()\[\],;:\".]+")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def identifier(value: object) -> str | None:
    """An external id: an opaque text, which some networks write as a whole number."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 1600:
        return str(value)
    if not isinstance(value, str):
        return None
    value = value.strip()
    # Cleaning an id could make two things one, so an unclean one is none.
    return value if 0 < len(value) <= MAX_ID and (value.isprintable() or not _CONTROL.search(value)) else None


def required_identifier(value: object, name: str) -> str:
    """As `identifier`, for a field that nothing goes without. Raises Rejected."""
    result = identifier(value)
    if result is None:
        raise Rejected(name, value, f"must be a text or whole number of 1 to {MAX_ID} characters, without controls.")
    return result


def moment(value: object, now: datetime) -> datetime:
    """When something was posted, in UTC. Raises Rejected."""
    try:
        read = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise Rejected("posted_at", value, "must be ISO 8601 with an offset, like 2015-02-24T11:35:52-08:00.")
    # The year first: at the ends of the calendar no other time zone can be counted in.
    if not 1989 <= read.year <= 9998 or not _OLDEST <= (read := read.astimezone(UTC)) <= now + _AHEAD:
        raise Rejected("posted_at", value, "must lie between 1990 and 24 hours from now; correct the date.")
    return read


def network_name(value: object) -> str | None:
    """The word for a platform, as in `x` or `email`."""
    name = value.strip().lower() if isinstance(value, str) else ""
    return name if _NETWORK.fullmatch(name) else None


def language_tag(value: object) -> str | None:
    """A language as BCP 47 writes it, as in `pt` or `pt-BR`."""
    tag = value.strip().replace("_", "-") if isinstance(value, str) else ""
    return tag if len(tag) <= 20 and _LANGUAGE.fullmatch(tag) else None


def email_address(value: object) -> str | None:
    """A single address, without a name beside it."""
    address = value.strip() if isinstance(value, str) else ""
    return address if len(address) <= MAX_EMAIL and address.isprintable() and _EMAIL.fullmatch(address) else None


def followers_count(value: object) -> int | None:
    """A whole number that PostgreSQL's bigint holds; some exports write it as text."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19:
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**63 else None


def flag(value: object) -> bool | None:
    """Yes or no; 1 and "true" are neither."""
    return value if isinstance(value, bool) else None


def name_line(value: object) -> str | None:
    """A name, a handle or another short line."""
    return clean_name(value) if isinstance(value, str) else None


def title_line(value: object) -> str | None:
    """A subject or a headline."""
    return clean_name(value, MAX_TITLE) if isinstance(value, str) else None


def long_text(value: object) -> str | None:
    """A text as long as a message's own; what is longer is cut."""
    return clean_text(value)[:MAX_LONG] if isinstance(value, str) else None


def media_address(value: object) -> str | None:
    """Where an attachment lies: at an http or https address, or with the connector, which knows it by `media:` and a
    name of its own."""
    if isinstance(value, str) and value.startswith("media:"):
        return value if 6 < len(value) <= MAX_URL and value.isprintable() else None
    return web_address(value)


def note_text(value: object) -> str | None:
    """A text beside the message's own: a profile's words, an image's description."""
    return clean_text(value)[:MAX_NOTE] if isinstance(value, str) else None
