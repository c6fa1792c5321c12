"""Items as the interface describes them, for the tests of the parser."""

from datetime import UTC, datetime
from typing import Any

from connectors.incoming import Incoming
from connectors.parse import parse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FULL: dict[str, Any] = {
    "external_id": "570306133677760513",
    "network": "X",
    "kind": "comment",
    "action": "edit",
    "posted_at": "2015-02-24T11:35:52-08:00",
    "text": "Line one\n\tline two 👩‍💻 & <b>",
    "thread_id": 17,
    "parent_id": "16",
    "url": "https://x.com/dana/status/570306133677760513",
    "language": "pt_BR",
    "author": {
        "external_id": 92,
        "handle": "dana",
        "name": "Dana  Ødegård",
        "url": "https://x.com/dana",
        "avatar_url": "https://pbs.twimg.com/a.jpg",
        "followers": "1200",
        "verified": True,
        "bio": "I fly.",
        "email": "dana@example.com",
    },
    "mentions": [{"external_id": "12", "handle": "halden"}],
    "attachments": [{"url": "https://pbs.twimg.com/m.jpg", "kind": "image", "alt": "A wing"}],
    "context": [
        {"relation": "replied_to", "external_id": 16, "author": "@bo", "text": "Hm?", "url": "https://x.com/s"}
    ],
    "raw": {"data": {"id": "1"}},
}


NO_IDS: list[Any] = [None, False, 1.5, [], "\n"]


def each(field: str, *values: Any) -> list[tuple[str, Any]]:
    return [(field, value) for value in values]


def item(**changes: Any) -> dict[str, Any]:
    minimal = {"external_id": "1", "author": {"external_id": "a"}, "posted_at": "2026-11-22T10:00:00Z", "text": "Hello"}
    return {name: value for name, value in (minimal | changes).items() if value is not ...}


def read(**changes: Any) -> Incoming:
    return parse(item(**changes), network="import", now=NOW)


def author(**changes: Any) -> Incoming:
    return read(author={"external_id": "a", **changes})
