"""The items of a page, put together by the message that they speak of. Free of Django."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.incoming import Incoming
from inbox.known import Known, KnownMessage
from inbox.versions import History, Said


class PlaceKey(NamedTuple):
    """Where a message belongs: one identity's exchange with us in one thread."""

    thread_id: str
    network: str
    author_external_id: str


@dataclass(slots=True)
class Arrival:
    """One message that a page adds or changes: the items that are news, and all that is known of it with them."""

    external_id: str
    message: KnownMessage | None
    history: History
    before: Said | None
    was_deleted: bool
    items: list[Incoming] = field(default_factory=list)
    place: PlaceKey = PlaceKey("", "", "")

    @property
    def is_new(self) -> bool:
        """Whether a message has to be written; a deletion alone makes none."""
        return self.message is None and bool(self.history.versions)

    @property
    def creation(self) -> Incoming | None:
        """The item that created the message, if this page brought it."""
        return next((item for item in self.items if item.action == "create"), None)

    @property
    def current(self) -> Incoming | None:
        """The item whose text is shown now; None where an earlier page brought it."""
        said = self.history.current
        return said.item if said else None

    @property
    def particulars(self) -> Incoming | None:
        """The item that kind, parent, link and context come from: the creation, or without one the latest edit."""
        return self.creation or (None if self.history.has_create else self.current)


def arrivals(items: Sequence[Incoming], known: Known) -> tuple[list[Arrival], Counter[str]]:
    """What of a page is news, oldest first, and the number of items by outcome."""
    found: dict[str, Arrival] = {}
    outcomes: Counter[str] = Counter()
    for item in items:
        arrival = found.get(item.external_id)
        if arrival is None:
            history = known.history(item.external_id)
            arrival = found[item.external_id] = Arrival(
                item.external_id,
                known.messages.get(item.external_id),
                history,
                history.current,
                history.deleted_at is not None,
            )
        deleted_at = arrival.history.deleted_at
        outcome = arrival.history.take(item)
        outcomes[outcome] += 1
        if outcome != "duplicate" or arrival.history.deleted_at != deleted_at:
            arrival.items.append(item)
    news = [arrival for arrival in found.values() if arrival.items]
    _place(news, known)
    news.sort(key=lambda one: (one.items[0].posted_at, one.external_id))
    return news, outcomes


def _place(news: Sequence[Arrival], known: Known) -> None:
    """Find each message's thread: its own, else its parent's, else the parent or itself begins one.

    Of known messages only where this page says more of them than was known, as the original of an edit does.
    """
    said = {one.external_id: one.history.current.item for one in news if one.is_new and one.history.current}

    def thread_of(external_id: str, seen: set[str]) -> str:
        item = said.get(external_id)
        if item is None:
            message = known.messages.get(external_id)
            return message.thread_id if message else external_id
        source = found[external_id].particulars or item
        if source.thread_id or not source.parent_id or external_id in seen:
            return source.thread_id or external_id
        return thread_of(source.parent_id, seen | {external_id})

    found = {one.external_id: one for one in news}
    for one in news:
        if one.is_new:
            origin = one.particulars or said[one.external_id]
            one.place = PlaceKey(thread_of(one.external_id, set()), origin.network, origin.author.external_id)
        elif one.message and (source := one.particulars):
            above = thread_of(source.parent_id, {one.external_id}) if source.parent_id else one.external_id
            one.place = PlaceKey(source.thread_id or above, one.message.network, one.message.author_external_id)
