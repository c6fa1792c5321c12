"""What the Graph API lists, described: single things (`Stream`), and threads that grow (`Threads`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.channels.meta.shapes import Json, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Single things, newest first."""

    name: str
    path: str
    params: Json
    read: Callable[[Json], Sequence[Json]]


def _nothing(thread: Json) -> Sequence[Json]:
    return ()


def _never(thread: Json) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Threads:
    """Things that grow. `sign` tells whether to look closer, `parts` names path and parameters of what is in one.

    `begun` is the time by which the list is in order: the thread's beginning, or its last change (`by_change`).
    `read` makes items of an element and its thread, `itself` of the thread alone where it is a message, too. Where
    elements are `newest_first` the reading of a thread ends where the known ones begin. `most`: how many threads a
    pull looks at. `readable`: how many elements Meta shows at all. `empty`: nothing is in it, so nobody needs to ask.
    """

    name: str
    path: str
    params: Json
    sign: Callable[[Json], str]
    begun: Callable[[Json], datetime | None]
    parts: Callable[[Json], tuple[str, Json]]
    read: Callable[[Json, Json], Sequence[Json]]
    itself: Callable[[Json], Sequence[Json]] = _nothing
    empty: Callable[[Json], bool] = _never
    newest_first: bool = True
    by_change: bool = False
    most: int | None = None
    readable: int | None = None


def time_of(told: object) -> datetime | None:
    """When something was said, by either network's name for it."""
    return moment(told.get("created_time") or told.get("timestamp")) if isinstance(told, dict) else None


def last(times: Sequence[datetime | None]) -> datetime | None:
    """The last time that is one."""
    return next((at for at in reversed(times) if at is not None), None)


def own_id(told: Any) -> str:
    """The id of an object; empty for what is none."""
    value = told.get("id") if isinstance(told, dict) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
