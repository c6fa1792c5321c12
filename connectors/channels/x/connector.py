import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.channels.x import posts, replies
from connectors.channels.x.client import VENDOR, Client, user_of
from connectors.channels.x.length import LIMIT, weighted_length
from connectors.channels.x.reader import Reader
from connectors.protocol import Account, Capability, Connector, ConnectorError, Field, Original, Outgoing, Page, Sent

NO_KEYS = "Replying on X needs the channel's four user keys (OAuth 1.0a). Add them in the channel's settings."
NOT_SUMMONED = "X lets companies reply by API only to posts that mention them or quote one of their posts."


class X(Connector):
    """Mentions of an account and posts with a watch-word come in; public replies go out."""

    network = "x"
    label = "X"
    default_base_url = VENDOR
    fields = (
        Field(name="username", label="User name", help="The company's account on X, without @.", required=False),
        Field(name="user_id", label="User id", help="Instead of the user name.", required=False),
        Field(
            name="query", label="Watch-word", help="A search as X writes it; what it finds comes in.", required=False
        ),
        Field(name="spelling", label="Spelling of fields", help="“tweet”, or “post” if X asks for it.", required=False),
        Field(name="bearer_token", label="Bearer token", help="For reading.", secret=True),
        Field(name="api_key", label="API key", help="With the next three: for replying.", secret=True, required=False),
        Field(name="api_secret", label="API key secret", secret=True, required=False),
        Field(name="access_token", label="Access token", secret=True, required=False),
        Field(name="access_token_secret", label="Access token secret", secret=True, required=False),
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._client = Client(account)

    def verify(self) -> str:
        """One call with the bearer token, and one with the user's keys where they are given."""
        user = self._ask_user()
        if self._client.can_post:
            me = user_of(self._client.get("/2/users/me", {}, as_user=True))
            if me["id"] != user["id"]:
                message = f"The user keys belong to @{me['username']}, the channel to @{user['username']}."
                remedy = "Use keys that were made for the channel's account, or change its user name."
                raise ConnectorError(message, remedy=remedy, permanent=True)
        return f"@{user['username']}"

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Mentions, then what the watch-word finds; pages newest first, the unfinished span in the cursor."""
        asked = [self._setting("username"), self._setting("user_id")]
        user = cursor.get("user")
        if not isinstance(user, dict) or user.get("asked") != asked:
            user = {**self._ask_user(), "asked": asked}
        reader = Reader(self._client, user, self._setting("query"), self._setting("spelling"))
        yield from reader.pages({**cursor, "user": user})

    def reply(self, outgoing: Outgoing) -> Sent:
        """One public reply to the original."""
        return self._sent(replies.send(self._client, outgoing, self._setting("spelling")))

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Reads our newest posts back; see connectors/channels/x/replies.py for what makes one of them the reply."""
        found = replies.find(self._client, outgoing, self._setting("spelling"))
        return self._sent(found) if found else None

    def capability(self, original: Original) -> Capability:
        """X's rule of February 2026, judged when the post came in."""
        if not self._client.can_post:
            return Capability(can_reply=False, reason=NO_KEYS, text_limit=LIMIT)
        if not original.raw.get("summoned", original.kind == "mention"):
            return Capability(can_reply=False, reason=NOT_SUMMONED, text_limit=LIMIT)
        return Capability(can_reply=True, text_limit=LIMIT)

    def text_length(self, text: str) -> int:
        """As X counts: links are 23, emoji and East Asian characters 2."""
        return weighted_length(text)

    def _sent(self, post_id: str) -> Sent:
        return Sent(external_id=post_id, url=posts.permalink(self.account.handle.lstrip("@"), post_id))

    def _ask_user(self) -> dict[str, str]:
        """The account that the channel is for, by its name, its id, or else the keys' own."""
        username, user_id = self._setting("username").lstrip("@"), self._setting("user_id")
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
