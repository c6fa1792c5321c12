"""How X API v2 answers: routes, parameters, problems, rate limits, replies. See tests/servers/x.py."""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.servers.x_answer import Answer, Refusal, invalid, not_found, problem
from tests.servers.x_auth import Keys, signed_by
from tests.servers.x_direct import ROUTES as DIRECT
from tests.servers.x_hooks import ROUTES as HOOKS
from tests.servers.x_hooks import Hooks
from tests.servers.x_media import ROUTES as MEDIA
from tests.servers.x_shapes import Asked, shaped
from tests.servers.x_tokens import Tokens
from tests.servers.x_world import EPOCH, World, as_written, stamp, window

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_SUMMONED = "You may reply by API only to posts whose author mentioned you or quoted one of your posts."
APP_ONLY = (
    "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types"
    " are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
)


@dataclass
class Api:
    """The rules of one server: `limit` calls an endpoint in `window` seconds, `direct_limit` of them for direct
    messages, `search_days` of memory and the newest `reach` mentions, OAuth 1.0a keys with this `access`."""

    world: World
    bearer: str = "bearer-secret"
    keys: Keys = field(default_factory=Keys)
    limit: int = 0
    window: float = 900
    spelling: str = "both"
    summoned: bool = True
    search_days: float | None = None
    reach: int | None = None
    direct_limit: int = 0
    access: str = "read-write-directmessages"
    tokens: Tokens = field(default_factory=Tokens)
    hooks: Hooks = field(default_factory=Hooks)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes, headers: Any) -> Answer:
        """What X would say to this request."""
        if path == "/i/oauth2/authorize":
            return self.tokens.page(query)
        if path.startswith("/2/oauth2/"):
            return self.tokens.answer(method, path, body, headers)
        routes = (
            (pattern, handler, re.fullmatch(pattern, path)) for verb, pattern, handler in ROUTES if verb == method
        )
        pattern, handler, found = next((route for route in routes if route[2]), ("", None, None))
        if handler is None or found is None:
            return Answer(404, problem(404, "Not Found"))
        try:
            who = self._who(method, path, query, headers)
            limit = self.direct_limit if "/dm_events" in path else self.limit
            rates = self._count(f"{method} {pattern} {found.groups()}", limit)
            if headers.get("Authorization", "").startswith("OAuth "):
                rates["x-access-level"] = self.access
            answer = handler(self, who, Asked(query, self.spelling, path), body, *found.groups())
            return replace(answer, headers=rates | answer.headers)
        except Refusal as refusal:
            return refusal.answer
        except ValueError as error:
            return Answer(400, invalid("query", str(error)))

    def _who(self, method: str, path: str, query: dict[str, str], headers: Any) -> str | None:
        """The user on whose behalf the call is made; None for the application alone."""
        given = headers.get("Authorization", "")
        if given == f"Bearer {self.bearer}":
            return None
        if self.tokens.holds(given.removeprefix("Bearer ")):
            return str(self.world.brand_id)
        if given.startswith("OAuth ") and signed_by(self.keys, given, method, path, query):
            return str(self.world.brand_id)
        raise Refusal(401, problem(401, "Unauthorized"))

    def _count(self, endpoint: str, limit: int) -> dict[str, str]:
        now = time.time()
        with self.lock:
            reset, used = self.windows.get(endpoint, (now + self.window, 0))
            if reset <= now:
                reset, used = now + self.window, 0
            self.windows[endpoint] = (reset, used + 1)
        headers = {
            "x-rate-limit-limit": str(limit or 300),
            "x-rate-limit-remaining": str(max(0, limit - used - 1) if limit else 299),
            "x-rate-limit-reset": str(int(reset) + 1),
        }
        if limit and used >= limit:
            refusal = Refusal(429, problem(429, "Too Many Requests"))
            refusal.answer = replace(refusal.answer, headers=headers)
            raise refusal
        return headers

    def me(self, who: str | None, asked: Asked, body: bytes) -> Answer:
        """GET /2/users/me"""
        if who is None:
            kind = "https://api.twitter.com/2/problems/unsupported-authentication"
            raise Refusal(403, problem(403, "Unsupported Authentication", APP_ONLY) | {"type": kind})
        return Answer(200, {"data": asked.user(self.world.users[who])})

    def user_by_name(self, who: str | None, asked: Asked, body: bytes, username: str) -> Answer:
        """GET /2/users/by/username/:username"""
        user_id = self.world.by_username.get(username.lower())
        if user_id is None:
            return Answer(200, {"errors": [not_found("user", "username", username)]})
        return Answer(200, {"data": asked.user(self.world.users[user_id])})

    def user(self, who: str | None, asked: Asked, body: bytes, user_id: str) -> Answer:
        """GET /2/users/:id"""
        if user_id not in self.world.users:
            return Answer(200, {"errors": [not_found("user", "id", user_id)]})
        return Answer(200, {"data": asked.user(self.world.users[user_id])})

    def mentions(self, who: str | None, asked: Asked, body: bytes, user_id: str) -> Answer:
        """GET /2/users/:id/mentions"""
        ids = self.world.mentions[user_id]
        return self._page(asked, ids[-self.reach :] if self.reach is not None else ids, 5, "pagination_token")

    def timeline(self, who: str | None, asked: Asked, body: bytes, user_id: str) -> Answer:
        """GET /2/users/:id/tweets"""
        return self._page(asked, self.world.authored[user_id], 5, "pagination_token")

    def search(self, who: str | None, asked: Asked, body: bytes) -> Answer:
        """GET /2/tweets/search/recent"""
        words = asked.query.get("query", "")
        if not 1 <= len(words) <= 512:
            raise Refusal(400, invalid("query", "query must be between 1 and 512 characters"))
        ids = self.world.search(words)
        if self.search_days is not None:
            first = int(time.time() - self.search_days * 86400) * 1000 - EPOCH << 22
            for name in ("since_id", "until_id"):
                if name in asked.query and int(asked.query[name]) < first:
                    when = stamp(datetime.fromtimestamp(time.time() - self.search_days * 86400, UTC))
                    raise Refusal(400, invalid(name, f"'{name}' must be a tweet id created after [{when}]."))
            ids = [number for number in ids if number >= first]
        return self._page(asked, ids, 10, "next_token")

    def lookup(self, who: str | None, asked: Asked, body: bytes, post_id: str = "") -> Answer:
        """GET /2/tweets/:id and /2/tweets?ids="""
        ids = [post_id] if post_id else asked.query.get("ids", "").split(",")
        found = [self.world.posts[one] for one in ids if one in self.world.posts]
        answer = shaped(self.world, found, asked)
        if missing := [not_found("tweet", "id", one) for one in ids if one not in self.world.posts]:
            answer["errors"] = missing
        if post_id and "data" in answer:
            answer["data"] = answer["data"][0]
        return Answer(200, answer)

    def _page(self, asked: Asked, ids: list[int], least: int, token_name: str) -> Answer:
        limit = asked.number("max_results", 10) or 10
        if not least <= limit <= 100:
            message = f"The `max_results` query parameter value [{limit}] is not between {least} and 100"
            raise Refusal(400, invalid("max_results", message))
        since, until = asked.number("since_id"), asked.number("until_id")
        if token := asked.query.get("pagination_token" if token_name != "next_token" else "next_token", ""):
            until = min(filter(None, (until, int(token.removeprefix("7140"), 36))))
        with self.world.lock:
            if start := asked.query.get("start_time"):
                ids = [number for number in ids if self._is_since(number, start)]
            page, more = window(ids, since, until, limit)
            answer = shaped(self.world, [self.world.posts[str(number)] for number in page], asked)
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": str(page[0]), "oldest_id": str(page[-1])}
        if more:
            meta["next_token"] = "7140" + _base36(page[-1])
        return Answer(200, {**answer, "meta": meta})

    def _is_since(self, number: int, start: str) -> bool:
        made = self.world.posts[str(number)]["created_at"]
        return datetime.fromisoformat(made) >= datetime.fromisoformat(start)

    def create(self, who: str | None, asked: Asked, body: bytes) -> Answer:
        """POST /2/tweets"""
        if who is None:
            raise Refusal(403, problem(403, "Unsupported Authentication", APP_ONLY))
        given = json.loads(body)
        text, parent_id = given["text"], given.get("reply", {}).get("in_reply_to_tweet_id")
        with self.world.lock:
            own = [self.world.posts[str(number)] for number in self.world.authored[who][-50:]]
            if any(post.get("written") == text for post in own):
                raise Refusal(403, problem(403, "Forbidden", DUPLICATE))
            fields: dict[str, Any] = {"written": text}
            if media_ids := given.get("media", {}).get("media_ids"):
                if unknown := [one for one in media_ids if one not in self.uploads]:
                    raise Refusal(400, invalid("media.media_ids", f"Your media IDs are invalid: {unknown}"))
                fields["attachments"] = {"media_keys": [f"3_{one}" for one in media_ids]}
                text += f" https://x.com/{self.world.users[who]['username']}/status/1/photo/1"
            shown, entities = as_written(text)
            if parent_id is not None:
                parent = self._repliable(parent_id, who)
                author = self.world.users[parent["author_id"]]
                shown = f"@{author['username']} {shown}"
                fields |= {
                    "conversation_id": parent["conversation_id"],
                    "in_reply_to_user_id": author["id"],
                    "referenced_tweets": [{"type": "replied_to", "id": parent_id}],
                }
            post = self.world.add(shown, self.world.users[who]["username"], **fields)
            post["entities"] |= entities
        return Answer(201, {"data": {"id": post["id"], "text": shown, "edit_history_tweet_ids": [post["id"]]}})

    def _repliable(self, parent_id: str, who: str) -> dict[str, Any]:
        parent = self.world.posts.get(parent_id)
        if parent is None:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise Refusal(403, problem(403, "Forbidden", detail))
        mentioned = any(one.get("id") == who for one in parent.get("entities", {}).get("mentions", ()))
        quoted = any(
            self.world.posts.get(one["id"], {}).get("author_id") == who
            for one in parent.get("referenced_tweets", ())
            if one["type"] == "quoted"
        )
        if self.summoned and not mentioned and not quoted:
            raise Refusal(403, problem(403, "Forbidden", NOT_SUMMONED))
        return parent


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "/2/users/me", Api.me),
    ("GET", r"/2/users/by/username/(\w+)", Api.user_by_name),
    ("GET", r"/2/users/(\d+)", Api.user),
    ("GET", r"/2/users/(\d+)/mentions", Api.mentions),
    ("GET", r"/2/users/(\d+)/tweets", Api.timeline),
    ("GET", "/2/tweets/search/recent", Api.search),
    ("GET", "/2/tweets", Api.lookup),
    ("GET", r"/2/tweets/(\d+)", Api.lookup),
    ("POST", "/2/tweets", Api.create),
    *DIRECT,
    *HOOKS,
    *MEDIA,
)
