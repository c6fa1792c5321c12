"""What a web process remembers of the log of live events, so that a browser that was away need not ask for everything.

Pure: places and events in, events out.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

# Ids in one event; more than that are not asked for one by one.
_MOST = 400


class Place(NamedTuple):
    """Where in the log something stands, as Redis counts: milliseconds, and a number within them."""

    at: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """`1700000000000-0`; None of anything else."""
        at, dash, number = text.partition("-")
        is_place = dash and at.isascii() and number.isascii() and at.isdigit() and number.isdigit()
        return cls(int(at), int(number)) if is_place and len(text) < 45 else None

    def __str__(self) -> str:
        return f"{self.at}-{self.number}"


START = Place(0, 0)


class EventLog:
    """The newest events, in order. Of what stood before the first of them it says that it does not know."""

    def __init__(self, kept: int) -> None:
        self._events: deque[tuple[Place, dict[str, Any]]] = deque(maxlen=kept)
        self._first = self.last = START

    def begin(self, events: Iterable[tuple[Place, dict[str, Any]]]) -> None:
        """Forget everything, and begin with these."""
        self._events.clear()
        self._first = self.last = START
        for place, event in events:
            if not self._events:
                self._first = place
            self.add(place, event)

    def add(self, place: Place, event: dict[str, Any]) -> None:
        """One more, after all others."""
        if len(self._events) == self._events.maxlen:
            self._first = self._events[0][0]
        self._events.append((place, event))
        self.last = place

    def since(self, place: Place | None) -> list[dict[str, Any]] | None:
        """What came after a place; None where that is not known for certain."""
        if place is None or place < self._first or place > self.last:
            return None
        found = []
        for at, event in reversed(self._events):
            if at <= place:
                break
            found.append(event)
        return found[::-1]


def merged(events: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Several events as one; None where it is shorter to ask for everything."""
    conversations: set[int] = set()
    channels: set[int] = set()
    for event in events:
        if event.get("everything"):
            return None
        conversations.update(event.get("conversations", ()))
        channels.update(event.get("channels", ()))
    if len(conversations) > _MOST:
        return None
    return {"conversations": sorted(conversations), "channels": sorted(channels)}
