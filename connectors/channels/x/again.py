"""Looks posts up again: what was deleted or edited on X has to change here, too."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.channels.x import posts
from connectors.channels.x.budget import Budget
from connectors.channels.x.client import Client
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Original

_AT_ONCE = 100
_GONE, _NOT_FOUND = "resource-not-found", "Not Found Error"


class Lookup:
    """Asks for posts by their ids. `user` is the account's own id and username."""

    def __init__(self, client: Client, user: posts.User, spelling: str, budget: Budget) -> None:
        self._client, self._user, self._budget = client, user, budget
        self._fields = posts.asked_for(spelling)

    def again(self, known: Sequence[Original]) -> list[Incoming]:
        """Edits and deletions of these posts. Raises ConnectorError."""
        told: list[Incoming] = []
        for start in range(0, len(known), _AT_ONCE):
            told += self._again({one.external_id: one for one in known[start : start + _AT_ONCE]})
        return told

    def _again(self, known: dict[str, Original]) -> list[Incoming]:
        body = self._ask(list(known))
        told = [_deletion(known[one]) for one in _gone(body) if one in known]
        newest: dict[str, Original] = {}
        for post in posts.listed(body.get("data")):
            original = known.get(posts.id_of(post))
            latest = posts.chain(post)[-1]
            if original is not None and latest not in ("", original.external_id, _version_of(original)):
                newest[latest] = original
        return told + (self._edits(newest) if newest else [])

    def _edits(self, newest: dict[str, Original]) -> list[Incoming]:
        """The newest versions of edited posts."""
        body = self._ask(list(newest))
        around = posts.surroundings(body)
        told = []
        for post in posts.listed(body.get("data")):
            original = newest.get(posts.id_of(post))
            if original is None:
                continue
            # The account that it came to, which need not be this one.
            user = {**self._user, "username": str(original.raw.get("read_by") or self._user["username"])}
            item = posts.item(post, around, user, from_mentions=original.kind == "mention")
            try:
                told.append(parse({**item, "external_id": original.external_id, "action": "edit"}, network="x"))
            except Rejected:
                # X sends it again when it is looked at the next time, or pulled.
                continue
        return told

    def _ask(self, ids: Sequence[str]) -> posts.Json:
        self._budget.check()
        body = self._client.get("/2/tweets", self._fields | {"ids": ",".join(ids)}).body
        self._budget.took("posts", len(posts.listed(body.get("data"))))
        return body


def _gone(body: posts.Json) -> list[str]:
    """The ids that X says are no posts any more; those that it may not show are not among them."""
    return [
        str(one.get("resource_id") or one.get("value"))
        for one in posts.listed(body.get("errors"))
        if str(one.get("type")).endswith(_GONE) or one.get("title") == _NOT_FOUND
    ]


def _version_of(original: Original) -> str:
    data: Any = original.raw.get("data")
    return posts.id_of(data)


def _deletion(original: Original) -> Incoming:
    gone = {
        "external_id": original.external_id,
        "action": "delete",
        "kind": original.kind,
        "posted_at": datetime.now(UTC).isoformat(),
        "author": {"external_id": original.author_external_id, "handle": original.author_handle},
    }
    return parse(gone, network="x")
