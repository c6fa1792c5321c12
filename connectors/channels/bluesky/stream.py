"""How far the reading of a stream has come that is served newest first, by page tokens, and has no "since".

Bluesky orders posts, and in notifications also dates them, by the time that their authors' programs claim, as far as it
lies in the past. So what is new need not stand at the top: a slow clock, or a server that was cut off for hours, puts
it further down. A reading therefore goes an hour further down than the newest post of the last one, once an hour two
days, and takes whatever it doesn't know by name. The names of those two days stand in the cursor, and with them the
token of a reading that was interrupted. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

# How far below the newest post that is known every reading goes, and how far one does each hour.
NEAR = timedelta(hours=1)
FAR = timedelta(hours=48)
FAR_EVERY = timedelta(hours=1)
# The first reading ends after so many pages; a back-fill brings what is older.
FIRST_PAGES = 20
# So many below the goal, or all of a page, end a reading: a single one may just claim to be old.
_ENOUGH_BELOW = 10
_MOST_KNOWN = 3000
_MOST_EMPTY = 20
_MS = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stuck(Exception):
    """The network keeps sending the same page, or nothing, and says that there is more."""


class Entry(NamedTuple):
    """One post of a page: its name, its time as the network gives it, and the time that it claims itself."""

    name: str
    seen: datetime | None
    claimed: datetime | None


@dataclass(slots=True)
class Stream:
    """Times are milliseconds, 0 for none.

    `since` is the newest time of the last finished reading, `known` the names of what was read since `floor`, below
    which nothing counts as new, `far_at` when a reading last went far down, by our clock. The rest is of a reading that
    has begun: the token of its next page, how far down it goes, the newest that it saw, how many pages it read.
    """

    since: int = 0
    floor: int = 0
    far_at: int = 0
    known: dict[str, int] = field(default_factory=dict)
    is_open: bool = False
    token: str = ""
    goal: int = 0
    newest: int = 0
    pages: int = 0
    _empty: int = field(default=0, init=False)
    _asked: set[str] = field(default_factory=set, init=False)

    @classmethod
    def of(cls, state: object) -> "Stream":
        """As a cursor keeps it; whatever is broken counts as nothing."""
        given = state if isinstance(state, dict) else {}
        numbers = {name: _number(given.get(name)) for name in ("since", "floor", "far_at", "goal", "newest", "pages")}
        known, token = given.get("known"), given.get("token")
        return cls(
            **numbers,
            known={str(name): _number(at) for name, at in known.items()} if isinstance(known, dict) else {},
            token=token if isinstance(token, str) else "",
            is_open=given.get("is_open") is True and isinstance(token, str),
        )

    def state(self) -> dict[str, Any]:
        """For a cursor."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}

    def begin(self, now: datetime) -> None:
        """Start a reading at the top, unless one was interrupted."""
        self._asked = {self.token} if self.is_open else set()
        self._empty = 0
        if self.is_open:
            return
        at = _milliseconds(now)
        is_far = not 0 <= at - self.far_at < FAR_EVERY // _MS
        self.goal = max(self.floor, 0 if is_far else self.since - NEAR // _MS) if self.since else 0
        self.far_at = at if is_far else self.far_at
        self.is_open, self.token, self.newest, self.pages = True, "", 0, 0

    def again(self, now: datetime) -> None:
        """Start the reading anew: the network no longer takes its token. Nothing that is known is taken twice."""
        self.is_open = False
        # It may have been one that goes far.
        self.far_at = 0
        self.begin(now)

    def heard(self, page: Iterable[Entry], token: str) -> set[str]:
        """Take note of a page; returns the names of what is new on it. The reading is over when `is_open` is False.

        Raises Stuck.
        """
        entries = {one.name: one for one in page}
        # What has no time is new until it is known.
        times = {one.name: _milliseconds(one.seen) if one.seen else self.since for one in entries.values()}
        fresh = {name: at for name, at in times.items() if name not in self.known and at >= self.floor}
        self.known |= fresh
        self.newest = max([self.newest, *times.values()])
        self.pages += 1
        self._empty = 0 if entries else self._empty + 1
        below = sum(1 for one in entries.values() if one.claimed and _milliseconds(one.claimed) < self.goal)
        is_first = not self.since and self.pages >= FIRST_PAGES
        if not token or is_first or (entries and below >= min(_ENOUGH_BELOW, len(entries))):
            self._close()
        elif self._empty > _MOST_EMPTY or token in self._asked:
            raise Stuck
        else:
            self._asked.add(token)
            self.token = token
        return set(fresh)

    def _close(self) -> None:
        self.since = max(self.since, self.newest)
        newest = sorted(self.known.items(), key=lambda one: one[1])[-_MOST_KNOWN:]
        self.floor = max(self.floor, self.since - FAR // _MS)
        if len(newest) < len(self.known):
            self.floor = max(self.floor, newest[0][1])
        self.known = {name: at for name, at in newest if at >= self.floor}
        self.is_open, self.token, self.goal, self.newest, self.pages = False, "", 0, 0, 0


def name_of(identity: object) -> str:
    """A short name for a post's address, or for whatever stands in its place."""
    return blake2b(repr(identity)[:10_000].encode("utf-8", "replace"), digest_size=9).hexdigest()


def state_of(cursor: Mapping[str, Any], name: str, subject: str) -> Stream:
    """The stream `name` of a cursor; a new one where it was another account's or another search's."""
    state = cursor.get(name)
    return Stream.of(state) if isinstance(state, dict) and state.get("of") == subject else Stream()


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS


def _number(value: object) -> int:
    return value if type(value) is int and 0 <= value < 2**53 else 0
