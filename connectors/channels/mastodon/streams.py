"""What a channel reads: notifications of mentions, and the hashtags and accounts that somebody watches."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from connectors.channels.mastodon.client import Answer, Client
from connectors.channels.mastodon.errors import Refusal
from connectors.channels.mastodon.statuses import Json, id_of, listed
from connectors.protocol import ConnectorError

_TAG = re.compile(r"[\w·]{1,100}")
_NAME = re.compile(r"@?([\w.-]{1,100}(?:@[\w.:-]{1,200})?)", re.ASCII)
_CORRECT = "Correct it in the channel's settings."


@dataclass(frozen=True, slots=True)
class Stream:
    """One list of the server's. `subject` is the account that is watched, or empty."""

    name: str
    route: str
    limit: int
    subject: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tells_mentions(self) -> bool:
        """Whether its entries are notifications rather than statuses."""
        return self.route == "/api/v1/notifications"


# An edit of what we answered or passed on comes as a notification as well. Without `include_filtered` Mastodon keeps
# private mentions by people whom the account doesn't follow to itself, which customers are.
MENTIONS = Stream(
    "mentions",
    "/api/v1/notifications",
    80,
    params={"types[]": ["mention", "quote", "update"], "include_filtered": "true"},
)


def streams_of(settings: Mapping[str, Any]) -> Sequence[Stream]:
    """The streams of a channel. Raises ConnectorError for what can be no hashtag or no account."""
    found = [MENTIONS]
    for line in _lines(settings.get("hashtags")):
        tag = line.lstrip("#")
        if not _TAG.fullmatch(tag):
            raise ConnectorError(f"“{line[:60]}” is no hashtag.", remedy=_CORRECT, permanent=True)
        found.append(Stream(f"tag:{tag.lower()}", f"/api/v1/timelines/tag/{quote(tag)}", 40))
    for line in _lines(settings.get("accounts")):
        name = _NAME.fullmatch(line)
        if name is None:
            raise ConnectorError(f"“{line[:60]}” is no account's name.", remedy=_CORRECT, permanent=True)
        found.append(Stream(f"account:{name[1].lower()}", "", 40, name[1], {"exclude_reblogs": "true"}))
    return list({one.name: one for one in found}.values())


def ask(client: Client, stream: Stream, until: str, account_id: str = "") -> Answer:
    """A page of a stream, below `until`. Raises ConnectorError."""
    route = stream.route or f"/api/v1/accounts/{quote(account_id, safe='')}/statuses"
    params = {**stream.params, "limit": stream.limit} | ({"max_id": until} if until else {})
    try:
        return client.list_of(route, params)
    except Refusal as error:
        if error.status not in (400, 422) or "types[]" not in params:
            raise
        # A server that doesn't know one of the types: what is not wanted is passed over later.
        return client.list_of(route, {name: value for name, value in params.items() if name != "types[]"})


def look_up(client: Client, name: str) -> str:
    """The server's id of an account. Raises ConnectorError, permanent where there is none."""
    try:
        return id_of(client.object_of("/api/v1/accounts/lookup", {"acct": name}).get("id"))
    except Refusal as error:
        if error.status not in (400, 404):
            raise
    # A server knows only accounts that somebody there has met; searching makes it ask the other one.
    found = listed(client.list_of("/api/v1/accounts/search", {"q": f"@{name}", "resolve": "true", "limit": 5}).body)
    for account in found:
        if _is(account, name):
            return id_of(account.get("id"))
    raise ConnectorError(f"There is no account @{name}.", remedy=_CORRECT, permanent=True)


def _is(account: Json, name: str) -> bool:
    acct = str(account.get("acct")).lower()
    return name.lower() in (acct, acct.split("@")[0])


def _lines(value: object) -> list[str]:
    lines = value.splitlines() if isinstance(value, str) else value if isinstance(value, list) else []
    return [line.strip() for line in lines if isinstance(line, str) and line.strip()]
