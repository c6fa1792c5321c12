"""How far the reading of a list has come that a server shows newest first.

Every server knows `max_id`; `since_id` and `min_id` some ignore, and ids order nothing on others. So a reading goes
from the top down until a page holds nothing unknown. That is a page further than the first known entry: posts of other
servers arrive late and are put in where their time belongs. The cursor holds what the last finished reading knew, and
of one that has begun how far down it is. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

# So many of the newest ids are remembered: more than a page holds.
KNOWN = 160
# The first reading brings so many, and whatever is younger than that; a back-fill brings the rest.
FIRST = 1000
RECENT = timedelta(days=30)
_MOST_EMPTY = 10


class Seen(NamedTuple):
    """An entry of a list: its id, and when it was made if it says so."""

    id: str
    at: datetime | None


@dataclass(slots=True)
class Progress:
    """`known`: the newest entries of the last finished reading, as pairs of id and time in seconds (0: unknown).

    Of a reading that has begun: `fresh`, the entries that it found first, `until`, the id that it has reached, `count`.
    """

    known: list[tuple[str, int]] = field(default_factory=list)
    fresh: list[tuple[str, int]] = field(default_factory=list)
    until: str = ""
    count: int = 0
    _empty: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Progress":
        """As a cursor keeps it; whatever is something else counts as nothing."""
        until, count = state.get("until"), state.get("count")
        return cls(
            _pairs(state.get("known")),
            _pairs(state.get("fresh")),
            until if isinstance(until, str) else "",
            count if type(count) is int else 0,
        )

    @property
    def is_open(self) -> bool:
        """Whether a reading has begun and not ended."""
        return bool(self.until)

    def unknown(self, page: Sequence[Seen]) -> set[str]:
        """The ids of those that nobody has taken yet. What is older than all that is remembered was taken."""
        taken = {name for name, _ in (*self.known, *self.fresh)}
        floor = min((at for _, at in self.known if at), default=0) if len(self.known) >= KNOWN else 0
        return {one.id for one in page if one.id not in taken and not (one.at and _seconds(one.at) < floor)}

    def heard(self, page: Sequence[Seen], next_id: str, now: datetime) -> bool:
        """Take note of a page, as far as it was taken; whether there is more to ask for below `until`."""
        news = [one for one in page if one.id in self.unknown(page)]
        self.count += len(news)
        self.fresh += [(one.id, _seconds(one.at)) for one in news[: KNOWN - len(self.fresh)]]
        before = self.until
        self.until = next((one.id for one in reversed(page) if not one.id.startswith("?")), next_id)
        if not self.until or self.until == before:
            return False
        if not page:
            # A server may hide all of a page, and say that there are more.
            self._empty += 1
            return self._empty < _MOST_EMPTY
        if not news or self.known:
            return bool(news)
        times = [one.at for one in page if one.at is not None]
        return self.count < FIRST or not times or min(times) > now - RECENT

    def close(self) -> None:
        """Everything down to what was known is taken; the next reading begins at the top."""
        fresh = {name for name, _ in self.fresh}
        self.known = [*self.fresh, *(one for one in self.known if one[0] not in fresh)][:KNOWN]
        self.fresh, self.until, self.count = [], "", 0

    def state(self) -> dict[str, Any]:
        """For a cursor."""
        return {name: value for name, value in asdict(self).items() if value and not name.startswith("_")}


def _seconds(at: datetime | None) -> int:
    return int(at.timestamp()) if at is not None else 0


def _pairs(value: object) -> list[tuple[str, int]]:
    pairs = [one for one in value if isinstance(one, list | tuple) and len(one) == 2] if isinstance(value, list) else []
    return [(name, at) for name, at in pairs if isinstance(name, str) and type(at) is int][:KNOWN]
