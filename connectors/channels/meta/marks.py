"""How far the reading of something has come that grows, as a cursor keeps it. Pure.

A mark is the time of the newest thing that was read, and the ids of those of that very second. It is moved only when a
reading has come to its end, so that whoever dies before goes over the same again, and never past something.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.channels.meta.shapes import moment

# Of one second; more than that are read twice.
_MOST_IDS = 200


@dataclass(slots=True)
class Mark:
    """What lies above it is new."""

    at: datetime
    ids: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, state: object, floor: datetime) -> "Mark":
        """As a cursor keeps it; `floor` where it keeps none that can be read."""
        kept = state if isinstance(state, list) and len(state) == 2 else [None, None]
        at = moment(kept[0]) if isinstance(kept[0], str) else None
        ids = {one for one in kept[1] if isinstance(one, str)} if isinstance(kept[1], list) else set()
        return cls(at, ids) if at is not None and at >= floor else cls(floor)

    def state(self) -> list[Any]:
        """For a cursor."""
        return [self.at.astimezone(UTC).isoformat(), sorted(self.ids)[:_MOST_IDS]]

    def is_new(self, external_id: str, at: datetime) -> bool:
        """Whether something lies above."""
        return at > self.at or (at == self.at and external_id not in self.ids)

    def raised(self, seen: Iterable[tuple[str, datetime]], ceiling: datetime) -> "Mark":
        """The mark after these were read. What is newer than `ceiling`, when the reading began, is read again next
        time: something a little older may have come behind the reader's back."""
        mark = Mark(self.at, set(self.ids))
        for external_id, at in seen:
            if at > ceiling:
                continue
            if at > mark.at:
                mark = Mark(at)
            if at == mark.at:
                mark.ids.add(external_id)
        return mark
