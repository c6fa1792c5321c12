import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.conditions import DEEPEST, MOST_LEAVES, BadCondition, Outcome, Subject, check, prepare
from routing.signals import Signals


def leaf(field, op, value):
    return {"field": field, "op": op, "value": value}


def result(conditions, text="", **signals):
    return prepare(conditions)(Subject(Signals(text, **signals)))


def outcome(conditions, text="", **signals):
    return result(conditions, text, **signals).outcome


HELLO, INVOICE = leaf("text", "contains", "hello"), leaf("text", "contains", "invoice")
UNKNOWN = leaf("followers", "at_least", 1000)


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("refund", "I want a REFUND.", True),
        ("refund", "refunds", False),
        ("refund", "#refund_now", True),
        ("test drive", "a test\n  drive?", True),
        ("don't", "I don’t know", True),
        ("straße", "in der STRASSE", True),
        ("café", "cafe\u0301 open", True),
        ("कर", "करना", False),
        ("खराब", "यह खराब है", True),
        ("退款", "我要退款谢谢", True),
        ("возврат", "ВОЗВРАТ!", True),
        ("50%", "now 50% off", True),
        ("c++", "I like c++ and c", True),
        ("😡", "bad😡bad", True),
    ],
)
def test_contains_finds_words_and_phrases_in_every_script(phrase, text, expected):
    assert (outcome(leaf("text", "contains", phrase), text) is Outcome.MATCH) is expected


def test_the_deciding_term_is_named():
    assert result(leaf("text", "contains", ["refund", "money back"]), "my money back!").term == "money back"
    assert result(leaf("text", "matches", r"order \d+"), "Order 4711 is late").term == "Order 4711"


def test_a_pattern_sees_only_the_first_64_kib():
    assert outcome(leaf("text", "matches", "end"), "é" * 40_000 + "end") is Outcome.NO_MATCH


def test_a_pattern_that_hangs_other_engines_is_answered():
    assert outcome(leaf("text", "matches", "(a+)+$"), "a" * 60_000 + "b") is Outcome.NO_MATCH


@pytest.mark.parametrize(
    ("condition", "signals"),
    [
        (leaf("network", "is", "X"), {"network": "x"}),
        (leaf("kind", "in", ["review", "email"]), {"kind": "email"}),
        (leaf("language", "is", "pt"), {"language": "pt-BR"}),
        (leaf("author", "is", "@Dana"), {"author_handle": "dana"}),
        (leaf("author", "contains", "herald"), {"author_name": "Ann, The Herald"}),
        (leaf("author", "matches", "^press_"), {"author_handle": "press_desk"}),
        (leaf("followers", "at_least", 1000), {"followers": 1000}),
        (leaf("followers", "at_most", 5), {"followers": 0}),
        (leaf("verified", "is", True), {"verified": True}),
        (leaf("verified", "is", False), {"verified": False}),
    ],
)
def test_every_field_can_match(condition, signals):
    assert outcome(condition, **signals) is Outcome.MATCH


@pytest.mark.parametrize("field", ["network", "kind", "language", "author"])
def test_a_condition_on_something_unknown_fails(field):
    found = result(leaf(field, "is", "x"))
    assert (found.outcome, found.term) == (Outcome.FAILED, f"the {field} is unknown")


def test_a_failed_condition_is_recorded_as_failed():
    assert outcome(UNKNOWN) is Outcome.FAILED
    assert outcome({"none": [UNKNOWN]}) is Outcome.FAILED
    assert outcome({"any": [INVOICE, UNKNOWN]}, "hello") is Outcome.FAILED
    assert outcome({"all": [HELLO, UNKNOWN]}, "hello") is Outcome.FAILED


def test_a_failed_condition_does_not_matter_where_the_others_decide():
    assert outcome({"any": [UNKNOWN, HELLO]}, "hello") is Outcome.MATCH
    assert outcome({"all": [UNKNOWN, INVOICE]}, "hello") is Outcome.NO_MATCH
    assert outcome({"none": [UNKNOWN, HELLO]}, "hello") is Outcome.NO_MATCH


def test_groups_nest():
    conditions = {"all": [{"any": [HELLO, INVOICE]}, {"none": [leaf("text", "contains", "spam")]}]}
    assert outcome(conditions, "hello there") is Outcome.MATCH
    assert outcome(conditions, "hello spam") is Outcome.NO_MATCH


def nested(depth):
    return HELLO if depth == 0 else {"all": [nested(depth - 1)]}


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({}, "conditions"),
        ([], "conditions"),
        ("text", "conditions"),
        ({"all": []}, "all"),
        ({"all": HELLO}, "all"),
        ({"all": [HELLO], "any": [HELLO]}, "conditions"),
        ({"some": [HELLO]}, "conditions"),
        (nested(DEEPEST + 1), "all"),
        ({"any": [HELLO] * (MOST_LEAVES + 1)}, "conditions"),
        (leaf("mood", "is", "bad"), "field"),
        (leaf(["text"], "is", "bad"), "field"),
        (leaf("text", "at_least", 3), "text"),
        (leaf("text", "contains", ""), "text"),
        (leaf("text", "contains", ["ok", " "]), "text"),
        (leaf("text", "contains", []), "text"),
        (leaf("text", "contains", 7), "text"),
        (leaf("text", "matches", "("), "text"),
        (leaf("text", "matches", "(?=x)"), "text"),
        (leaf("text", "matches", "x" * 501), "text"),
        (leaf("text", "matches", "\ud800"), "text"),
        (leaf("followers", "is", "many"), "followers"),
        (leaf("followers", "is", True), "followers"),
        (leaf("followers", "is", -1), "followers"),
        (leaf("verified", "is", "yes"), "verified"),
        ({"field": "text", "op": "contains"}, "text"),
        (leaf("text", "contains", "x") | {"extra": 1}, "text"),
    ],
)
def test_what_cannot_be_used_is_refused_with_field_value_and_remedy(conditions, field):
    with pytest.raises(BadCondition) as caught:
        check(conditions)
    assert caught.value.field == field and caught.value.remedy and str(caught.value).startswith(field)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
leaves = st.one_of(
    st.builds(leaf, st.just("text"), st.sampled_from(["contains", "matches"]), st.text(min_size=1, max_size=20)),
    st.builds(leaf, st.sampled_from(["network", "language", "author"]), st.just("is"), st.text(min_size=1, max_size=9)),
    st.builds(leaf, st.just("followers"), st.sampled_from(["is", "at_least", "at_most"]), st.integers(0, 10**6)),
)
groups = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda group, members: {group: members},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)
any_text = st.text(st.characters(exclude_categories=()))


@given(json_values)
def test_any_json_is_either_usable_or_refused(value):
    try:
        check(value)
    except BadCondition as error:
        assert error.remedy


@given(groups, any_text, st.none() | st.integers(0, 10**9), any_text)
def test_usable_conditions_have_an_outcome_for_any_message(conditions, text, followers, name):
    try:
        condition = prepare(conditions)
    except BadCondition:
        return
    found = condition(Subject(Signals(text, followers=followers, author_name=name)))
    assert isinstance(found.outcome, Outcome)
    found.term.encode()
