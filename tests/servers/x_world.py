"""What the stand-in for X knows: users, posts and their timelines, in X's own shapes."""

import csv
import html
import json
import re
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

Post = dict[str, Any]
EPOCH = 1288834974657


class World:
    """All posts, and for each question that X answers the ids of the posts in ascending order."""

    def __init__(self, brand: str = "halden", brand_id: str = "1000") -> None:
        self.lock = threading.RLock()
        self.users: dict[str, dict[str, Any]] = {}
        self.by_username: dict[str, str] = {}
        self.posts: dict[str, Post] = {}
        self.media: dict[str, dict[str, Any]] = {}
        self.mentions: dict[str, list[int]] = defaultdict(list)
        self.authored: dict[str, list[int]] = defaultdict(list)
        self.all: list[int] = []
        self.direct: list[Post] = []
        self.newest = 0
        self._found: dict[str, list[int]] = {}
        self.brand_id = self.user(brand, brand_id)["id"]

    def user(self, username: str, user_id: str = "", **profile: Any) -> dict[str, Any]:
        """The user of that name, made if there is none yet."""
        known = self.by_username.get(username.lower())
        if known is not None:
            return self.users[known]
        user_id = user_id or str(2_000_000_000 + crc32(username.encode()))
        made = {
            "id": user_id,
            "name": username,
            "username": username,
            "verified": False,
            "protected": False,
            "profile_image_url": f"https://pbs.twimg.com/profile_images/{user_id}/a_normal.jpg",
            "public_metrics": {"followers_count": crc32(user_id.encode()) % 5000, "following_count": 1},
            **profile,
        }
        self.users[user_id] = made
        self.by_username[username.lower()] = user_id
        return made

    def add(self, text: str, author: str = "dana", **fields: Any) -> Post:
        """A new post; whoever is named in it with an @ is mentioned. `fields` are X's own and win."""
        with self.lock:
            post_id = str(fields.pop("id", "") or self.next_id())
            post: Post = {
                "id": post_id,
                "text": text,
                "author_id": self.user(author)["id"],
                "created_at": stamp(datetime.now(UTC)),
                "conversation_id": post_id,
                "edit_history_tweet_ids": [post_id],
                "lang": "en",
                "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0},
                "entities": {"mentions": self._mentions_in(text)},
                **fields,
            }
            self.posts[post_id] = post
            self._list(post)
            return post

    def edit(self, post_id: str, text: str, **fields: Any) -> Post:
        """A new version under a new id; the timelines show the newest version only."""
        with self.lock:
            old = self.posts[post_id]
            self._unlist(old)
            chain = [*old["edit_history_tweet_ids"], str(self.next_id())]
            kept = {
                name: value for name, value in old.items() if name not in ("id", "text", "created_at", "note_tweet")
            }
            new = kept | {"edit_history_tweet_ids": chain, "created_at": stamp(datetime.now(UTC))} | fields
            for version in chain[:-1]:
                self.posts[version]["edit_history_tweet_ids"] = chain
            post: Post = {**new, "id": chain[-1], "text": text}
            self.posts[chain[-1]] = post
            self._list(post)
            return post

    def delete(self, post_id: str) -> None:
        """Gone, with all its versions."""
        with self.lock:
            for version in self.posts[post_id]["edit_history_tweet_ids"]:
                self._unlist(self.posts.pop(version))

    def say(self, text: str, author: str = "dana", **fields: Any) -> Post:
        """A direct message to the brand, or in the group conversation that `fields` name."""
        with self.lock:
            sender = self.user(author)["id"]
            other = self.brand_id if sender != self.brand_id else fields.pop("to")
            event: Post = {
                "id": str(self.next_id()),
                "event_type": "MessageCreate",
                "text": text,
                "sender_id": sender,
                "dm_conversation_id": "-".join(sorted((sender, other), key=int)),
                "created_at": stamp(datetime.now(UTC)),
                **fields,
            }
            self.direct.append(event)
            self.direct.sort(key=lambda one: int(one["id"]))
            return event

    def next_id(self) -> int:
        """An id as X makes them, from the time; later than all others."""
        fresh = (int(time.time() * 1000) - EPOCH) << 22
        self.newest = max(fresh, self.newest + 1, self.all[-1] + 1 if self.all else 0)
        return self.newest

    def search(self, query: str) -> list[int]:
        """Ids of the posts that have all words of the query."""
        with self.lock:
            if query not in self._found:
                self._found[query] = [number for number in self.all if self._matches(self.posts[str(number)], query)]
            return self._found[query]

    def _matches(self, post: Post, query: str) -> bool:
        """Words and "phrases" of which all must stand in the text, one side of OR, from:name; -is:… is passed over."""
        text = post["text"].lower()
        author = self.users[post["author_id"]]["username"].lower()
        for side in query.lower().split(" or "):
            parts = re.findall(r'-?[\w:]*"[^"]*"|\S+', side)
            words = [part.strip('"()') for part in parts if not part.startswith("-") and ":" not in part]
            names = [part[5:] for part in parts if part.startswith("from:")]
            if all(word in text for word in words) and all(name == author for name in names):
                return True
        return False

    def _mentions_in(self, text: str) -> list[dict[str, Any]]:
        return [
            {"start": found.start(), "end": found.end(), "username": found[1]}
            | ({"id": self.by_username[found[1].lower()]} if found[1].lower() in self.by_username else {})
            for found in re.finditer(r"@(\w{1,15})", text)
        ]

    def _lists(self, post: Post) -> Iterator[list[int]]:
        yield self.all
        yield self.authored[post["author_id"]]
        for mention in {one["id"] for one in post.get("entities", {}).get("mentions", ()) if "id" in one}:
            yield self.mentions[mention]

    def _list(self, post: Post) -> None:
        self._found.clear()
        for ids in self._lists(post):
            insort(ids, int(post["id"]))

    def _unlist(self, post: Post) -> None:
        self._found.clear()
        number = int(post["id"])
        for ids in self._lists(post):
            place = bisect_left(ids, number)
            if place < len(ids) and ids[place] == number:
                del ids[place]


