"""Who is given what: never somebody away, never too much, in a fixed order, fairly, and with the reason."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.assignment import Person, Waiting, assign, order

T0 = datetime(2026, 5, 1, 9, tzinfo=UTC)
LANGUAGES = ("", "en", "de", "fr")
WORDS = ("refund", "tyres", "warranty")

times = st.integers(0, 600).map(lambda minutes: T0 + timedelta(minutes=minutes))
ids = st.integers(1, 8)
sets_of = {name: st.frozensets(st.sampled_from(values), max_size=2) for name, values in [("word", WORDS)]}
conversations = st.lists(
    st.builds(
        Waiting,
        id=st.integers(1, 500),
        since=times,
        priority=st.integers(0, 3),
        due_at=st.none() | times,
        language=st.sampled_from(LANGUAGES),
        words=sets_of["word"],
        known_to=st.frozensets(ids, max_size=2),
        not_to=st.frozensets(ids, max_size=1),
    ),
    max_size=40,
    unique_by=lambda one: one.id,
)
colleagues = st.lists(
    st.builds(
        Person,
        id=ids,
        is_here=st.booleans(),
        open=st.integers(0, 12),
        capacity=st.integers(0, 10),
        languages=st.frozensets(st.sampled_from(LANGUAGES[1:]), max_size=2),
        skills=sets_of["word"],
        today=st.integers(0, 5),
        last_given=st.none() | times,
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


def person(number, **facts):
    return Person(**{"id": number, "is_here": True, "open": 0, "capacity": 10, **facts})


def waiting(number, **facts):
    return Waiting(**{"id": number, "since": T0 + timedelta(minutes=number), **facts})


def who(waits, people):
    return {one.conversation: one.person for one in assign(waits, people)}


def why(waits, people):
    return assign([waits], people)[0].explanation


@given(conversations, colleagues)
def test_nobody_is_given_more_than_they_take_and_nobody_who_is_away_anything(waits, people):
    by_id = {one.id: one for one in people}
    taken = Counter(one.person for one in assign(waits, people))
    for number, count in taken.items():
        assert by_id[number].is_here
        assert by_id[number].open + count <= by_id[number].capacity


@given(conversations, colleagues)
def test_each_is_given_at_most_once_and_in_the_order_of_all(waits, people):
    done = [one.conversation for one in assign(waits, people)]
    places = [one.id for one in order(waits)]
    assert sorted(done, key=places.index) == done
    assert len(set(done)) == len(done)


@given(conversations, colleagues, st.randoms())
def test_the_same_facts_in_another_order_give_the_same(waits, people, chance):
    mixed, others = list(waits), list(people)
    chance.shuffle(mixed)
    chance.shuffle(others)
    assert assign(mixed, others) == assign(waits, people)


@given(conversations)
def test_the_order_is_total(waits):
    keys = [(-one.priority, one.due_at is None, one.due_at or T0, one.since, one.id) for one in order(waits)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@given(conversations, colleagues)
def test_a_language_goes_to_who_speaks_it_where_anybody_who_is_there_does(waits, people):
    by_id = {one.id: one for one in people}
    facts = {one.id: one for one in waits}
    for one in assign(waits, people):
        asked, chosen = facts[one.conversation], by_id[one.person]
        able = [
            other for other in people if other.is_here and (not other.languages or asked.language in other.languages)
        ]
        if asked.language and able:
            assert chosen in able


@given(conversations, colleagues)
def test_what_waits_could_be_taken_by_nobody_who_may(waits, people):
    done = assign(waits, people)
    taken = Counter(one.person for one in done)
    free = [one for one in people if one.is_here and one.open + taken[one.id] < one.capacity]
    left = [one for one in waits if one.id not in {given.conversation for given in done}]
    for one in left:
        present = [other for other in people if other.is_here]
        able = [
            other for other in present if not one.language or not other.languages or one.language in other.languages
        ]
        assert not [other for other in able or present if other in free]


@given(st.integers(0, 60), st.integers(1, 8))
def test_equals_are_given_as_many_but_for_one(count, people):
    taken = Counter(
        who([waiting(number) for number in range(count)], [person(n, capacity=99) for n in range(people)]).values()
    )
    given = [taken[number] for number in range(people)]
    assert sum(given) == count
    assert max(given) - min(given) <= 1


def test_who_was_given_fewest_today_catches_up_first():
    team = [person(1, today=3), person(2, today=1)]
    assert who([waiting(number) for number in range(4)], team) == {0: 2, 1: 2, 2: 1, 3: 2}


def test_the_more_urgent_and_the_sooner_due_come_before_who_has_waited_longer():
    waits = [
        waiting(1),
        waiting(2, due_at=T0 + timedelta(hours=2)),
        waiting(3, due_at=T0 + timedelta(hours=1)),
        waiting(4, priority=3),
    ]
    random.Random(7).shuffle(waits)
    assert [one.id for one in order(waits)] == [4, 3, 2, 1]


def test_it_waits_for_who_speaks_its_language_while_they_are_full():
    assert who([waiting(1, language="de")], [person(1, languages={"de"}, open=10), person(2, languages={"en"})]) == {}


def test_where_nobody_speaks_its_language_somebody_gets_it_and_it_is_said():
    team = [person(1, languages=frozenset({"en"}))]
    assert why(waiting(1, language="fi"), team)["spoken"] == "nobody"


@pytest.mark.parametrize(
    ("waits", "team", "chosen", "by"),
    [
        ({}, [person(1, is_here=False), person(2)], 2, "only"),
        ({"not_to": frozenset({1})}, [person(1), person(2, today=9, skills=frozenset({"x"}))], 2, "others"),
        ({"not_to": frozenset({1})}, [person(1)], 1, "only"),
        ({"words": frozenset({"Refund"})}, [person(1), person(2, skills=frozenset({"refund"}), today=9)], 2, "skills"),
        ({"known_to": frozenset({2})}, [person(1), person(2, today=9)], 2, "before"),
        ({}, [person(1, today=2), person(2, today=1)], 2, "today"),
        ({}, [person(1, open=4), person(2, open=3)], 2, "open"),
        ({}, [person(1, last_given=T0 + timedelta(hours=1)), person(2, last_given=T0)], 2, "longest"),
        ({}, [person(1, last_given=T0), person(2)], 2, "longest"),
        ({}, [person(2), person(1)], 1, "turn"),
    ],
)
def test_what_decided_is_told(waits, team, chosen, by):
    (only,) = assign([waiting(1, **waits)], team)
    assert (only.person, only.explanation["by"]) == (chosen, by)


def test_the_explanation_holds_what_was_known_then():
    team = [person(1, languages=frozenset({"de"}), skills=frozenset({"Tyres"}), open=3, today=2), person(2, open=4)]
    waits = waiting(1, language="de", words=frozenset({"tyres"}), known_to=frozenset({1}))
    assert why(waits, team) == {
        "language": "de",
        "spoken": "yes",
        "skills": ["Tyres"],
        "before": True,
        "open": 3,
        "capacity": 10,
        "today": 2,
        "by": "skills",
    }
