import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.channels.x import direct, files, form, hooks, posts, replies, subscriptions, tokens
from connectors.channels.x.again import Lookup
from connectors.channels.x.budget import METERS, Budget
from connectors.channels.x.client import VENDOR, Client, user_of
from connectors.channels.x.direct_reader import DirectReader
from connectors.channels.x.length import LIMIT, weighted_length
from connectors.channels.x.reader import Reader, in_turn, streams
from connectors.channels.x.steps import Test
from connectors.incoming import Incoming
from connectors.protocol import (
    Account,
    Answer,
    Capability,
    Connector,
    ConnectorError,
    Contents,
    Grant,
    Hook,
    Media,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)

NO_KEYS = "Replying on X needs the account to sign in, or its four user keys. Add them in the channel's settings."
NOT_SUMMONED = "X lets companies reply by API only to posts that mention them or quote one of their posts."
GROUP = "Everybody in this group conversation reads the answer."


class X(Connector):
    """Mentions of an account, posts with a watch-word and direct messages come in; replies go out."""

    network = "x"
    label = "X"
    default_base_url = VENDOR
    fields = form.FIELDS
    guide = form.GUIDE
    delivery = "read-back"
    stands_in = True
    takes_webhooks = True
    signs_in = True
    signs_in_mostly = False
    scopes = (*tokens.SCOPES, *tokens.DIRECT_SCOPES)
    reaches_back = True
    # A post can be edited for an hour. X asks everybody to delete what was deleted within a day.
    looks_again_after = (timedelta(minutes=65), timedelta(days=1), timedelta(days=7))
    counts = "weighted"
    meters = METERS

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._client = Client(account, self.used)
        self._budget = Budget(account, self.used)

    def verify(self) -> str:
        """One call with the bearer token, and one with the user's keys where they are given."""
        user = self._ask_user()
        test = Test(self.account, self._client, self._budget, lambda: user)
        if self._client.can_post:
            test.belong()
        if self._direct:
            test.read_direct()
        return f"@{user['username']}"

    def steps(self) -> Sequence[Step]:
        """Reading, writing, direct messages: as far as the channel uses them."""
        return Test(self.account, self._client, self._budget, self._ask_user).steps()

    # Reading

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Mentions, what the watch-word finds, direct messages; newest first, the unfinished span in the cursor."""
        return self._pages(cursor, None)

    def history(self, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """The same back to `since`, as far as X serves it: 800 mentions, a week of search, 30 days of messages."""
        return self._pages(cursor, since)

    def _pages(self, cursor: Mapping[str, Any], start: datetime | None) -> Iterator[Page]:
        asked = [self._setting("username"), self._setting("user_id")]
        user = cursor.get("user")
        if not isinstance(user, dict) or user.get("asked") != asked:
            user = {**self._ask_user(), "asked": asked}
        state = {**cursor, "user": user}
        reader = Reader(self._client, user, self._setting("spelling"), self._budget)
        turns = [reader.pages(one, state) for one in streams(user["id"], self._setting("query"), start)]
        if self._direct:
            turns.append(DirectReader(self._client, user, self._setting("spelling"), start).pages(state, reader))
        yield from in_turn(turns)

    def look_again(self, known: Sequence[Original]) -> Sequence[Incoming]:
        """Asks X for the posts by their ids. Direct messages can't be edited, and X doesn't tell of deleted ones."""
        public = [one for one in known if one.kind != "direct"]
        user = {"id": "", "username": self.account.handle.lstrip("@")}
        return Lookup(self._client, user, self._setting("spelling"), self._budget).again(public)

    def media(self, url: str) -> Media | None:
        """Pictures of direct messages, which only the account may see."""
        return direct.media(self._client, url)

    # Webhooks

    def challenge(self, hook: Hook) -> Answer:
        """X's check (CRC), which comes at registration and every hour."""
        return hooks.challenge(self.account.credentials, hook)

    def authenticate(self, hook: Hook) -> None:
        """The signature over the raw body, with the API key secret or the client secret."""
        hooks.authenticate(self.account.credentials, hook)

    def read(self, payload: Any, received_at: datetime) -> Contents:
        """Events of the X Activity API, and of account activity."""
        contents = hooks.contents(payload, self.account.handle.lstrip("@"), received_at)
        for item in contents.items:
            self.used["direct" if item.kind == "direct" else "posts"] += 1
        # Account activity sends everything, also what the channel was not asked to bring in.
        wanted = [item for item in contents.items if item.kind != "direct" or self._direct]
        return replace(contents, items=wanted)

    def subscribe(self, address: str) -> Mapping[str, str]:
        """Registers the address, and subscribes to mentions, replies, quotes, deletions and direct messages."""
        if not any(self.account.credentials.get(name) for _, name in hooks.SIGNATURES):
            message = "X signs webhooks with the app's secret, which is missing."
            raise ConnectorError(message, remedy="Add the API key secret or the client secret.", permanent=True)
        user = self._ask_user()
        return {"webhook_id": subscriptions.subscribe(self._client, address, user["id"], direct=self._direct)}

    # Signing in

    def authorization(self, grant: Grant) -> str:
        """X's own page, or that of the server at the channel's address."""
        return tokens.authorization(self.account, grant)

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        """The account's token for two hours, and the one that renews it."""
        return tokens.redeem(self._client, self.account, code, grant)

    def session_until(self) -> datetime | None:
        """When the token ends that the account gave by signing in."""
        return tokens.until(self.account) if self.account.credentials.get("refresh_token") else None

    def renew(self) -> Mapping[str, str]:
        """Both tokens anew: X takes the old ones no more."""
        return tokens.renew(self._client, self.account)

    def expires_at(self) -> datetime | None:
        """Keys and renewed tokens don't end. A token that can't be renewed does."""
        return None if self.account.credentials.get("refresh_token") else tokens.until(self.account)

    def revoke(self) -> None:
        """Subscriptions and webhook first, as long as there are tokens to ask with."""
        try:
            if (webhook_id := self._setting("webhook_id")) and self._client.has_bearer:
                subscriptions.unsubscribe(self._client, webhook_id)
        finally:
            tokens.revoke(self._client, self.account)

    # Replying

    def reply(self, outgoing: Outgoing) -> Sent:
        """One public reply to the original, or one direct message in its conversation."""
        if outgoing.original.kind == "direct":
            media_ids = files.upload(self._client, outgoing.files, direct=True)
            return Sent(external_id=direct.send(self._client, outgoing, media_ids))
        media_ids = files.upload(self._client, outgoing.files, direct=False)
        return self._sent(replies.send(self._client, outgoing, self._setting("spelling"), media_ids))

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Reads our newest posts back; see replies.py for what makes one of them the reply, direct.py for messages."""
        if outgoing.original.kind == "direct":
            direct.find(self._client, outgoing)
            return None
        found = replies.find(self._client, outgoing, self._setting("spelling"))
        return self._sent(found) if found else None

    def capability(self, original: Original) -> Capability:
        """X's rule of February 2026, judged when the post came in. Direct messages can always be answered."""
        is_direct = original.kind == "direct"
        limit = direct.LIMIT if is_direct else LIMIT
        if not self._client.can_post:
            return Capability(can_reply=False, reason=NO_KEYS, text_limit=limit, public=not is_direct)
        if is_direct:
            notice = GROUP if direct.is_group(original) else ""
            return Capability(can_reply=True, text_limit=limit, public=False, files=files.DIRECT, notice=notice)
        if not self._is_summoned(original):
            return Capability(can_reply=False, reason=NOT_SUMMONED, text_limit=limit)
        # A thread of our own would answer posts of ours, in which nobody has called us.
        return Capability(can_reply=True, text_limit=limit, files=files.PUBLIC, splits="row")

    def may_stand_in(self, original: Original) -> bool:
        """Not for posts of which nobody kept whom they came to: any account would take itself for that one."""
        return super().may_stand_in(original) and bool(original.raw.get("read_by"))

    def text_length(self, text: str) -> int:
        """As X counts: links are 23, emoji and East Asian characters 2."""
        return weighted_length(text)

    def _is_summoned(self, original: Original) -> bool:
        """As it was judged when the post came in, for the account that it came to; any other must be named itself."""
        name = self.account.handle.lstrip("@")
        if str(original.raw.get("read_by") or name).lower() == name.lower():
            return bool(original.raw.get("summoned", original.kind == "mention"))
        data = original.raw.get("data")
        return posts.names(data if isinstance(data, dict) else {}, {"id": "", "username": name})

    def _sent(self, post_id: str) -> Sent:
        return Sent(external_id=post_id, url=posts.permalink(self.account.handle.lstrip("@"), post_id))

    @property
    def _direct(self) -> bool:
        return bool(self._setting("direct"))

    def _ask_user(self) -> dict[str, str]:
        """The account that the channel is for, by its name, its id, or else the keys' own."""
        username, user_id = self._setting("username").lstrip("@"), self._setting("user_id")
        self.used["users"] += 1
        if username:
            return user_of(self._client.get(f"/2/users/by/username/{_plain(username, 'user name')}", {}))
        if user_id:
            return user_of(self._client.get(f"/2/users/{_plain(user_id, 'user id')}", {}))
        try:
            return user_of(self._client.get("/2/users/me", {}, as_user=self._client.can_post))
        except ConnectorError as error:
            error.remedy = f"Give the channel the account's user name. {error.remedy}".strip()
            raise

    def _setting(self, name: str) -> str:
        return str(self.account.settings.get(name) or "").strip()


def _plain(text: str, what: str) -> str:
    """`text` if it may stand in a path. Raises ConnectorError."""
    if not re.fullmatch(r"\w{1,50}", text, re.ASCII):
        remedy = "Write letters, digits and _ only."
        raise ConnectorError(f"“{text[:60]}” is no {what} on X.", remedy=remedy, permanent=True)
    return text
