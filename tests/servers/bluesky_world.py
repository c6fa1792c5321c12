"""What the stand-in for Bluesky knows: accounts, posts, notifications and conversations, in the lexicons' shapes."""

import base64
import hashlib
import json
import re
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
POST = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


class World:
    """All of the network: one brand account with its passwords, and whoever speaks to it."""

    def __init__(self, brand: str = "brand.test") -> None:
        self.lock = threading.RLock()
        self.accounts: dict[str, Json] = {}
        self.posts: dict[str, Json] = {}
        self.notifications: list[Json] = []
        self.blobs: dict[str, bytes] = {}
        self.blocks: set[str] = set()
        self.convos: dict[str, Json] = {}
        self.messages: dict[str, list[Json]] = defaultdict(list)
        self.log: list[Json] = []
        self._ticks = 0
        self.brand = self.account(brand)["did"]
        # Passwords by what they allow, in the server's own words.
        self.passwords = {
            "app-pass-word-1234": "com.atproto.appPassPrivileged",
            "no-direct-messages": "com.atproto.appPass",
            "own-password": "com.atproto.access",
        }

    def account(self, handle: str, **profile: Any) -> Json:
        """The account of that handle, made if there is none yet."""
        did = "did:plc:" + hashlib.sha256(handle.encode()).hexdigest()[:24]
        if did not in self.accounts:
            self.accounts[did] = {
                "did": did,
                "handle": handle,
                "displayName": handle.split(".")[0].title(),
                "avatar": f"https://cdn.bsky.app/img/avatar/plain/{did}/x@jpeg",
                "description": "Hello.",
                "followersCount": len(handle) * 10,
                "verification": {"verifications": [], "verifiedStatus": "none", "trustedVerifierStatus": "none"},
                **profile,
            }
        return self.accounts[did]

    def add(self, text: str, author: str = "dana.test", *, key: str = "", **record: Any) -> Json:
        """A new post: `record` holds the lexicon's other fields, and `reply` or `quote` the address of another post."""
        indexed = record.pop("indexedAt", None)
        with self.lock:
            now = self.now()
            made: Json = {"$type": POST, "text": text, "createdAt": now, "langs": ["en"], **record}
            made["facets"] = record.get("facets", self._facets(text))
            if isinstance(reply := record.get("reply"), str):
                parent = self.posts[reply]
                root = parent["record"].get("reply", {}).get("root") or _strong(parent)
                made["reply"] = {"root": root, "parent": _strong(parent)}
            if isinstance(quoted := made.pop("quote", None), str):
                made["embed"] = {"$type": "app.bsky.embed.record", "record": _strong(self.posts[quoted])}
            if not made["facets"]:
                del made["facets"]
            return self.put(self.account(author)["did"], key or self.tid(), made, indexed or now)

    def put(self, did: str, key: str, record: Json, indexed: str = "") -> Json:
        """Write a record, over an older one of the same key, and tell whom it concerns."""
        with self.lock:
            uri = f"at://{did}/{POST}/{key}"
            is_new = uri not in self.posts
            self.posts[uri] = {
                "uri": uri,
                "cid": cid_of(record),
                "did": did,
                "record": record,
                "indexedAt": indexed or self.now(),
            }
            if is_new:
                self._notify(self.posts[uri])
            return self.posts[uri]

    def edit(self, uri: str, text: str) -> None:
        """The same record with another text, and so another hash."""
        with self.lock:
            post = self.posts[uri]
            self.put(post["did"], uri.rsplit("/", 1)[1], {**post["record"], "text": text})

    def delete(self, uri: str) -> None:
        """Gone, and so are its notifications."""
        with self.lock:
            del self.posts[uri]
            self.notifications = [one for one in self.notifications if one["uri"] != uri]

    def say(self, text: str, author: str = "dana.test", *, group: bool = False, **fields: Any) -> Json:
        """A direct message to the brand; from the brand itself into the conversation with `to`."""
        with self.lock:
            to = self.account(fields.pop("to", author))["did"]
            convo = "convo" + to[-6:]
            kind = {"$type": f"chat.bsky.convo.defs#{'group' if group else 'direct'}Convo"}
            self.convos.setdefault(convo, {"id": convo, "members": [self.brand, to], "kind": kind})
            return self.message(convo, self.account(author)["did"], {"text": text, **fields})

    def message(self, convo: str, sender: str, content: Json) -> Json:
        """A message of a conversation, and its entry in the log."""
        with self.lock:
            made = {
                "$type": "chat.bsky.convo.defs#messageView",
                "id": self.tid(),
                "rev": self.tid(),
                "sender": {"did": sender},
                "sentAt": self.now(),
                **content,
            }
            self.messages[convo].append(made)
            entry = {"$type": "chat.bsky.convo.defs#logCreateMessage", "rev": made["rev"], "convoId": convo}
            self.log.append({**entry, "message": made})
            return made

    def own(self) -> list[Json]:
        """The posts of the brand."""
        return [one for one in self.posts.values() if one["did"] == self.brand]

    def now(self) -> str:
        """The time, to the millisecond."""
        return stamp(datetime.now(UTC))

    def tid(self) -> str:
        """A key as the protocol makes them, later than all before."""
        self._ticks += 1
        number = (int(time.time() * 1_000_000) + self._ticks) << 10
        return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(13)))

    def _notify(self, post: Json) -> None:
        if post["did"] == self.brand:
            return
        record = post["record"]
        parent = record.get("reply", {}).get("parent", {}).get("uri", "")
        root = record.get("reply", {}).get("root", {}).get("uri", "")
        quoted = record.get("embed", {}).get("record", {}).get("uri", "")
        features = [one for facet in record.get("facets", ()) for one in facet["features"]]
        mine = f"at://{self.brand}/"
        reasons = ["reply"] if parent.startswith(mine) or root.startswith(mine) else []
        reasons += ["mention"] if any(one.get("did") == self.brand for one in features) else []
        reasons += ["quote"] if quoted.startswith(mine) else []
        if reasons:
            self.notifications.append({"uri": post["uri"], "reason": reasons[0]})

    def _facets(self, text: str) -> list[Json]:
        found = []
        for match in re.finditer(r"@([a-z0-9.-]+\.test)|https?://[^\s]+", text):
            did = self.account(match[1])["did"] if match[1] else ""
            feature = (
                {"$type": "app.bsky.richtext.facet#mention", "did": did}
                if did
                else {"$type": "app.bsky.richtext.facet#link", "uri": match[0]}
            )
            start, end = (len(text[:at].encode()) for at in match.span())
            found.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
        return found


def sort_at(post: Json) -> str:
    """Where a post stands: by its author's time, as far as that lies in the past."""
    return str(min(post["record"].get("createdAt") or post["indexedAt"], post["indexedAt"]))


def cid_of(record: Json) -> str:
    """A hash in place of the record's."""
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest()
    return "bafyrei" + base64.b32encode(digest).decode().lower().rstrip("=")


def stamp(moment: datetime) -> str:
    """A time as Bluesky writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _strong(post: Json) -> Json:
    return {"uri": post["uri"], "cid": post["cid"]}
