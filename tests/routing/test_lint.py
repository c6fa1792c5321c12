"""What is said of rules before they are in force. Nothing that is said to never match ever does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.conditions import Outcome, Subject, prepare
from routing.lint import lint
from routing.logic import TooMany, cases, covers
from routing.names import Names
from routing.signals import Customer, Senses, Signals

NAMES = Names(
    departments={"pr", "support", "sales"},
    colleagues={1, 2},
    roles={"critic"},
    calendars={"Office"},
    attributes={"plan": "text", "seats": "number"},
)


def leaf(field, op, value, **more):
    return {"field": field, "op": op, "value": value, **more}


def words(*values):
    return leaf("text", "contains", list(values))


def every(*members):
    return {"all": list(members)}


def some(*members):
    return {"any": list(members)}


def no(*members):
    return {"none": list(members)}


def rule(number, conditions, on=True, **actions):
    actions = actions or {"owner": "pr"}
    return {"id": number, "name": f"Rule {number}", "on": on, "conditions": conditions, "actions": actions}


def said(*rules, names=NAMES):
    return [(one.rule, one.is_error, one.text) for one in lint(rules, names)]


def test_nothing_is_said_of_sound_rules():
    rules = [
        rule(1, every(words("brake", "recall"), leaf("followers", "at_least", 1000)), priority="urgent", go_on=True),
        rule(2, some(words("brake"), leaf("attribute:seats", "at_least", 3)), owner="support", assignee=1),
        rule(3, words("window"), role="critic", tags=["x"]),
        rule(4, words("spam"), spam=True),
    ]
    assert said(*rules) == []


@pytest.mark.parametrize(
    "conditions",
    [
        every(words("brake"), no(words("brake", "recall"))),
        every(words("money back"), no(words("money"))),
        every(leaf("network", "is", "x"), leaf("network", "in", ["email", "instagram"])),
        every(leaf("followers", "at_least", 10), leaf("followers", "at_most", 9)),
        every(leaf("followers", "is", 10), no(leaf("followers", "at_least", 5))),
        every(leaf("verified", "is", True), leaf("verified", "is", False)),
        every(leaf("hours", "open", "Office"), leaf("hours", "closed", "Office")),
        every(leaf("weekday", "in", ["sat", "sun"]), leaf("weekday", "in", ["mon"])),
        every(leaf("time", "between", ["09:00", "12:00"]), leaf("time", "between", ["12:00", "17:00"])),
        every(leaf("language", "is", "de"), leaf("language", "is", "pt-BR")),
        every(leaf("attribute:plan", "is", "gold"), leaf("attribute:plan", "in", ["silver"])),
        every(leaf("attribute:since", "before", "2024-01-01"), leaf("attribute:since", "after", "2024-01-01")),
        every(some(leaf("network", "is", "x"), words("brake")), leaf("network", "is", "email"), no(words("brake"))),
        no(leaf("sentiment", "in", ["negative", "neutral", "positive"])),
        no(every(words("a")), no(words("a"))),
    ],
)
def test_conditions_that_contradict_one_another_are_named(conditions):
    names = Names()
    ((number, is_error, text),) = said(rule(7, conditions), names=names)
    assert (number, is_error) == (7, False) and "can never match" in text


@pytest.mark.parametrize(
    "conditions",
    [
        every(leaf("language", "is", "pt"), leaf("language", "is", "pt-BR")),
        every(leaf("tag", "is", "a"), leaf("tag", "is", "b")),
        every(words("brake"), words("recall"), no(words("money"))),
        every(words("money"), no(words("money back"))),
        every(leaf("followers", "at_least", 10), leaf("followers", "at_most", 10)),
        every(
            leaf("time", "between", ["09:00", "12:00"]), leaf("time", "between", ["12:00", "17:00"], zone="Asia/Tokyo")
        ),
        every(leaf("email_domain", "is", "example.org"), leaf("email_domain", "is", "shop.example.org")),
    ],
)
def test_conditions_that_can_match_are_left_alone(conditions):
    assert said(rule(7, conditions), names=Names()) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (words("brake"), words("brake")),
        (words("brake", "recall"), words("recall")),
        (words("money"), words("my money back")),
        (some(words("brake"), leaf("network", "is", "x")), every(leaf("network", "is", "x"), words("hello"))),
        (leaf("followers", "at_least", 10), leaf("followers", "at_least", 11)),
        (no(words("recall")), no(words("recall", "brake"))),
        (leaf("time", "between", ["08:00", "18:00"]), leaf("time", "between", ["09:00", "17:00"])),
        (leaf("hours", "closed", "Office"), every(no(leaf("hours", "open", "Office")), words("x"))),
    ],
)
def test_a_rule_that_an_earlier_one_leaves_nothing_for_is_named(earlier, later):
    ((number, is_error, text),) = said(rule(1, earlier), rule(2, later))
    assert (number, is_error) == (2, False)
    assert text.startswith("It is never reached: “Rule 1”")
    going_on = rule(1, earlier, owner="pr", go_on=True)
    assert said(going_on, rule(2, later)) == []
    assert said(rule(1, earlier, on=False), rule(2, later)) == []


def test_several_rules_together_may_leave_nothing():
    rules = [rule(1, words("brake")), rule(2, words("recall")), rule(3, words("brake", "recall"))]
    assert said(*rules) == []
    rules[2] = rule(3, some(words("brake"), words("recall")))
    (fault,) = lint(rules, NAMES)
    assert fault.others == (1, 2)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (rule(1, leaf("mood", "is", "bad")), "Use one of"),
        (rule(1, leaf("text", "matches", "(")), "Correct the pattern"),
        (rule(1, words("x"), go_on=True), "does nothing"),
        (rule(1, words("x"), owner="pr", spam=True), "Choose one of both"),
        (rule(1, words("x"), owner="legal"), "“legal” is not there any more"),
        (rule(1, words("x"), owner="pr", contributors=["legal"]), "“legal” is not there any more"),
        (rule(1, words("x"), assignee=9), "does not work here any more"),
        (rule(1, words("x"), role="fan"), "“fan” is not in use any more"),
        (rule(1, leaf("hours", "open", "Shop")), "no working hours called “Shop”"),
        (rule(1, leaf("attribute:size", "is", "big")), "no attribute “size”"),
    ],
)
def test_what_keeps_a_rule_from_being_in_force_is_an_error_with_a_remedy(broken, says):
    ((_, is_error, text),) = said(broken)
    assert is_error and says in text


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        (rule(1, words("x"), owner="pr", contributors=["pr"]), "need not be asked"),
        (rule(1, leaf("text", "matches", ".*")), "matches every text"),
        (rule(1, leaf("role", "in", ["fan", "critic"])), "“fan” is not there any more"),
        (rule(1, leaf("attribute:plan", "at_least", 3)), "cannot be compared like this"),
    ],
)
def test_what_may_be_meant_is_a_warning(odd, says):
    ((_, is_error, text),) = said(odd)
    assert not is_error and says in text


def test_too_many_patterns_are_refused_and_a_thousand_rules_are_looked_at():
    rules = [rule(n, some(leaf("text", "matches", f"a{n}b"), words(f"word{n}", f"other{n}"))) for n in range(1, 1002)]
    faults = lint(rules, NAMES)
    assert [one.rule for one in faults] == [1001] and "1001 patterns" in faults[0].text


AT = datetime(2026, 5, 1, tzinfo=UTC)
LEAVES = st.one_of(
    st.builds(lambda some: words(*some), st.lists(st.sampled_from(["a", "b", "a b", "c", "b c"]), min_size=1)),
    st.builds(leaf, st.just("network"), st.just("in"), st.lists(st.sampled_from(["x", "y", "z"]), min_size=1)),
    st.builds(leaf, st.just("language"), st.just("in"), st.lists(st.sampled_from(["pt", "pt-BR", "de"]), min_size=1)),
    st.builds(leaf, st.just("tag"), st.just("in"), st.lists(st.sampled_from(["a", "b"]), min_size=1)),
    st.builds(leaf, st.just("followers"), st.sampled_from(["is", "at_least", "at_most"]), st.integers(0, 3)),
    st.builds(leaf, st.just("verified"), st.just("is"), st.booleans()),
    st.builds(leaf, st.just("hours"), st.sampled_from(["open", "closed"]), st.sampled_from(["O", "P"])),
    st.builds(leaf, st.just("weekday"), st.just("in"), st.lists(st.sampled_from(["fri", "sat"]), min_size=1)),
    st.builds(
        leaf, st.just("sentiment"), st.just("in"), st.lists(st.sampled_from(["negative", "neutral"]), min_size=1)
    ),
    st.builds(
        lambda start, length: leaf("time", "between", [f"{start:02}:00", f"{(start + length) % 24:02}:00"]),
        st.integers(0, 23),
        st.integers(1, 23),
    ),
    st.builds(leaf, st.just("attribute:p"), st.sampled_from(["is", "in"]), st.sampled_from(["a", "b"])),
    st.builds(leaf, st.just("attribute:n"), st.sampled_from(["at_least", "at_most"]), st.integers(0, 2)),
    st.builds(leaf, st.just("attribute:p"), st.just("known"), st.booleans()),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda group, members: {group: members},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
MESSAGES = st.builds(
    Signals,
    st.lists(st.sampled_from("abc")).map(" ".join),
    network=st.sampled_from(["", "x", "y"]),
    language=st.sampled_from(["", "pt", "pt-BR", "de"]),
    followers=st.none() | st.integers(0, 4),
    verified=st.booleans(),
    at=st.none() | st.integers(0, 3000).map(lambda some: AT + timedelta(minutes=some)),
    open_at=st.none() | st.frozensets(st.sampled_from(["O", "P"])),
    senses=st.none() | st.builds(Senses, sentiment=st.integers(-1, 1)),
    customer=st.none()
    | st.builds(
        Customer,
        tags=st.frozensets(st.sampled_from(["a", "b"])),
        attributes=st.dictionaries(st.sampled_from("pn"), st.sampled_from(["a", "b", "0", "1", "2"])),
    ),
)


def matches(conditions, message):
    return prepare(conditions)(Subject(message)).outcome is Outcome.MATCH


@settings(max_examples=400, deadline=None)
@given(CONDITIONS, st.lists(MESSAGES, max_size=8))
def test_what_is_said_to_never_match_never_does(conditions, messages):
    try:
        found = cases(conditions)
    except TooMany:
        return
    if not found:
        assert not any(matches(conditions, message) for message in messages)


@settings(max_examples=400, deadline=None)
@given(LEAVES, CONDITIONS, CONDITIONS, st.booleans(), st.lists(MESSAGES, max_size=8))
def test_what_is_said_to_be_taken_by_an_earlier_rule_always_is(shared, one, other, both, messages):
    earlier = some(shared, one) if both else one
    later = every(shared, other) if both else other
    try:
        wide, narrow = cases(earlier), cases(later)
    except TooMany:
        return
    if all(any(covers(this, case) for this in wide) for case in narrow):
        for message in messages:
            assert not matches(later, message) or matches(earlier, message)
