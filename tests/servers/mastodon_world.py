"""What the stand-in for Mastodon knows: accounts, statuses and notifications, in Mastodon's own shapes."""

import html
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]
_EPOCH = 109_000_000_000_000_000
_MENTION = re.compile(r"(?<![\w@])@(\w+)(?:@([\w.-]+\w))?")
_TAG = re.compile(r"#(\w+)")
_LINK = re.compile(r"https?://[^\s<]+")


class World:
    """One server, `domain`, with the account @brand whose token is `brand-token`."""

    def __init__(self, domain: str = "social.test") -> None:
        self.lock = threading.RLock()
        self.domain = domain
        self.accounts: dict[str, Json] = {}
        self.statuses: dict[str, Json] = {}
        self.texts: dict[str, str] = {}
        self.notifications: list[Json] = []
        self.media: dict[str, Json] = {}
        self.keys: dict[str, str] = {}
        self.newest = 0
        self.brand = self.account("brand")

    def next_id(self) -> str:
        """Ids only grow."""
        self.newest += 1
        return str(_EPOCH + self.newest)

    def account(self, acct: str, **profile: Any) -> Json:
        """The account of that name (`dana`, or `bo@far.test` for one of another server), made if there is none."""
        if acct not in self.accounts:
            name, _, host = acct.partition("@")
            where = f"https://{host or self.domain}"
            self.accounts[acct] = {
                "id": self.next_id(),
                "username": name,
                "acct": acct,
                "display_name": name.title(),
                "locked": False,
                "bot": False,
                "created_at": "2020-01-01T00:00:00.000Z",
                "note": f"<p>I am {name}.</p>",
                "url": f"{where}/@{name}",
                "uri": f"{where}/users/{name}",
                "avatar": f"{where}/avatars/{name}.gif",
                "avatar_static": f"{where}/avatars/{name}.png",
                "followers_count": 17,
                "following_count": 3,
                "statuses_count": 9,
                "emojis": [],
                "fields": [],
                **profile,
            }
        return self.accounts[acct]

    def post(self, text: str, author: str = "dana", *, notify: bool = True, **fields: Any) -> Json:
        """A new status. `at`: when; `to`: the status that it answers; `fields` are Mastodon's own and win."""
        with self.lock:
            account = self.account(author)
            made = fields.pop("at", None) or datetime.now(UTC)
            above = fields.pop("to", None)
            own = self.next_id()
            status: Json = {
                "id": own,
                "created_at": stamp(made),
                "edited_at": None,
                "in_reply_to_id": above["id"] if above else None,
                "in_reply_to_account_id": above["account"]["id"] if above else None,
                "sensitive": False,
                "spoiler_text": "",
                "visibility": "public",
                "language": "en",
                "uri": f"{account['uri']}/statuses/{own}",
                "url": f"{account['url']}/{own}",
                "account": account,
                "media_attachments": [],
                "reblog": None,
                "quote": None,
                "poll": None,
                "card": None,
                **self._written(text),
                **fields,
            }
            self.statuses[own], self.texts[own] = status, text
            if notify and account is not self.brand and self._is_called(status):
                self.notify("mention", status, at=made)
            return status

    def notify(self, kind: str, status: Json | None = None, *, author: str = "", at: datetime | None = None) -> Json:
        """A notification for @brand."""
        with self.lock:
            account = status["account"] if status else self.account(author or "dana")
            told = {
                "id": self.next_id(),
                "type": kind,
                "created_at": stamp(at or datetime.now(UTC)),
                "account": account,
            }
            self.notifications.append(told | ({"status": status} if status else {}))
            return self.notifications[-1]

    def edit(self, status_id: str, text: str) -> Json:
        """The same status with another text."""
        with self.lock:
            status = self.statuses[status_id]
            edited = datetime.fromisoformat(status["created_at"]) + timedelta(seconds=1)
            if status["edited_at"]:
                edited = datetime.fromisoformat(status["edited_at"]) + timedelta(seconds=1)
            status |= {"edited_at": stamp(edited), **self._written(text)}
            self.texts[status_id] = text
            return status

    def delete(self, status_id: str) -> None:
        """Gone, with its notifications; answers to it answer nothing any more."""
        with self.lock:
            gone = self.statuses.pop(status_id)
            self.notifications = [one for one in self.notifications if one.get("status") is not gone]
            for one in self.statuses.values():
                if one["in_reply_to_id"] == status_id:
                    one["in_reply_to_id"] = one["in_reply_to_account_id"] = None

    def by_uri(self, uri: str) -> Json:
        """The status of that name."""
        return next(one for one in self.statuses.values() if one["uri"] == uri)

    def ancestors(self, status: Json) -> list[Json]:
        """What a status answers, from the first one down."""
        line: list[Json] = []
        while (above := self.statuses.get(status["in_reply_to_id"] or "")) is not None:
            line.insert(0, above)
            status = above
        return line

    def descendants(self, status: Json) -> list[Json]:
        """All answers below a status."""
        return [one for one in self.statuses.values() if status in self.ancestors(one)]

    def replies(self) -> list[Json]:
        """What @brand has answered."""
        return [one for one in self.statuses.values() if one["account"] is self.brand and one["in_reply_to_id"]]

    def _is_called(self, status: Json) -> bool:
        return any(one["id"] == self.brand["id"] for one in status["mentions"])

    def _written(self, text: str) -> Json:
        """What Mastodon makes of a text."""
        called = [
            self.account(f"{name}@{host}" if host and host != self.domain else name)
            for name, host in _MENTION.findall(text)
        ]
        tags = [{"name": tag.lower(), "url": f"https://{self.domain}/tags/{tag.lower()}"} for tag in _TAG.findall(text)]
        shown = _LINK.sub(_link, html.escape(text, quote=False))
        for one in called:
            inner = f'<a href="{one["url"]}" class="u-url mention">@<span>{one["username"]}</span></a>'
            link = f'<span class="h-card">{inner}</span>'
            shown = re.sub(rf"(?<![\w@>])@{one['username']}(?:@[\w.-]+\w)?", link, shown)
        paragraphs = "".join(f"<p>{part}</p>" for part in shown.replace("\n\n", "</p><p>").split("\n\n"))
        mentions = [{name: one[name] for name in ("id", "username", "url", "acct")} for one in called]
        return {"content": paragraphs.replace("\n", "<br />"), "mentions": mentions, "tags": tags}


def _link(found: "re.Match[str]") -> str:
    address = found[0]
    scheme, rest = address.split("://")
    inner = f'<span class="invisible">{scheme}://</span><span class="ellipsis">{rest[:30]}</span>'
    inner += f'<span class="invisible">{rest[30:]}</span>'
    return f'<a href="{address}" rel="nofollow noopener" target="_blank" translate="no">{inner}</a>'


def stamp(at: datetime) -> str:
    """A time as Mastodon writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
