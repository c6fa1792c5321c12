"""Looks again at posts that were taken in: nobody tells of edits and deletions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from connectors.channels.bluesky import posts
from connectors.channels.bluesky.around import Around
from connectors.channels.bluesky.client import Client, Refusal
from connectors.channels.bluesky.posts import Json
from connectors.incoming import Author, Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Original


def look_again(client: Client, known: Sequence[Original], own_did: str) -> list[Incoming]:
    """Edits (another hash of the record) and deletions (no record any more) of posts. Raises ConnectorError."""
    around = Around(client)
    addresses = {one.external_id: one for one in known if posts.address_of({"uri": one.external_id})}
    views = around.posts(addresses)
    changed = [view for uri, view in views.items() if uri in addresses and _is_changed(view, addresses[uri])]
    surroundings = around.of(changed)
    told = []
    for uri, one in addresses.items():
        if uri not in views and _is_gone(client, uri):
            told.append(_deletion(one))
        elif uri in views and views[uri] in changed:
            try:
                item = posts.item(views[uri], surroundings, own_did, reason=str(one.raw.get("reason") or ""))
                edited = parse(item, network="bluesky")
            except Rejected:
                # What it says now is no post that can be shown; what it said before stays.
                continue
            at = max(posts.seen_at(views[uri]) or edited.posted_at, one.posted_at)
            told.append(replace(edited, action="edit", posted_at=at))
    return told


def _is_changed(view: Json, one: Original) -> bool:
    before = one.raw.get("cid")
    return isinstance(before, str) and isinstance(view.get("cid"), str) and view["cid"] != before


def _is_gone(client: Client, uri: str) -> bool:
    """Whether a post was deleted. A blocked account's posts are not shown either, and are still there."""
    did, collection, key = posts.parts(uri)
    try:
        client.get("com.atproto.repo.getRecord", {"repo": did, "collection": collection, "rkey": key})
    except Refusal as error:
        if error.not_there:
            return True
        raise
    return False


def _deletion(one: Original) -> Incoming:
    return Incoming(
        network="bluesky",
        external_id=one.external_id,
        action="delete",
        author=Author(external_id=one.author_external_id, handle=one.author_handle),
        posted_at=max(datetime.now(UTC), one.posted_at),
        thread_id=one.thread_id,
    )
