"""The walk through a span against servers that misbehave in every way that can be thought of; no network."""

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.x.spans import Reading, Span, Stuck


@dataclass
class Timeline:
    """Serves ids newest first. `limit` a page; the flags are its bad habits."""

    ids: list[int]
    limit: int = 10
    knows_until: bool = True
    knows_since: bool = True
    tokens: bool = True
    asked: int = 0
    mischief: list[str] = field(default_factory=list)
    served: set[int] = field(default_factory=set)
    last: tuple[list[int], str] = ([], "")

    def page(self, reading: Reading) -> tuple[list[int], str]:
        self.asked += 1
        assert self.asked < 2000, "it loops"
        span = reading.span
        left = sorted(self.ids, reverse=True)
        if span.since and self.knows_since:
            left = [one for one in left if one > int(span.since)]
        if span.until and self.knows_until:
            left = [one for one in left if one < int(span.until)]
        if reading.token:
            left = [one for one in left if one < int(reading.token)]
        page = left[: self.limit]
        token = str(page[-1]) if self.tokens and len(left) > self.limit else ""
        match self.mischief.pop() if self.mischief else "":
            case "repeat" if self.last[0]:
                page, token = self.last
            case "shrink":
                page = page[: (len(page) + 1) // 2]
            case "shrink without token" if len(page) > 1:
                page, token = page[: len(page) // 2], ""
            case "empty" if token:
                page = []
            case "three old ones":
                old = sorted(self.served | {one for one in self.ids if span.since and one <= int(span.since)})
                page = sorted({*random.sample(old, min(3, len(old))), *page}, reverse=True)
        self.last = (page, token)
        self.served |= set(page)
        return page, token


def read(timeline: Timeline, span: Span, *, stop_after: int = 10**9) -> tuple[set[int], Span, bool]:
    """Walks to the end, or until so many pages are committed; what was seen, the committed span, whether it ended."""
    reading, seen = Reading(span), set()
    committed = span.state()
    for _ in range(stop_after):
        page, token = timeline.page(reading)
        more = reading.heard(map(str, page), token, empty=not page)
        seen |= set(page)
        if not more:
            reading.span.close()
        committed = reading.span.state()
        if not more:
            return seen, Span.of(committed), True
    return seen, Span.of(committed), False


HABITS: list[dict[str, Any]] = [
    {},
    {"tokens": False},
    {"knows_until": False},
    {"knows_since": False},
    {"knows_until": False, "knows_since": False},
]


@pytest.mark.parametrize("habits", HABITS, ids=str)
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 95, 100])
def test_every_post_is_read_and_the_next_reading_begins_above_them(habits: dict[str, Any], count: int) -> None:
    timeline = Timeline(list(range(1000, 1000 + count)), **habits)
    seen, span, ended = read(timeline, Span())
    assert ended
    assert seen == set(timeline.ids)
    assert span == (Span(since=str(max(timeline.ids))) if count else Span())


@pytest.mark.parametrize("habits", HABITS, ids=str)
def test_a_later_reading_brings_what_is_new_and_stops_at_what_is_known(habits: dict[str, Any]) -> None:
    timeline = Timeline(list(range(1000, 1100)), **habits)
    _, span, _ = read(timeline, Span())
    timeline.ids += range(2000, 2035)
    timeline.asked = 0
    seen, span, ended = read(timeline, span)
    assert ended
    assert seen >= set(range(2000, 2035))
    assert span == Span(since="2034")
    assert timeline.asked <= 14


@settings(max_examples=300, deadline=None)
@given(
    ids=st.lists(st.integers(10**9, 10**9 + 500), unique=True, max_size=120),
    kills=st.lists(st.integers(1, 6), max_size=25),
    arrivals=st.lists(st.integers(1, 15), max_size=25),
    mischief=st.lists(st.sampled_from(["", "", "repeat", "shrink", "empty", "three old ones"]), max_size=40),
    limit=st.integers(2, 20),
)
def test_r1_whoever_dies_between_two_pages_comes_back_for_the_older_ones(
    ids: list[int], kills: list[int], arrivals: list[int], mischief: list[str], limit: int
) -> None:
    # A server that repeats itself three times in a row and never has a token is one that doesn't know until_id.
    timeline = Timeline(ids, limit=limit, mischief=[one for act in mischief for one in (act, "")])
    everything, span, newest = set(), Span(), 2 * 10**9
    for pages, arriving in zip(kills, [*arrivals, *[0] * 25], strict=False):
        try:
            seen, span, _ = read(timeline, span, stop_after=pages)
        except Stuck:
            continue
        everything |= seen
        timeline.ids += range(newest, newest + arriving)
        newest += arriving
    timeline.mischief.clear()
    for _ in range(3):
        seen, span, ended = read(timeline, span)
        assert ended
        everything |= seen
    assert everything == set(timeline.ids)


def test_a_page_that_is_short_and_names_no_next_one_does_not_end_the_span() -> None:
    timeline = Timeline(list(range(100, 200)), mischief=["shrink without token"] * 5)
    seen, _, ended = read(timeline, Span())
    assert ended
    assert seen == set(timeline.ids)


def test_an_empty_page_between_two_full_ones_does_not_end_the_span() -> None:
    timeline = Timeline(list(range(100, 200)), mischief=["empty", "", "empty", "empty", ""])
    seen, _, ended = read(timeline, Span())
    assert ended
    assert seen == set(timeline.ids)


def test_the_same_page_for_ever_is_given_up_and_the_span_stays_open() -> None:
    timeline = Timeline(list(range(100, 200)), mischief=["repeat"] * 1000)
    span = Span()
    with pytest.raises(Stuck):
        read(timeline, span)
    assert timeline.asked < 15
    assert span.is_open


def test_ids_that_are_none_neither_move_nor_stop_it() -> None:
    reading = Reading(Span())
    assert reading.heard(["", "x", "1e5", "٣", "9" * 5000, "-4"], "", empty=False)
    assert reading.span == Span()


@pytest.mark.parametrize("state", [{}, {"since": None}, {"since": 5, "until": [], "newest": "x"}, {"since": "-1"}])
def test_a_broken_cursor_begins_anew(state: dict[str, object]) -> None:
    assert Span.of(state).until == ""
    assert Span.of(state).since in ("", "5")
