"""How Mastodon's API answers: routes, parameters, errors, rate limits. See tests/servers/mastodon.py."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.servers.mastodon_answer import NOT_FOUND, OUTSIDE, Asked, Refusal
from tests.servers.mastodon_oauth import OAuth
from tests.servers.mastodon_world import Json, World, stamp
from tests.servers.serving import Answer


@dataclass
class Api:
    """The rules of one server. `limit` calls in `window` seconds; `plain`: an awkward one, without Link headers, types,
    lists of statuses by id, sources or idempotency keys; `characters` that a status may have."""

    world: World
    oauth: OAuth = field(default_factory=OAuth)
    limit: int = 0
    window: float = 300
    plain: bool = False
    characters: int = 500
    processing: int = 0
    used: int = 0
    reset: float = 0

    def answer(self, method: str, asked: Asked) -> Answer:
        """What Mastodon would say to this request."""
        for verb, pattern, scope, handler in ROUTES:
            if verb == method and (found := re.fullmatch(pattern, asked.path)):
                return self._answer(asked, scope, handler, found.groups())
        return Answer(404, {"error": "Not Found"})

    def _answer(self, asked: Asked, scope: str, handler: Callable[..., Answer], parts: Sequence[str]) -> Answer:
        headers: dict[str, str] = {}
        try:
            self._check(asked, scope)
            headers = self._count()
            with self.world.lock:
                answer = handler(self, asked, *parts)
            return Answer(answer.status, answer.body, headers | answer.headers)
        except Refusal as refusal:
            return Answer(refusal.answer.status, refusal.answer.body, headers | refusal.answer.headers)

    def _check(self, asked: Asked, scope: str) -> None:
        if not scope:
            return
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.oauth.tokens:
            raise Refusal(401, {"error": "The access token is invalid"})
        granted = self.oauth.tokens[token].split()
        if scope != "any" and scope not in granted and scope.split(":")[0] not in granted:
            raise Refusal(403, OUTSIDE)

    def _count(self) -> dict[str, str]:
        now = time.time()
        if self.reset <= now:
            self.reset, self.used = now + self.window, 0
        self.used += 1
        allowed = self.limit or 300
        headers = {
            "X-RateLimit-Limit": str(allowed),
            "X-RateLimit-Remaining": str(max(0, allowed - self.used) if self.limit else 299),
            "X-RateLimit-Reset": stamp(datetime.fromtimestamp(self.reset, UTC)),
        }
        if self.limit and self.used > self.limit:
            refusal = Refusal(429, {"error": "Too many requests"})
            refusal.answer = Answer(429, {"error": "Too many requests"}, headers)
            raise refusal
        return headers

    def instance(self, asked: Asked, version: str) -> Answer:
        """GET /api/v1/instance and /api/v2/instance"""
        name = {"domain": self.world.domain} if version == "2" else {"uri": self.world.domain}
        posts = {"max_characters": self.characters, "max_media_attachments": 4, "characters_reserved_per_url": 23}
        media = {"supported_mime_types": ["image/png"], "image_size_limit": 16777216}
        told = {
            "title": "Stand-in",
            "version": "4.4.0",
            "configuration": {"statuses": posts, "media_attachments": media},
        }
        return Answer(200, name | told)

    def me(self, asked: Asked) -> Answer:
        """GET /api/v1/accounts/verify_credentials"""
        return Answer(200, self.world.brand)

    def application(self, asked: Asked) -> Answer:
        """GET /api/v1/apps/verify_credentials"""
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        return Answer(200, {"name": "SocialCRM", "scopes": self.oauth.tokens[token].split()})

    def notifications(self, asked: Asked) -> Answer:
        """GET /api/v1/notifications"""
        types, shown = asked.query.get("types[]", []), self.world.notifications
        if types and not self.plain:
            shown = [one for one in shown if one["type"] in types]
        if asked.one("include_filtered") not in ("true", "1"):
            # As of 4.3 private mentions by people whom the account doesn't follow are kept back.
            shown = [one for one in shown if one.get("status", {}).get("visibility") != "direct"]
        return self._page(asked, shown, 40, 80)

    def status(self, asked: Asked, status_id: str) -> Answer:
        """GET /api/v1/statuses/:id"""
        return Answer(200, self._status(status_id))

    def several(self, asked: Asked) -> Answer:
        """GET /api/v1/statuses"""
        if self.plain:
            raise Refusal(404, {"error": "Not Found"})
        ids = asked.query.get("id[]", [])
        return Answer(200, [self.world.statuses[one] for one in ids if one in self.world.statuses])

    def context(self, asked: Asked, status_id: str) -> Answer:
        """GET /api/v1/statuses/:id/context"""
        status = self._status(status_id)
        found = {"ancestors": self.world.ancestors(status), "descendants": self.world.descendants(status)}
        return Answer(200, found)

    def source(self, asked: Asked, status_id: str) -> Answer:
        """GET /api/v1/statuses/:id/source"""
        if self.plain:
            raise Refusal(404, {"error": "Not Found"})
        self._status(status_id)
        return Answer(200, {"id": status_id, "text": self.world.texts[status_id], "spoiler_text": ""})

    def tag(self, asked: Asked, name: str) -> Answer:
        """GET /api/v1/timelines/tag/:hashtag"""
        public = [one for one in self.world.statuses.values() if one["visibility"] == "public"]
        return self._page(
            asked, [one for one in public if any(tag["name"] == name.lower() for tag in one["tags"])], 20, 40
        )

    def lookup(self, asked: Asked) -> Answer:
        """GET /api/v1/accounts/lookup"""
        acct = asked.one("acct").removesuffix(f"@{self.world.domain}")
        if acct not in self.world.accounts:
            raise Refusal(404, NOT_FOUND)
        return Answer(200, self.world.accounts[acct])

    def search(self, asked: Asked) -> Answer:
        """GET /api/v1/accounts/search; with `resolve` the other server is asked."""
        acct = asked.one("q").removeprefix("@")
        if asked.one("resolve") == "true" and acct.endswith("@far.test") and not acct.startswith("nobody"):
            self.world.account(acct)
        return Answer(200, [self.world.accounts[acct]] if acct in self.world.accounts else [])

    def authored(self, asked: Asked, account_id: str) -> Answer:
        """GET /api/v1/accounts/:id/statuses"""
        own = [one for one in self.world.statuses.values() if one["account"]["id"] == account_id]
        if account_id != self.world.brand["id"] or self.plain:
            own = [one for one in own if one["visibility"] in ("public", "unlisted")]
        if asked.one("exclude_reblogs") == "true":
            own = [one for one in own if not one["reblog"]]
        return self._page(asked, own, 20, 40)

    def create(self, asked: Asked) -> Answer:
        """POST /api/v1/statuses"""
        key = asked.headers.get("Idempotency-Key", "")
        if key and key in self.world.keys and not self.plain:
            return Answer(200, self.world.statuses[self.world.keys[key]])
        text, above = asked.one("status"), None
        media = [self.world.media[one] for one in asked.form.get("media_ids[]", [])]
        if not text and not media:
            raise Refusal(422, {"error": "Validation failed: Text can't be blank"})
        if len(text) > self.characters:
            message = f"Validation failed: Text character limit of {self.characters} exceeded"
            raise Refusal(422, {"error": message})
        if wanted := asked.one("in_reply_to_id"):
            above = self.world.statuses.get(wanted)
            if above is None:
                message = "The post you are trying to reply to does not appear to exist."
                raise Refusal(404, {"error": message})
        visibility = asked.one("visibility", "public")
        made = self.world.post(text, "brand", to=above, visibility=visibility, media_attachments=media)
        if key:
            self.world.keys[key] = made["id"]
        return Answer(200, made)

    def upload(self, asked: Asked) -> Answer:
        """POST /api/v2/media"""
        if not asked.files:
            raise Refusal(422, {"error": "Validation failed: File can't be blank"})
        own, (name, kind, content) = self.world.next_id(), asked.files[0]
        if not kind.startswith(("image/", "video/")):
            raise Refusal(422, {"error": "Validation failed: File content type is invalid"})
        ready = f"https://{self.world.domain}/media/{own}"
        known = {"id": own, "type": kind.split("/")[0], "url": ready, "description": asked.one("description") or None}
        self.world.media[own] = known | {"name": name, "bytes": len(content), "waits": self.processing}
        return self._media(own, 202)

    def uploaded(self, asked: Asked, media_id: str) -> Answer:
        """GET /api/v1/media/:id"""
        if media_id not in self.world.media:
            raise Refusal(404, NOT_FOUND)
        self.world.media[media_id]["waits"] -= 1
        return self._media(media_id, 206)

    def _media(self, media_id: str, busy: int) -> Answer:
        known = self.world.media[media_id]
        told = {name: known[name] for name in ("id", "type", "url", "description")}
        return Answer(busy, told | {"url": None}) if known["waits"] > 0 else Answer(200, told)

    def register(self, asked: Asked) -> Answer:
        """POST /api/v1/apps"""
        return Answer(*self.oauth.register(asked.flat()))

    def authorize(self, asked: Asked) -> Answer:
        """GET /oauth/authorize"""
        return Answer(*self.oauth.authorize(asked.flat()))

    def token(self, asked: Asked) -> Answer:
        """POST /oauth/token"""
        return Answer(*self.oauth.token(asked.flat()))

    def revoke(self, asked: Asked) -> Answer:
        """POST /oauth/revoke"""
        return Answer(*self.oauth.revoke(asked.flat()))

    def _status(self, status_id: str) -> Json:
        if status_id not in self.world.statuses:
            raise Refusal(404, NOT_FOUND)
        return self.world.statuses[status_id]

    def _page(self, asked: Asked, entries: Sequence[Json], usual: int, most: int) -> Answer:
        """Newest first, between the bounds; `min_id` shows what follows it at once."""
        limit = min(int(asked.one("limit", str(usual))), most)
        above, below, after = (asked.one(name) for name in ("since_id", "max_id", "min_id"))
        found = sorted(entries, key=lambda one: int(one["id"]), reverse=True)
        found = [one for one in found if not below or int(one["id"]) < int(below)]
        if not self.plain:
            lowest = max(int(above or 0), int(after or 0))
            found = [one for one in found if int(one["id"]) > lowest]
        page = found[-limit:] if after and not self.plain else found[:limit]
        headers = {}
        if page and not self.plain:
            kept = {
                name: values for name, values in asked.query.items() if name not in ("max_id", "since_id", "min_id")
            }
            links = [("next", {"max_id": page[-1]["id"]}), ("prev", {"min_id": page[0]["id"]})]
            headers["Link"] = ", ".join(
                f'<https://{self.world.domain}{asked.path}?{urlencode(kept | bound, doseq=True)}>; rel="{name}"'
                for name, bound in links
            )
        return Answer(200, page, headers)


ROUTES: tuple[tuple[str, str, str, Callable[..., Answer]], ...] = (
    ("GET", "/api/v([12])/instance", "", Api.instance),
    ("GET", "/api/v1/accounts/verify_credentials", "read:accounts", Api.me),
    ("GET", "/api/v1/apps/verify_credentials", "any", Api.application),
    ("GET", "/api/v1/notifications", "read:notifications", Api.notifications),
    ("GET", "/api/v1/statuses", "read:statuses", Api.several),
    ("GET", r"/api/v1/statuses/(\d+)", "read:statuses", Api.status),
    ("GET", r"/api/v1/statuses/(\d+)/context", "read:statuses", Api.context),
    ("GET", r"/api/v1/statuses/(\d+)/source", "read:statuses", Api.source),
    ("GET", r"/api/v1/timelines/tag/([^/]+)", "read:statuses", Api.tag),
    ("GET", "/api/v1/accounts/lookup", "", Api.lookup),
    ("GET", "/api/v1/accounts/search", "read:accounts", Api.search),
    ("GET", r"/api/v1/accounts/(\d+)/statuses", "read:statuses", Api.authored),
    ("POST", "/api/v1/statuses", "write:statuses", Api.create),
    ("POST", "/api/v2/media", "write:media", Api.upload),
    ("GET", r"/api/v1/media/(\d+)", "write:media", Api.uploaded),
    ("POST", "/api/v1/apps", "", Api.register),
    ("GET", "/oauth/authorize", "", Api.authorize),
    ("POST", "/oauth/token", "", Api.token),
    ("POST", "/oauth/revoke", "", Api.revoke),
)
