"""Finding messages, newest first, however many there are, and saying so where it takes too long.

What is asked is looked for where least has to be read: among the messages of few persons or few conversations, if that
is what was asked; else among the newest, where words that are common stand; else week by week in the index of words,
in steps that grow as long as little is found. Nothing is counted. When the time is up, what was found is told, and how
far back was looked.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from inbox.cursors import Cursor
from inbox.patience import FROM_FEW, TooLong, patience
from inbox.search import words
from inbox.search.conditions import Narrowing, Sql, joined
from inbox.search.query import Query
from inbox.timeline import NEWEST

PAGE = 20
# Milliseconds of one statement and of a whole search.
STATEMENT_MS, SEARCH_MS = 400, 600
# So few persons or conversations are begun with, and so few messages are read through at once.
_FEW, _AT_ONCE = 2_000, 5_000
# The newest messages are read without an index of words: what is common stands in them. And so many more, step by step,
# where no words are given.
_NEWEST, _GROWTH = (200, 2_000), 4
# Milliseconds that a step through the index of words should take.
_STEP_MS = 60
_WEEK = timedelta(days=7)
# Where weeks begin: a Monday. The same in the index, see migration 0010.
_MONDAY = datetime(2000, 1, 3, tzinfo=UTC)
WEEK = "date_bin('7 days', m.posted_at, timestamptz '2000-01-03 00:00:00+00')"
# A reply that was taken back is nobody's business. Looked up for those of our own messages that have the words.
_SAID = "(m.direction = 'in' OR (SELECT state FROM inbox_delivery WHERE message_id = m.id) IS DISTINCT FROM 'draft')"
_COLUMNS = "m.id, m.conversation_id, m.identity_id, m.posted_at, m.direction, m.kind, m.title, left(m.text, 4000)"


class Hit(NamedTuple):
    """A message that was found."""

    id: int
    conversation_id: int
    identity_id: int
    at: datetime
    direction: str
    kind: str
    title: str
    text: str


@dataclass(slots=True)
class Found:
    """A page of messages. `next`: where the next page begins; `reached`: how far back was looked, where time was up."""

    hits: list[Hit] = field(default_factory=list)
    next: Cursor | None = None
    reached: Cursor | None = None


def find(query: Query, narrowing: Narrowing, before: Cursor | None, size: int = PAGE) -> Found:
    """The newest messages of which a query is true, below a place. Some statements, each with a limit of time."""
    search = _Search(query, narrowing, size, before or NEWEST)
    try:
        with patience(STATEMENT_MS, **FROM_FEW):
            search.run()
    except TooLong:
        return Found(search.hits, reached=search.place)
    hits = search.hits
    last = hits[size - 1] if len(hits) > size else None
    return Found(hits[:size], next=Cursor(last.at, last.id) if last else None)


class _Search:
    """One search under way: what is asked, what was found, and the place down to which everything was looked at."""

    def __init__(self, query: Query, narrowing: Narrowing, size: int, place: Cursor) -> None:
        self.size, self.place, self.hits = size, place, list[Hit]()
        self.is_at_end = False
        if narrowing.until:
            self.place = min(place, Cursor(narrowing.until, 0))
        self.since = narrowing.since
        self.narrowing = narrowing
        self.match, self.possible = words.matching(query), words.possible(query)
        asked = [one.message for one in narrowing.conditions if one.message] + words.unindexed(query)
        self.filters = joined([*asked, Sql(_SAID)])
        self.checks = words.has(query)
        self._ends = time.monotonic() + SEARCH_MS / 1000

    def run(self) -> None:
        """Look in the way that reads least."""
        few = self._few()
        if few is not None:
            self._all_of(few)
        elif self.match:
            for count in _NEWEST:
                if self.goes_on:
                    self._newest(count)
            self._by_weeks()
        else:
            self._walk()

    @property
    def goes_on(self) -> bool:
        """Whether more is to be found, and to be looked at."""
        return self.missing > 0 and not self.is_at_end

    @property
    def missing(self) -> int:
        """How many are still to be found; one more than a page tells whether there is a next one."""
        return self.size + 1 - len(self.hits)

    def _few(self) -> Sql | None:
        """The condition that leaves only messages that can all be read, where there is one."""
        for condition in self.narrowing.conditions:
            for column, asked in (("identity_id", condition.identities), ("conversation_id", condition.conversations)):
                if asked is None:
                    continue
                ids = [row[0] for row in self._run(f"{asked.text} LIMIT {_FEW + 1}", asked.params)]
                if len(ids) > _FEW:
                    continue
                few = Sql(f"m.{column} = ANY(%s)", (ids,))
                counted = f"SELECT FROM inbox_message m WHERE {few.text} LIMIT %s"  # noqa: S608 - constants
                if len(self._run(counted, [*few.params, _AT_ONCE + 1])) <= _AT_ONCE:
                    return few
                # Many messages of few: they narrow what the words find.
                self.filters = joined([few, self.filters])
        return None

    def _all_of(self, few: Sql) -> None:
        self._take(f"inbox_message m WHERE {few.text}", few.params, self.checks)

    def _newest(self, count: int) -> None:
        """Read the next `count` messages one by one."""
        below, params = self._below()
        ids = f"SELECT id, posted_at FROM inbox_message m WHERE {below} ORDER BY posted_at DESC, id DESC"  # noqa: S608
        self._take(f"({ids} LIMIT %s) m WHERE true", [*params, count], self.checks)
        if not self.missing:
            return
        if self.hits:
            # Should the time end now: down to there everything was found.
            self.place = min(self.place, Cursor(self.hits[-1].at, self.hits[-1].id))
        end = self._run(f"{ids} OFFSET %s LIMIT 1", [*params, count - 1])
        if end:
            self.place = Cursor(end[0][1], end[0][0])
        self.is_at_end = not end

    def _walk(self) -> None:
        count = _NEWEST[0]
        while self.goes_on:
            self._newest(count)
            count *= _GROWTH

    def _by_weeks(self) -> None:
        """Ask the index of words, step by step. The first step is a week; how wide the next one is follows from how
        long the last one took, and from how much was found."""
        oldest = self._oldest() if self.goes_on else None
        width, looked, start = 1, 0, len(self.hits)
        while self.goes_on and oldest is not None:
            newest = _week(self.place.at)
            left = max(1, (newest - _week(oldest)) // _WEEK + 1)
            width = min(width, left)
            end = newest - (width - 1) * _WEEK
            began = time.monotonic()
            self._words_since(end, whole=width == left)
            looked += width
            self.place, self.is_at_end = Cursor(end, 0), width == left
            width = self._wider(width, 1000 * (time.monotonic() - began), len(self.hits) - start, looked)

    def _wider(self, width: int, took: float, found: int, looked: int) -> int:
        """The weeks of the next step: as many as what is missing needs, were it as frequent as before; as time allows;
        and not many times more than in the last one, for the past may have been livelier."""
        promised = 2 * self.missing * looked // found if found else 4 * width
        return max(1, min(promised, 4 * width, int(width * _STEP_MS / max(took, 1))))

    def _words_since(self, end: datetime, *, whole: bool) -> None:
        assert self.match  # noqa: S101 - by_weeks is for words
        weeks, params = "true", list[Any]()
        if not whole:
            count = (_week(self.place.at) - end) // _WEEK + 1
            weeks, params = f"{WEEK} = ANY(%s::timestamptz[])", [[end + at * _WEEK for at in range(count)]]
        asked = self.possible or self.match
        source = f"inbox_message m WHERE {weeks} AND {words.WORDS} @@ ({asked.text})"
        self._take(source, [*params, *asked.params], self.checks if self.possible else Sql("true"))

    def _take(self, source: str, params: Sequence[Any], checks: Sql) -> None:
        """Add the newest of a source's messages for which everything holds. Only so many are looked at as it takes:
        the source is put in order first, by what is narrow, and what is dear to ask comes last."""
        below, below_params = self._below()
        rows = self._run(
            f"SELECT {_COLUMNS} FROM ("  # noqa: S608 - the parts are constants of this module and its neighbours
            f"  SELECT m.id, m.posted_at FROM {source} AND {below} ORDER BY m.posted_at DESC, m.id DESC OFFSET 0"
            ") o JOIN inbox_message m ON m.id = o.id"
            " JOIN inbox_conversation c ON c.id = m.conversation_id JOIN contacts_identity i ON i.id = m.identity_id"
            f" WHERE {self.filters.text} AND {checks.text} ORDER BY o.posted_at DESC, o.id DESC LIMIT %s",
            [*params, *below_params, *self.filters.params, *checks.params, self.missing],
        )
        self.hits += [Hit(*row) for row in rows]

    def _below(self) -> tuple[str, list[Any]]:
        if self.since is None:
            return "(m.posted_at, m.id) < (%s, %s)", [*self.place]
        return "(m.posted_at, m.id) < (%s, %s) AND m.posted_at >= %s", [*self.place, self.since]

    def _oldest(self) -> datetime | None:
        if self.since is not None:
            return self.since  # type: ignore[no-any-return]
        rows = self._run("SELECT posted_at FROM inbox_message ORDER BY posted_at, id LIMIT 1", [])
        return rows[0][0] if rows else None

    def _run(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        if time.monotonic() > self._ends:
            raise TooLong
        with connection.cursor() as cursor:
            cursor.execute(sql, list(params))
            return list(cursor.fetchall())


def _week(at: datetime) -> datetime:
    """The beginning of a time's week."""
    return _MONDAY + (at - _MONDAY) // _WEEK * _WEEK
