"""Webhooks as Meta sends them: bodies in the documented shapes, and their signature."""

import hashlib
import hmac
import itertools
import json
import time
from typing import Any

from tests.servers.meta_world import APP_SECRET, IG, PAGE

Json = dict[str, Any]
_numbers = itertools.count(1)


def sign(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The header that shows that a body is Meta's."""
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def delivery(*entries: Json, kind: str = "page") -> bytes:
    """A body with these entries."""
    return json.dumps({"object": kind, "entry": list(entries)}).encode()


def entry(*, changes: list[Json] | None = None, messaging: list[Json] | None = None, **more: Any) -> Json:
    """One entry, of the Page by default."""
    made: Json = {"id": PAGE, "time": int(time.time()), **more}
    made |= {"changes": changes} if changes is not None else {}
    return made | ({"messaging": messaging} if messaging is not None else {})


def feed(item: str = "comment", verb: str = "add", *, sender: Json | None = None, **value: Any) -> Json:
    """A change of the Page's feed."""
    number, now = next(_numbers), int(time.time())
    own: Json = {
        "item": item,
        "verb": verb,
        "from": sender or {"id": "2100", "name": "Dana"},
        "post_id": f"{PAGE}_500",
        "created_time": now - 60,
        "message": f"Hello {number}",
    }
    if item == "comment":
        own |= {"comment_id": f"500_{9000 + number}", "parent_id": f"{PAGE}_500"}
    else:
        own |= {"post_id": f"{PAGE}_{9000 + number}"}
    return {"field": "feed", "value": own | value}


def event(sender: str = "2100", recipient: str = PAGE, *, kind: str = "message", **told: Any) -> Json:
    """An event of a conversation."""
    number = next(_numbers)
    said = {"mid": f"m_hook{number}", "text": f"Hello {number}"} | told if kind in ("message", "message_edit") else told
    at = int(time.time() * 1000) - 5000
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": at, kind: said}


def comment_on_instagram(**value: Any) -> Json:
    """A change of the field `comments`."""
    number = next(_numbers)
    own = {
        "id": f"178{9000 + number}",
        "from": {"id": "2100", "username": "dana", "self_ig_scoped_id": "77"},
        "media": {"id": "179500", "media_product_type": "FEED"},
        "text": f"Hello {number}",
    }
    return {"field": "comments", "value": {name: one for name, one in (own | value).items() if one is not None}}


def instagram(*, changes: list[Json] | None = None, messaging: list[Json] | None = None, **more: Any) -> Json:
    """One entry of the account on Instagram."""
    return entry(changes=changes, messaging=messaging, id=IG, **more)
