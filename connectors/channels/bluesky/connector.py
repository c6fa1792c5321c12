from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.channels.bluesky import again, replies
from connectors.channels.bluesky.chat import Chat
from connectors.channels.bluesky.client import CHAT, Client
from connectors.channels.bluesky.graphemes import DIRECT_LIMIT, LIMIT, length
from connectors.channels.bluesky.reader import REASONS, Reader
from connectors.channels.bluesky.session import VENDOR
from connectors.incoming import Incoming
from connectors.protocol import (
    Account,
    Capability,
    Connector,
    ConnectorError,
    Enclosable,
    Field,
    Guide,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)
from connectors.texts import marked as _

FILES = Enclosable(count=4, size=2_000_000, types=("image/jpeg", "image/png", "image/webp", "image/gif"), alt=2_000)
CLOSED = "The author lets only some people reply to this post."
BLOCKED = "The author has blocked the account."
NOT_DIRECT = "Direct messages are switched off in the channel's settings."
IN_A_GROUP = "Everybody in this group reads the reply."
# Scopes in the server's own words: the account's password, and an app password that may read direct messages.
_WHOLE_ACCOUNT = "com.atproto.access"
_NO_DIRECT_MESSAGES = "com.atproto.appPass"
# In the cursor of a back-fill that has brought all there is.
_OVER = "over"


