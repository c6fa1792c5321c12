"""How far the reading of a list has come that a server shows newest first.

Every server knows `max_id`; `since_id` and `min_id` some ignore, and ids order nothing on others. So a reading goes
from the top down to the first entry that an earlier one has taken. It takes what is unknown on that page as well:
posts of other servers arrive late and are put in where their time belongs. The cursor holds what the last finished
reading knew, and of one that has begun how far down it is. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
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
    """`known`: ids that the last finished reading found at the top, `floor` the time of the oldest of them.

    Of a reading that has begun: `fresh`, ids that it found first, `until`, the id that it has reached, `count`.
    """

    known: list[str] = field(default_factory=list)
    floor: str = ""
    fresh: list[str] = field(default_factory=list)
    lowest: str = ""
    until: str = ""
    count: int = 0
    _empty: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Progress":
        """As a cursor keeps it; whatever is something else counts as nothing."""
        known, fresh = (_ids(state.get(name)) for name in ("known", "fresh"))
        floor, lowest, until = (_text(state.get(name)) for name in ("floor", "lowest", "until"))
        count = state.get("count")
        return cls(known, floor, fresh, lowest, until, count if type(count) is int else 0)

    @property
    def is_open(self) -> bool:
        """Whether a reading has begun and not ended."""
        return bool(self.until)

    def unknown(self, ids: Sequence[str]) -> set[str]:
        """Those of a page that nobody has taken yet."""
        return set(ids) - set(self.known) - set(self.fresh)

    def heard(self, page: Sequence[Seen], next_id: str, now: datetime) -> bool:
        """Take note of a page, as far as it was taken; whether there is more to ask for below `until`."""
        ids = [one.id for one in page]
        news = self.unknown(ids)
        times = [one.at for one in page if one.at is not None]
        self._note([one for one in page if one.id in news])
        before, self.until = self.until, next((one for one in reversed(ids) if not one.startswith("?")), next_id)
        if not news:
            # The end, a server that shows the same page again, or one that hides all of a page.
            self._empty += 1
            return bool(not ids and next_id and next_id != before and self._empty < _MOST_EMPTY)
        if set(self.known) & set(ids) or not self.until or self.until == before:
            return False
        floor = _time(self.floor)
        if floor and times and max(times) < floor:
            return False
        return bool(self.known) or self.count < FIRST or not times or min(times) > now - RECENT

    def close(self) -> None:
        """Everything down to what was known is taken; the next reading begins at the top."""
        if len(self.fresh) < KNOWN:
            kept = [one for one in self.known if one not in set(self.fresh)]
            self.known = [*self.fresh, *kept][:KNOWN]
            self.floor = self.floor or self.lowest
        else:
            self.known, self.floor = self.fresh, self.lowest
        self.fresh, self.lowest, self.until, self.count = [], "", "", 0

    def state(self) -> dict[str, Any]:
        """For a cursor."""
        return {name: value for name, value in asdict(self).items() if value and not name.startswith("_")}

    def _note(self, news: Sequence[Seen]) -> None:
        self.count += len(news)
        for one in news:
            if len(self.fresh) < KNOWN:
                self.fresh.append(one.id)
                at, lowest = one.at, _time(self.lowest)
                if at is not None and (lowest is None or at < lowest):
                    self.lowest = at.isoformat()


def _ids(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)][:KNOWN] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
