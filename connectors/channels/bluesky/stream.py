"""How far the reading of a stream has come that is served newest first, by page tokens, and has no "since".

Bluesky orders posts by the time that their authors' programs claim, as far as it lies in the past. So what is new need
not stand at the top: a slow clock, a server that was cut off for hours, or an imported archive puts it further down.
What cannot be faked is when the network first saw a post. A reading therefore goes further down than the newest post
of the last one, takes whatever was seen since and is not known yet, and goes down much further once an hour.

The cursor holds all of that, and the token of a reading that was interrupted. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

# How far below the newest post that is known every reading goes, and how far one does each hour.
REACH = timedelta(hours=1)
FAR = timedelta(hours=48)
FAR_EVERY = timedelta(hours=1)
# The network's machines don't see posts strictly one after the other.
SLACK = timedelta(minutes=10)
# The first reading ends after so many pages; a back-fill brings what is older.
FIRST_PAGES = 20
# So many below the reach, or all of a page, end a reading: a single one may just claim to be old.
_ENOUGH_BELOW = 10
_MOST_KNOWN = 5000
_MOST_EMPTY = 20


class Stuck(Exception):
    """The network keeps sending the same page, or nothing, and says that there is more."""


class Entry(NamedTuple):
    """One post of a page: its name, when the network saw it, and where it stands by the claimed time."""

    name: str
    seen: datetime | None
    place: datetime | None


@dataclass(slots=True)
class Stream:
    """Times as milliseconds, 0 for none. `since`: the newest of the last finished reading; `far`: the same of the last
    one that went far down, at `far_at` by our clock; `known`: what was taken since then. The rest is of a reading that
    has begun: the token of its next page, how far down it goes, the newest that it saw, how many pages it read."""

    since: int = 0
    far: int = 0
    far_at: int = 0
    known: dict[str, int] = field(default_factory=dict)
    is_open: bool = False
    token: str = ""
    goal: int = 0
    newest: int = 0
    pages: int = 0
    is_far: bool = False
    _empty: int = field(default=0, init=False)
    _asked: set[str] = field(default_factory=set, init=False)

    @classmethod
    def of(cls, state: object) -> "Stream":
        """As a cursor keeps it; whatever is broken counts as nothing."""
        given = state if isinstance(state, dict) else {}
        numbers = {name: _number(given.get(name)) for name in ("since", "far", "far_at", "goal", "newest", "pages")}
        known, token = given.get("known"), given.get("token")
        return cls(
            **numbers,
            known={str(name): _number(at) for name, at in known.items()} if isinstance(known, dict) else {},
            token=token if isinstance(token, str) else "",
            is_open=given.get("is_open") is True and isinstance(token, str),
            is_far=given.get("is_far") is True,
        )

    def state(self) -> dict[str, Any]:
        """For a cursor."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}

    def begin(self, now: datetime) -> None:
        """Start a reading at the top, unless one was interrupted."""
        self._asked.clear()
        self._empty = 0
        if self.is_open:
            self._asked.add(self.token)
            return
        at = _milliseconds(now)
        self.is_far = not self.since or at - self.far_at >= FAR_EVERY // _MS or self.far_at > at
        down = (FAR if self.is_far else REACH) // _MS
        self.goal = max(self.since - down, 0) if self.since else 0
        self.is_open, self.token, self.newest, self.pages = True, "", 0, 0
        if self.is_far:
            self.far_at = at

    def again(self, now: datetime) -> None:
        """Start the reading anew: the network no longer takes its token. Nothing that is known is taken twice."""
        self.is_open = False
        self.begin(now)

    def heard(self, page: Iterable[Entry], token: str) -> set[str]:
        """Take note of a page; returns the names of what is new on it. The reading is over when `is_open` is False.

        Raises Stuck.
        """
        entries = list(page)
        floor = self.far - SLACK // _MS if self.far else 0
        fresh = [one for one in entries if one.name not in self.known and self._seen(one) > floor]
        self.known |= {one.name: self._seen(one) for one in fresh}
        self.newest = max([self.newest, *(_milliseconds(one.seen) for one in entries if one.seen)])
        self.pages += 1
        self._empty = 0 if entries else self._empty + 1
        below = sum(1 for one in entries if one.place and _milliseconds(one.place) < self.goal)
        is_first = not self.since and self.pages >= FIRST_PAGES
        if not token or is_first or (entries and below >= min(_ENOUGH_BELOW, len(entries))):
            self._close()
        elif self._empty > _MOST_EMPTY or token in self._asked:
            raise Stuck
        else:
            self._asked.add(token)
            self.token = token
        return {one.name for one in fresh}

    def _close(self) -> None:
        self.since = max(self.since, self.newest)
        if self.is_far:
            self.far = self.since
            self.known = {name: at for name, at in self.known.items() if at > self.far - SLACK // _MS}
        if len(self.known) > _MOST_KNOWN:
            newest = sorted(self.known.items(), key=lambda one: one[1])[-_MOST_KNOWN:]
            self.known = dict(newest)
        self.is_open, self.token, self.goal, self.newest, self.pages = False, "", 0, 0, 0

    def _seen(self, one: Entry) -> int:
        """When it was seen; what doesn't say counts as new until it is known."""
        return _milliseconds(one.seen) if one.seen else self.since or _milliseconds(datetime.now(UTC))


_MS = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