def window(ids: list[int], since: int | None, until: int | None, limit: int) -> tuple[list[int], bool]:
    """The newest `limit` ids above `since` and below `until`, newest first, and whether there are more of them."""
    low = bisect_right(ids, since) if since is not None else 0
    high = bisect_left(ids, until) if until is not None else len(ids)
    return ids[max(low, high - limit) : high][::-1], high - limit > low


def id_at(moment: datetime) -> int:
    """An id as X would have made it then."""
    return (int(moment.timestamp() * 1000) - EPOCH) << 22


def stamp(moment: datetime) -> str:
    """A time as X writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def load_airline(world: World, path: Path) -> None:
    """Every tweet of the file as a mention of the brand account. Some ids stand in it twice; each is kept once."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["tweet_id"] in world.posts:
                continue
            mentions = world._mentions_in(row["text"])
            brand = world.users[world.brand_id]
            if not any(one.get("id") == world.brand_id for one in mentions):
                mentions.append({"start": 0, "end": 0, "username": brand["username"], "id": brand["id"]})
            world.add(
                row["text"],
                row["author"],
                id=row["tweet_id"],
                created_at=stamp(datetime.strptime(row["tweet_created"], "%Y-%m-%d %H:%M:%S %z")),
                entities={"mentions": mentions},
            )


def load(world: World, path: Path) -> None:
    """Posts from JSON Lines of X's post objects, or a CSV with text and, where known, id, author, created_at."""
    rows: Iterable[dict[str, Any]]
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file) if path.suffix == ".csv" else (json.loads(line) for line in file if line.strip())
        for row in rows:
            fields = {name: value for name, value in row.items() if value not in (None, "")}
            author = fields.pop("author", None) or f"user{fields.get('author_id', 1)}"
            world.user(author, str(fields.get("author_id", "")))
            if str(fields.get("id")) not in world.posts:
                world.add(fields.pop("text", ""), author, **fields)


def as_written(text: str) -> tuple[str, dict[str, Any]]:
    """A text as X keeps what was posted: escaped, its links shortened, with the entities that undo it."""
    urls: list[dict[str, Any]] = []

    def shorten(found: re.Match[str]) -> str:
        short = f"https://t.co/{crc32(found[0].encode()):08x}"
        urls.append({"start": 0, "end": 0, "url": short, "expanded_url": found[0], "display_url": found[0][8:30]})
        return short

    written = re.sub(r"https?://\S+", shorten, text)
    return html.escape(written, quote=False), {"urls": urls} if urls else {}
