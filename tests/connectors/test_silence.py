"""The silence alarm: quiet accounts, nights, storms and holidays raise none; a stop is told soon."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.silence import ACCOUNTS, alarmed, habit_at, played, told_after
from connectors.silence import WEEK, Habit, chance_of, judge

# As the bench measures over four years of each (docs/watching.md): hours until a stop on a Tuesday at ten is told.
TOLD_WITHIN = {
    "quiet, 3 a day": 8 * 24,
    "asleep at night, 280 a day": 3,
    "office hours, 120 a day": 4,
    "storms on 48 a day": 48,
    "big, 7,200 a day": 1,
}


@pytest.mark.parametrize("name", [name for name in ACCOUNTS if "holidays" not in name])
def test_a_year_without_trouble_raises_no_alarm(name):
    counts, times = played(ACCOUNTS[name], seed=1)
    assert len(alarmed(counts, times)) <= 1


def test_a_holiday_is_one_alarm_and_not_a_storm():
    counts, times = played(ACCOUNTS["office hours with ten holidays"], seed=1)
    assert len(alarmed(counts, times)) <= 10


@pytest.mark.parametrize("name", TOLD_WITHIN)
def test_a_sudden_stop_is_told(name):
    counts, times = played(ACCOUNTS[name], seed=1)
    assert told_after(counts, times, 1, keeps=0.0) <= TOLD_WITHIN[name]


def test_a_drop_that_is_no_silence_is_told_too():
    counts, times = played(ACCOUNTS["asleep at night, 280 a day"], seed=1)
    assert told_after(counts, times, 1, keeps=0.1) <= 8


def steady(hours=8 * WEEK, each=20):
    return habit_at([each] * hours, hours)


def ask(habit, last, until, recent=None, **options):
    known = {habit.first + at: n for at, n in enumerate(habit.counts)} | (recent or {})
    return judge(habit, last=last, until=until, slot=int(until) % WEEK, recent=known, **options)


def test_the_answer_says_since_when_and_what_is_usual():
    end = 8 * WEEK
    found = ask(steady(), last=end, until=end + 2)
    assert (found.since, round(found.expected), found.came) == (end, 40, 0)


def test_a_young_channel_has_no_habit():
    hours = 2 * WEEK - 1
    assert ask(steady(hours), last=hours, until=hours + 100) is None
    assert ask(Habit(0, [], []), last=0, until=100) is None
    assert ask(Habit(0, [0] * 3 * WEEK, [at % WEEK for at in range(3 * WEEK)]), last=0, until=3 * WEEK + 900) is None


def test_messages_end_it():
    end = 8 * WEEK
    silent = {at: 0 for at in range(end, end + 6)}
    assert ask(steady(), last=end, until=end + 6, recent=silent, already=True)
    usual_again = silent | {at: 20 for at in range(end + 6, end + 8)}
    assert ask(steady(), last=end + 7.9, until=end + 8, recent=usual_again, already=True) is None


def test_a_few_messages_do_not_end_it():
    end = 8 * WEEK
    few = {end + 5: 1}
    found = ask(steady(), last=end + 5.9, until=end + 6, recent=few, already=True)
    assert found.came == 1
    assert found.expected > 90


def test_an_outage_that_happened_once_does_not_hide_the_next_one():
    counts = [20] * 8 * WEEK
    counts[5 * WEEK : 5 * WEEK + 30] = [0] * 30
    end = len(counts)
    assert ask(habit_at(counts, end), last=end, until=end + 3)


def test_a_silence_that_belongs_to_the_habit_is_none():
    counts = [20 if at % 50 < 40 else 0 for at in range(8 * WEEK)]
    end = len(counts)
    assert ask(habit_at(counts, end), last=end, until=end + 8) is None


@given(st.integers(0, 300), st.floats(0.001, 2000), st.floats(0, 5))
def test_a_chance_is_a_chance(came, expected, dispersion):
    chance = chance_of(came, expected, dispersion)
    assert 0 <= chance <= 1
    assert chance <= chance_of(came + 1, expected, dispersion)


def test_with_little_dispersion_it_is_poissons():
    assert chance_of(0, 3.0, 1e-6) == pytest.approx(chance_of(0, 3.0, 0.0), rel=1e-3)
    assert chance_of(2, 3.0, 0.0) == pytest.approx(np.exp(-3) * (1 + 3 + 4.5))


@given(
    st.lists(st.integers(0, 50), min_size=2 * WEEK, max_size=3 * WEEK),
    st.floats(0, 400),
    st.dictionaries(st.integers(300, 900), st.integers(0, 50), max_size=30),
    st.booleans(),
)
def test_it_judges_whatever_came(counts, silent_for, recent, already):
    end = len(counts)
    found = ask(habit_at(counts, end), last=end, until=end + silent_for, recent=recent, already=already)
    assert found is None or found.expected > found.came
