"""Looks again at what was taken in, for what Meta does not tell of: changed words, and what was deleted."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from connectors.channels.meta.graph import Graph
from connectors.channels.meta.lookup import look_up
from connectors.channels.meta.shapes import Json, identity, member
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Original


def again(
    graph: Graph,
    network: str,
    known: Sequence[Original],
    fields: str,
    words: str,
    item: Callable[[Json, Original], Json],
) -> Iterator[Incoming]:
    """Edits and deletions among `known`. `words` names the field with the text, `item` makes one of what Meta has.

    Raises ConnectorError.
    """
    if not known:
        return
    now = datetime.now(UTC).isoformat()
    found = look_up(graph, [one.external_id for one in known], fields)
    gone = [one for one in known if found.get(one.external_id, {}) is None]
    if gone:
        # Nothing is there for a token either that may see nothing: it must at least know its own account.
        graph.ask("me", fields="id")
    for one in gone:
        author = {"external_id": one.author_external_id, "handle": one.author_handle}
        told = {"external_id": one.external_id, "action": "delete", "posted_at": now, "author": author}
        yield parse(told | {"thread_id": one.thread_id, "kind": one.kind}, network=network)
    for one in known:
        told_now = found.get(one.external_id)
        before = member(one.raw, "data").get(words) if told_now else None
        if not told_now or before is None or told_now.get(words) in (None, before):
            continue
        made = item(told_now, one)
        author = member(made, "author")
        if identity(author.get("external_id")) != one.author_external_id:
            author = {"external_id": one.author_external_id, "handle": one.author_handle}
        try:
            same = {"external_id": one.external_id, "kind": one.kind, "thread_id": one.thread_id, "author": author}
            yield parse(made | same | {"action": "edit", "posted_at": now}, network=network)
        except Rejected:
            continue
