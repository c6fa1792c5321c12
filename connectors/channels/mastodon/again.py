"""Looks again at statuses that were taken in: what was edited or deleted since."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.channels.mastodon.client import Client
from connectors.channels.mastodon.errors import Refusal
from connectors.channels.mastodon.statuses import Json, changed, deleted, id_of, listed, raw_status, server_of
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Original

# As many as Mastodon (4.3 and later) takes at once.
_AT_ONCE = 20
_PUBLIC = ("public", "unlisted")


def look(client: Client, known: Sequence[Original], own_handle: Callable[[], str]) -> list[Incoming]:
    """Edits and deletions; `own_handle` asks the server which account this is. Raises ConnectorError."""
    asked = [one for one in known if id_of(raw_status(one).get("id"))]
    found: dict[str, Json] = {}
    for start in range(0, len(asked), _AT_ONCE):
        several = _several(client, [id_of(raw_status(one).get("id")) for one in asked[start : start + _AT_ONCE]])
        if several is None:
            break
        found |= several
    news: list[Incoming] = []
    reader = ""
    for original in asked:
        own = id_of(raw_status(original).get("id"))
        # Whoever is missing among several is asked for alone, before anybody believes that it is gone.
        status = found.get(own) or _one(client, own)
        if status is not None:
            told = changed(original, status)
        else:
            # Of a server that says so of everything, it is heard when it is asked for the account.
            reader = reader or own_handle()
            told = deleted(original, datetime.now(UTC)) if _was_there(original, reader) else None
        if told is not None:
            news += _read(told)
    return news


def _was_there(original: Original, reader: str) -> bool:
    """Whether this account has ever had it before it. To another server it was never there; on one server all accounts
    see what is public, but what is private only the one that read it."""
    read_by = str(original.raw.get("read_by", reader))
    if raw_status(original).get("visibility") in _PUBLIC:
        return server_of(read_by) == server_of(reader)
    return read_by == reader


def _several(client: Client, ids: Sequence[str]) -> dict[str, Json] | None:
    """Statuses by id, those that are there; None where the server gives one at a time only."""
    try:
        answer = client.get("/api/v1/statuses", {"id[]": list(ids)})
    except Refusal as error:
        if error.status not in (400, 403, 404, 405, 422):
            raise
        return None
    return {id_of(one.get("id")): one for one in listed(answer.body)}


def _one(client: Client, own: str) -> Json | None:
    try:
        return client.object_of(f"/api/v1/statuses/{own}")
    except Refusal as error:
        if error.status not in (404, 410):
            raise
        return None


def _read(told: Json) -> list[Incoming]:
    try:
        return [parse(told, network="mastodon")]
    except Rejected:
        # An edit that cannot be read leaves the message as it was.
        return []
