"""Readers of single fields of Meta's objects. Pure: whatever a field holds, they give a plain value."""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
_SECONDS = 10**11  # above this a time is in milliseconds


def text(value: object) -> str:
    """A text; empty for what is none."""
    return value if isinstance(value, str) else ""


def identity(value: object) -> str:
    """An id, which some of Meta's systems write as a number; empty for what is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def member(value: object, *names: str) -> Json:
    """The object at the end of a path of names; empty where the path breaks off."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def several(value: object) -> list[Json]:
    """The objects of a list, or of the `data` of an edge; nothing of what is none."""
    listed = value.get("data") if isinstance(value, dict) else value
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def moment(value: object) -> datetime | None:
    """A time: ISO 8601 with an offset, or seconds or milliseconds since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > _SECONDS else value, UTC)
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
        return read.astimezone(UTC) if read is not None and read.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def written(value: object) -> object:
    """A time as `parse` reads it; what is none goes there as it is, to be named in the reason."""
    read = moment(value)
    return read.isoformat() if read is not None else value


def somebody(person: Json, message_id: str, network: str) -> Json:
    """The author of a message. Meta leaves some out; theirs is an identity of the message's own."""
    external_id = identity(person.get("id"))
    if not external_id:
        return {"external_id": f"unknown:{message_id}", "name": f"Somebody on {network}"}
    username = text(person.get("username"))
    known = {"external_id": external_id, "handle": username, "name": text(person.get("name")) or username}
    return {name: value for name, value in known.items() if value}


def context(relation: str, external_id: str, said: Json, *, url: str = "") -> Json:
    """What is answered or quoted, as far as Meta tells it."""
    person = member(said, "from")
    words = text(said.get("message")) or text(said.get("caption")) or text(said.get("text")) or text(said.get("story"))
    name = text(person.get("name")) or text(person.get("username")) or text(said.get("username"))
    return {
        "relation": relation,
        "external_id": external_id,
        "author": name,
        "text": words,
        "url": text(said.get("permalink_url")) or text(said.get("permalink")) or url,
    }
