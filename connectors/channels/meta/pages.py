"""Makes a page of what is new among the things that an answer lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.channels.meta.graph import Answer, Graph
from connectors.channels.meta.lists import own_id, time_of
from connectors.channels.meta.marks import Mark
from connectors.channels.meta.refusals import ENOUGH
from connectors.channels.meta.shapes import Json, moment
from connectors.clean import MAX_DEPTH, TooDeep, storable
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Gap, Malformed, Page

# What was listed, and the items that it holds.
Found = Sequence[tuple[Any, Sequence[Json]]]


@dataclass(slots=True)
class Pages:
    """Pages of one reading. `state` is the cursor as it grows; each page takes a copy of what it is by then."""

    network: str
    state: Json
    is_own: Callable[[Json], bool]
    graph: Graph
    gaps: list[Gap] = field(default_factory=list)

    def of(self, found: Found, mark: Mark, place: Json, answer: Answer) -> Callable[[], Page]:
        """What lies above `mark`; notes in `place` how far the reading has come. Made when it is called for."""
        items: list[Incoming] = []
        malformed: list[Malformed] = []
        seen: list[tuple[str, datetime]] = []
        for payload, told in found:
            if not isinstance(payload, dict):
                malformed.append(self.malformed(payload, "It is no object."))
            for one in told:
                try:
                    item = parse(one, network=self.network)
                except Rejected as error:
                    at = time_of(payload)
                    if at is None or mark.is_new(own_id(payload), at):
                        malformed.append(self.malformed(payload, str(error)))
                    continue
                seen.append((item.external_id, item.posted_at))
                if mark.is_new(item.external_id, item.posted_at) and not self.is_own(one):
                    items.append(item)
        began = moment(place.get("began")) or answer.at
        before = Mark.of(place["newest"], mark.at) if place.get("newest") else mark
        place["newest"] = before.raised(seen, began).state()
        return lambda: self._made(items, malformed)

    def empty(self, malformed: Sequence[Malformed] = ()) -> Page:
        """A page for its cursor, or for what could not be read."""
        return self._made((), malformed)

    def malformed(self, payload: Any, reason: str) -> Malformed:
        """What could not be read, as it can be stored."""
        return Malformed(payload=kept(payload), reason=reason, position=own_id(payload) or self.network)

    def _made(self, items: Sequence[Incoming], malformed: Sequence[Malformed]) -> Page:
        gaps, self.gaps = tuple(self.gaps), []
        used = self.graph.used
        is_enough = used is not None and used.percent >= ENOUGH
        return Page(
            items=items,
            malformed=malformed,
            cursor=_copy(self.state),
            gaps=gaps,
            calls_left=0 if is_enough else None,
            calls_reset_at=used.free_at if used is not None and is_enough else None,
        )


def kept(payload: Any) -> Any:
    """A payload as it can be stored."""
    try:
        return storable({"payload": payload})[0]["payload"]
    except TooDeep:
        return {"not_kept": f"nested more than {MAX_DEPTH} levels deep"}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(one) for name, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value
