from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import outbound
from connectors.channels.mastodon import again, replies, signin, statuses
from connectors.channels.mastodon.client import Client, Json
from connectors.channels.mastodon.errors import SIGN_IN, Refusal
from connectors.channels.mastodon.form import FIELDS, GUIDE
from connectors.channels.mastodon.length import LIMIT, length
from connectors.channels.mastodon.reader import Reader
from connectors.channels.mastodon.statuses import Home, id_of, objects, raw_status, server_of
from connectors.channels.mastodon.streams import MENTIONS, ask, look_up, streams_of
from connectors.incoming import Incoming
from connectors.protocol import (
    Account,
    Capability,
    Connector,
    ConnectorError,
    Enclosable,
    Grant,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)

_HOME_LASTS = timedelta(days=1)
# Uploads and all; shorter than the time after which somebody else looks for the reply.
_SENDING_SECONDS = 40.0
_LONGEST_DESCRIPTION = 1_500
_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4")


class Mastodon(Connector):
    """Mentions, private mentions and watched hashtags and accounts come in; replies go out as widely as asked."""

    network = "mastodon"
    label = "Mastodon"
    server_label = "Server"
    delivery = "read-back"
    stands_in = True
    counts = "links"
    signs_in = True
    scopes = signin.SCOPES
    reaches_back = True
    looks_again_after = (timedelta(minutes=15), timedelta(hours=2), timedelta(days=1), timedelta(days=7))
    fields = FIELDS
    guide = GUIDE

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._client = Client(account, account.credentials.get("access_token", ""))

    def verify(self) -> str:
        """Whose token it is, and which server that is."""
        streams_of(self.account.settings)
        return f"@{self._ask_home().handle}"

    def steps(self) -> Sequence[Step]:
        """The server, the token, what it may do, and whether all is there that somebody wants to watch."""
        watched = [Step(label="What you watch was found", run=self._find_watched)]
        return (
            Step(label="The server answers", run=self._instance),
            Step(label="The token is accepted", run=self._me),
            Step(label="Mentions and private mentions can be read", run=lambda: ask(self._client, MENTIONS, "")),
            Step(label="No permission is missing, as far as the server tells", run=self._check_scopes),
            *(watched if any(self.account.settings.get(name) for name in ("hashtags", "accounts")) else ()),
        )

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Mentions, then hashtags and accounts; each newest first, what is unfinished in the cursor."""
        streams = streams_of(self.account.settings)
        home, kept = self._home(cursor)
        yield from Reader(self._client, home).pages(streams, {**cursor, "home": kept})

    def history(self, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """The same streams, back to `since`, as far as the server has them."""
        yield from Reader(self._client, self._ask_home()).past(streams_of(self.account.settings), cursor, since)

    def look_again(self, known: Sequence[Original]) -> Sequence[Incoming]:
        """Asks for each status; Mastodon tells of edits only those who answered it, and of deletions nobody."""
        return again.look(self._client, known, lambda: self._ask_home().handle)

    def reply(self, outgoing: Outgoing) -> Sent:
        """A status that answers the original and mentions its author."""
        with outbound.deadline(_SENDING_SECONDS):
            made = replies.send(self._client, outgoing)
        if not statuses.name_of(made):
            raise ConnectorError("The server took the reply and did not say under which id.", unknown=True)
        return _sent(made)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Reads our own statuses back; see replies.py for what makes one of them the reply."""
        found = replies.find(self._client, outgoing)
        return _sent(found) if found else None

    def capability(self, original: Original) -> Capability:
        """Everything can be answered, by no more people than have read it."""
        limits = objects(original.raw.get("limits"))
        limit, files, size = (limits.get(name) for name in ("characters", "files", "file_bytes"))
        room = (limit if isinstance(limit, int) else LIMIT) - length(replies.salutation(original))
        choices = replies.audiences(original)
        return Capability(
            can_reply=not (reason := self._why_not(original)),
            reason=reason,
            public=choices[0][0] in ("public", "unlisted"),
            text_limit=max(room, 1),
            audiences=choices,
            files=Enclosable(count=files, size=size, types=_PICTURES, alt=_LONGEST_DESCRIPTION)
            if isinstance(files, int) and isinstance(size, int) and self._may("write:media")
            else None,
            notice="Whoever you mention can read the whole reply." if choices[0][0] in statuses.PRIVATE else "",
            splits="chain",
        )

    def may_stand_in(self, original: Original) -> bool:
        """What is public, for accounts of one server: another one calls the same post by another id, or has it not."""
        here = server_of(original.raw.get("read_by")) == server_of(self.account.handle) != ""
        return super().may_stand_in(original) and here

    def text_length(self, text: str) -> int:
        """As Mastodon counts: links are 23, of a mention only the first part counts."""
        return length(text)

    def register(self, callback: str) -> Mapping[str, str]:
        """An application of our own on the account's server."""
        return signin.register(self.account, callback)

    def authorization(self, grant: Grant) -> str:
        """The server's page that asks whether we may."""
        return signin.authorization(self.account, grant)

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        """The account's token."""
        return signin.redeem(self.account, code, grant)

    def session_until(self) -> datetime | None:
        """Mastodon's tokens last; some servers give them an end, and something to renew them with."""
        return signin.until(self.account) if self.account.credentials.get("refresh_token") else None

    def renew(self) -> Mapping[str, str]:
        """A fresh token, where tokens end."""
        return signin.refresh(self.account)

    def expires_at(self) -> datetime | None:
        """When a token ends that cannot be renewed."""
        return None if self.account.credentials.get("refresh_token") else signin.until(self.account)

    def revoke(self) -> None:
        """Tells the server that the token is no longer used."""
        signin.revoke(self.account)

    def _why_not(self, original: Original) -> str:
        if not id_of(raw_status(original).get("id")):
            return "The post's id on the server is not known."
        if not self._may("write:statuses"):
            return "The channel's token may not post. Sign in again and allow it."
        return ""

    def _may(self, scope: str) -> bool:
        """Whether the token has a permission, as far as the server has told when it was made."""
        granted = self.account.credentials.get("scope", "").split()
        return not granted or scope in granted or scope.split(":")[0] in granted

    def _home(self, cursor: Mapping[str, Any]) -> tuple[Home, Json]:
        """What is known of account and server, asked once a day, and how a cursor keeps it. Raises ConnectorError."""
        kept = objects(cursor.get("home"))
        asked_at, now = statuses.at(kept, "at"), datetime.now(UTC)
        whose = [self.account.base_url, self.account.handle]
        if kept.get("of") == whose and asked_at and now - _HOME_LASTS < asked_at <= now:
            home = statuses.home_kept(objects(kept.get("is")))
            if home is not None:
                return home, kept
        home = self._ask_home()
        return home, {"of": whose, "at": now.isoformat(), "is": asdict(home)}

    def _ask_home(self) -> Home:
        return statuses.home_of(self._me(), self._instance(), self.account.base_url)

    def _me(self) -> Json:
        """Our account. Raises ConnectorError."""
        if not self.account.credentials.get("access_token"):
            raise ConnectorError("There is no access token.", remedy=SIGN_IN, permanent=True)
        account = self._client.object_of("/api/v1/accounts/verify_credentials")
        if not id_of(account.get("id")) or not (id_of(account.get("acct")) or id_of(account.get("username"))):
            raise ConnectorError("The server does not say whose token it is.", remedy=SIGN_IN)
        return account

    def _instance(self) -> Json:
        """What the server says of itself; nothing where it doesn't. Raises ConnectorError."""
        for version in ("v2", "v1"):
            try:
                body = self._client.get(f"/api/{version}/instance").body
            except Refusal as error:
                # A server that shows itself only to people who are signed in may leave this out.
                if error.status not in (404, 405, 410):
                    raise
            else:
                if isinstance(body, dict):
                    return body
        return {}

    def _check_scopes(self) -> None:
        granted = self.account.credentials.get("scope", "").split()
        if not granted:
            try:
                told = self._client.object_of("/api/v1/apps/verify_credentials").get("scopes")
            except Refusal as error:
                if error.retry_at or not error.permanent:
                    raise
                # It doesn't tell.
                return
            granted = [one for one in told if isinstance(one, str)] if isinstance(told, list) else []
        signin.require(granted)

    def _find_watched(self) -> None:
        for stream in streams_of(self.account.settings):
            account_id = look_up(self._client, stream.subject) if stream.subject else ""
            if stream is not MENTIONS:
                ask(self._client, stream, "", account_id)


def _sent(status: Json) -> Sent:
    kept = {name: status.get(name) for name in ("id", "visibility")}
    url = str(status.get("url") or status.get("uri") or "")
    return Sent(external_id=statuses.name_of(status), url=url, raw={"status": kept})
