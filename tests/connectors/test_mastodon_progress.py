"""Reading from the top down to what is known: nothing is lost and nothing comes twice, whoever dies when."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connectors.channels.mastodon.progress import FIRST, KNOWN, Progress, Seen

START = datetime(2026, 11, 1, tzinfo=UTC)
PAGE = 5


class Reading(RuleBasedStateMachine):
    """A list that grows at the top and, belatedly, a little below it, and loses entries; a reader that dies now and
    then between two pages."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Seen] = []
        self.count = 0
        self.taken: set[str] = set()
        self.twice: set[str] = set()
        self.state: dict[str, Any] = {}
        self.settled = True

    def _new(self, place: int) -> None:
        self.count += 1
        self.entries.insert(place, Seen(f"id{self.count}", START + timedelta(minutes=self.count)))
        self.settled = False

    @rule(count=st.integers(1, 12))
    def grow(self, count: int) -> None:
        for _ in range(count):
            self._new(0)

    @rule(place=st.integers(0, PAGE - 2))
    def arrive_late(self, place: int) -> None:
        # A reading that is under way may be past it already.
        if not Progress.of(self.state).is_open and len(self.entries) > PAGE:
            self._new(place)

    @rule(data=st.data())
    def disappear(self, data: st.DataObject) -> None:
        if self.entries:
            gone = data.draw(st.sampled_from(self.entries))
            self.entries.remove(gone)

    @rule(dies_after=st.integers(1, 6))
    def read(self, dies_after: int) -> None:
        progress = Progress.of(json.loads(json.dumps(self.state)))
        for _ in range(2 if progress.is_open else 1):
            more = True
            while more:
                page = self._page(progress.until)
                news = progress.unknown(page)
                self.twice |= news & self.taken
                self.taken |= news
                more = progress.heard(page, "", START + timedelta(days=1))
                if not more:
                    progress.close()
                self.state = progress.state()
                dies_after -= 1
                if dies_after == 0 and more:
                    return
        self.settled = True

    def _page(self, until: str) -> list[Seen]:
        if not until:
            return self.entries[:PAGE]
        # As servers do it: below that id, whether its entry is still there or not.
        at = int(until.removeprefix("id"))
        places = [n for n, one in enumerate(self.entries) if one.id == until]
        start = (
            places[0] + 1
            if places
            else next((n for n, one in enumerate(self.entries) if int(one.id[2:]) < at), len(self.entries))
        )
        return self.entries[start : start + PAGE]

    @invariant()
    def everything_that_is_there_was_taken(self) -> None:
        if self.settled:
            assert {one.id for one in self.entries} <= self.taken

    @invariant()
    def nothing_came_twice(self) -> None:
        assert not self.twice


Reading.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestReading = Reading.TestCase


@given(
    state=st.dictionaries(
        st.sampled_from("known fresh until count".split()),
        st.none() | st.text() | st.integers() | st.lists(st.text() | st.integers()),
    )
)
def test_a_cursor_may_hold_anything(state: dict[str, Any]) -> None:
    progress = Progress.of(state)
    progress.heard([Seen("1", None), Seen("?x", START)], "", START)
    progress.close()
    assert set(json.loads(json.dumps(progress.state()))) <= {"known"}


def test_a_server_that_shows_the_same_page_again_and_again_comes_to_an_end() -> None:
    progress = Progress()
    page = [Seen(str(n), START) for n in range(40)]
    assert progress.heard(page, "", START)
    assert not progress.heard(page, "", START)


def test_a_page_of_which_all_is_hidden_is_not_the_end() -> None:
    progress = Progress()
    assert progress.heard([Seen("9", START)], "9", START)
    assert progress.heard([], "5", START)
    assert progress.until == "5"
    assert not progress.heard([], "5", START)


def test_the_first_reading_ends_with_what_is_old_and_many() -> None:
    old = START - timedelta(days=100)
    progress = Progress()
    pages = 0
    while progress.heard([Seen(f"{pages}-{n}", old) for n in range(80)], "", START):
        pages += 1
        assert pages < 100
    assert FIRST <= progress.count < FIRST + 80
    progress.close()
    assert len(progress.known) == KNOWN