class Bluesky(Connector):
    """Mentions, replies, quotes, a search and direct messages come in; replies go out."""

    network = "bluesky"
    label = "Bluesky"
    default_base_url = VENDOR
    fields = (
        Field(
            name="handle",
            label=_("Handle"),
            help=_("The company's account, without @."),
            placeholder="yourbrand.bsky.social",
        ),
        Field(
            name="app_password",
            label=_("App password"),
            help=_("Not the account's own password. Allow direct messages when you make it, if you want them."),
            secret=True,
            placeholder="xxxx-xxxx-xxxx-xxxx",
        ),
        Field(
            name="query",
            label=_("Search"),
            help=_("What this search finds comes in as well, as in Bluesky's own search."),
            required=False,
        ),
        Field(
            name="direct",
            label=_("Direct messages"),
            help=_("Needs an app password that allows them."),
            required=False,
            kind="flag",
        ),
    )
    guide = Guide(
        steps=(
            _("Sign in on bsky.app as the account, and open Settings, Privacy and security, App passwords."),
            _("Choose “Add App Password” and call it SocialCRM."),
            _("Tick “Allow access to your direct messages” if you want them here."),
            _("Copy the password, which is shown once, and enter it below with the handle."),
        ),
        permissions=(
            ("App password", _("reads notifications and posts, and replies as the account")),
            ("Access to direct messages", _("reads and answers them; only if you want them")),
        ),
        cost=_("Bluesky charges nothing."),
        site="https://bsky.app/settings/app-passwords",
        page="bluesky.md",
        method=_("App password"),
    )
    delivery = "key"
    stands_in = True
    reaches_back = True
    looks_again_after = (timedelta(minutes=15), timedelta(hours=6), timedelta(days=2), timedelta(days=14))

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._client = Client(account)

    def verify(self) -> str:
        """One call with the session as it is; returns the account's present handle."""
        return self._handle_of(self._client.get("com.atproto.server.getSession", renewing=False).body)

    def steps(self) -> Sequence[Step]:
        """Signing in, reading, and what the app password is for."""
        one = {"limit": 1}
        told = [
            Step(label="Signed in", run=self._sign_in),
            Step(label="Uses an app password", run=self._check_password),
            Step(
                label="Can read mentions, replies and quotes",
                run=lambda: self._client.get(
                    "app.bsky.notification.listNotifications", one | {"reasons": list(REASONS)}
                ),
            ),
        ]
        if query := self._setting("query"):
            told.append(
                Step(label="Can search", run=lambda: self._client.get("app.bsky.feed.searchPosts", one | {"q": query}))
            )
        if self._setting("direct"):
            told.append(Step(label="Can read direct messages", run=self._check_direct))
        return told

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Notifications, then what the search finds, then direct messages; one that fails doesn't stop the others."""
        reader = self._reader()
        state: Mapping[str, Any] = cursor
        failures: list[ConnectorError] = []
        streams: list[Callable[[Mapping[str, Any]], Iterator[Page]]]
        streams = [partial(reader.pages, name, subject) for name, subject in reader.streams]
        if self._setting("direct"):
            streams.append(Chat(self._client, self._client.signed_in().did).pages)
        for stream in streams:
            try:
                for page in stream(state):
                    state = page.cursor
                    yield page
            except ConnectorError as error:
                failures.append(error)
        if failures:
            raise _worst(failures)

    def reply(self, outgoing: Outgoing) -> Sent:
        """A public reply under a record key of our own, or a direct message, which takes none."""
        if outgoing.original.kind == "direct":
            return replies.send_directly(self._client, outgoing)
        return replies.send(self._client, outgoing)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Reads the record key; see connectors/channels/bluesky/replies.py for direct messages."""
        if outgoing.original.kind == "direct":
            replies.find_directly(self._client, outgoing)
            return None
        return replies.find(self._client, outgoing)

    def capability(self, original: Original) -> Capability:
        """As it was when the message came in: who may reply, and whether a block stands in the way."""
        if original.kind == "direct":
            able = bool(self._setting("direct"))
            notice = IN_A_GROUP if original.raw.get("group") else ""
            reason = "" if able else NOT_DIRECT
            return Capability(can_reply=able, reason=reason, public=False, text_limit=DIRECT_LIMIT, notice=notice)
        viewer = original.raw.get("viewer")
        closed = isinstance(viewer, dict) and viewer.get("replyDisabled") is True
        reason = CLOSED if closed else BLOCKED if original.raw.get("blocked") else ""
        return Capability(can_reply=not reason, reason=reason, text_limit=LIMIT, files=FILES, splits="chain")

    def text_length(self, text: str) -> int:
        """As Bluesky counts: what people see as characters, or ten bytes each."""
        return length(text)

    def session_until(self) -> datetime | None:
        """The end of the access token, which lasts about two hours."""
        return self._client.until

    def renew(self) -> Mapping[str, str]:
        """By the refresh token; by the app password where that is too old."""
        return self._client.renew()

    def revoke(self) -> None:
        """Ends the session. The app password itself can only be deleted on Bluesky."""
        self._client.end()

    def history(self, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Notifications and the search's hits back to `since`, newest first. Direct messages have no back-fill."""
        reader = self._reader()
        names, query = [name for name, _ in reader.streams], self._setting("query")
        at = cursor.get("stream")
        for name in names[names.index(at) if at in names else len(names) if at == _OVER else 0 :]:
            is_here = name == at and (name != "search" or cursor.get("of") == query)
            for page, token in reader.history(name, str(cursor.get("token") or "") if is_here else "", since):
                following = name if token else next(iter(names[names.index(name) + 1 :]), _OVER)
                yield replace(page, cursor={"stream": following, "token": token, "of": query})

    def look_again(self, known: Sequence[Original]) -> Sequence[Incoming]:
        """Public posts only: a direct message cannot be edited, and deleting it takes it from nobody else."""
        public = [one for one in known if one.kind != "direct"]
        return again.look_again(self._client, public, self._client.signed_in().did) if public else ()

    def _reader(self) -> Reader:
        return Reader(self._client, self._client.signed_in().did, self._setting("query"))

    def _sign_in(self) -> str:
        return self._handle_of(self._client.get("com.atproto.server.getSession").body)

    def _handle_of(self, session: Mapping[str, Any]) -> str:
        handle = session.get("handle")
        if not isinstance(handle, str) or not handle:
            raise ConnectorError("Bluesky's answer holds no account.")
        return f"@{handle}"

    def _check_password(self) -> None:
        if self._client.signed_in().scope == _WHOLE_ACCOUNT:
            remedy = "Make an app password on Bluesky and enter that: it cannot change or delete the account."
            raise ConnectorError("This is the account's own password.", remedy=remedy)

    def _check_direct(self) -> None:
        if self._client.signed_in().scope == _NO_DIRECT_MESSAGES:
            remedy = "Make an app password that allows access to direct messages, or switch them off here."
            raise ConnectorError("The app password does not allow direct messages.", remedy=remedy, permanent=True)
        self._client.get("chat.bsky.convo.listConvos", {"limit": 1}, proxy=CHAT)

    def _setting(self, name: str) -> str:
        return str(self.account.settings.get(name) or "").strip()


def _worst(failures: Sequence[ConnectorError]) -> ConnectorError:
    """Of several failures the one to tell: what a person must mend, then the longest wait, then the first."""
    return max(failures, key=lambda error: (error.permanent, error.retry_at.timestamp() if error.retry_at else 0))
