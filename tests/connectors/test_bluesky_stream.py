"""The walk through a stream that lists by claimed times, against servers with bad habits; no network."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.bluesky.stream import FIRST_PAGES, Entry, Stream, Stuck

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Timeline:
    """Posts by name with their claimed minute; those that have arrived are served, newest claim first."""

    posts: dict[str, float] = field(default_factory=dict)
    limit: int = 10
    by_offset: bool = False
    asked: int = 0

    def page(self, token: str) -> tuple[list[Entry], str]:
        self.asked += 1
        ordered = sorted(self.posts.items(), key=lambda one: (-one[1], one[0]))
        if self.by_offset:
            start = int(token or 0)
        else:
            start = next(
                (n for n, one in enumerate(ordered) if not token or f"{one[1]}/{one[0]}" == token), len(ordered)
            )
        page = ordered[start : start + self.limit]
        rest = ordered[start + self.limit :]
        following = str(start + self.limit) if self.by_offset else f"{rest[0][1]}/{rest[0][0]}" if rest else ""
        entries = [Entry(name, at := START + timedelta(minutes=minute), at) for name, minute in page]
        return entries, following if rest else ""


def read(timeline: Timeline, state: Any, now: datetime, pages: int = 10**6) -> tuple[list[str], Any]:
    """What a pull takes that dies after so many pages, and the state that it leaves."""
    stream = Stream.of(json.loads(json.dumps(state)))
    was_open = stream.is_open
    taken: list[str] = []
    for _ in range(2 if was_open else 1):
        stream.begin(now)
        while stream.is_open and pages:
            entries, token = timeline.page(stream.token)
            taken += stream.heard(entries, token)
            pages -= 1
    return taken, stream.state()


@settings(max_examples=200)
@given(st.data())
def test_r1_everything_is_taken_once_whatever_dies_and_however_late_it_claims_to_be(data: Any) -> None:
    timeline = Timeline(limit=data.draw(st.integers(1, 12)), by_offset=data.draw(st.booleans()))
    state: Any = {}
    taken: list[str] = []
    for minute in range(0, data.draw(st.integers(1, 12)) * 20, 20):
        for n in range(data.draw(st.integers(0, 15))):
            late = data.draw(st.sampled_from([0, 0, 0, 5, 50, 300, 1200]))
            timeline.posts[f"{minute}-{n}"] = minute - late - n / 100
        for _ in range(data.draw(st.integers(0, 2))):
            more, state = read(timeline, state, START + timedelta(minutes=minute), data.draw(st.integers(1, 3)))
            taken += more
    for _ in range(3):
        more, state = read(timeline, state, START + timedelta(days=1))
        taken += more
    first_cut = len(timeline.posts) > FIRST_PAGES * timeline.limit
    assert len(taken) == len(set(taken))
    assert set(taken) == timeline.posts.keys() or first_cut


def test_a_post_that_claims_to_be_forty_hours_old_is_found_within_the_hour() -> None:
    timeline = Timeline({f"a{n}": -n for n in range(3000)}, limit=100)
    taken, state = read(timeline, {}, START)
    assert len(taken) == FIRST_PAGES * 100
    timeline.posts["late"] = -40 * 60 - 0.5
    soon, state = read(timeline, state, START + timedelta(minutes=1))
    later, _ = read(timeline, state, START + timedelta(minutes=61))
    assert "late" not in soon
    # With it comes what the first reading, which ends after 2,000, left out of these two days.
    assert "late" in later
    assert set(later) - {"late"} <= {f"a{n}" for n in range(2000, 3000)}


def test_a_quiet_stream_costs_one_call() -> None:
    timeline = Timeline({f"a{n}": -n * 30 for n in range(1000)}, limit=100)
    _, state = read(timeline, {}, START)
    timeline.asked = 0
    taken, _ = read(timeline, state, START + timedelta(minutes=1))
    assert taken == []
    assert timeline.asked == 1


def test_one_liar_does_not_end_a_reading() -> None:
    timeline = Timeline({f"a{n}": n for n in range(50)})
    _, state = read(timeline, {}, START)
    stream = Stream.of(state)
    stream.begin(START + timedelta(minutes=2))
    new = [
        Entry(f"b{n}", START + timedelta(minutes=60 + n), START - timedelta(days=1000 if n == 9 else -1))
        for n in range(10)
    ]
    assert stream.heard(new, "more") == {f"b{n}" for n in range(10)}
    assert stream.is_open


def test_the_same_page_for_ever_ends_in_an_error() -> None:
    stream = Stream()
    stream.begin(START)
    with pytest.raises(Stuck):
        for _ in range(100):
            stream.heard([Entry("a", START, START)], "same")


def test_empty_pages_for_ever_end_in_an_error() -> None:
    stream = Stream()
    stream.begin(START)
    with pytest.raises(Stuck):
        for n in range(100):
            stream.heard([], str(n))


def test_the_cursor_stays_small() -> None:
    timeline = Timeline({f"a{n}": -n / 100 for n in range(20_000)}, limit=1000)
    _, state = read(timeline, {}, START)
    for minute in (1, 70):
        timeline.posts[f"new{minute}"] = minute
        taken, state = read(timeline, state, START + timedelta(minutes=minute))
        assert taken == [f"new{minute}"]
    assert len(json.dumps(state)) < 130_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_state_can_be_read(state: Any) -> None:
    for given_state in (state, {"is_open": True, "token": state, "known": state, "since": state, "floor": state}):
        stream = Stream.of(given_state)
        stream.begin(START)
        stream.heard([Entry("a", None, None)], "")
        assert not stream.is_open
