"""Rules in order: what each of them does, where the search ends, what is said of those that cannot be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.blocks import Blocks
from routing.conditions import Outcome, Subject, prepare
from routing.engine import Course, route
from routing.names import Names
from routing.rulebook import Rulebook, RuleSpec
from routing.signals import Signals


def words(*values):
    return {"field": "text", "op": "contains", "value": list(values)}


def rule(number, conditions, **actions):
    return RuleSpec(number, f"Rule {number}", conditions, **actions)


def apply(rules, text="brake recall", names=None, **signals):
    return Rulebook(rules).apply(Signals(text, **signals), names or Names())


def test_the_first_match_ends_the_search_unless_it_goes_on():
    stopping = [rule(1, words("brake"), department="pr"), rule(2, words("recall"), department="legal")]
    assert [one.id for one in apply(stopping).matched] == [1]
    going_on = [rule(1, words("brake"), department="pr", go_on=True), stopping[1]]
    assert [one.id for one in apply(going_on).matched] == [1, 2]


def test_the_first_owner_priority_and_assignee_win_and_the_rest_adds_up():
    rules = [
        rule(1, words("brake"), priority="urgent", tags=("safety",), contributors=("pr",), go_on=True),
        rule(2, words("recall"), department="support", priority="low", assignee=4, tags=("safety", "recall"),
             go_on=True),
        rule(3, words("recall"), department="legal", assignee=5, role="critic", contributors=("sales",)),
    ]  # fmt: skip
    applied = apply(rules)
    assert applied.decisive.id == applied.rule.id == 2
    assert applied.actions == {
        "priority": {"value": "urgent", "rule": 1},
        "assignee": {"value": 4, "rule": 2},
        "tags": [{"value": "safety", "rule": 1}, {"value": "recall", "rule": 2}],
        "roles": [{"value": "critic", "rule": 3}],
    }
    assert [one["department"] for one in applied.contributions("support")] == ["pr", "legal", "sales"]
    assert [one["rule"] for one in applied.evidence] == [2, 1, 3]


def test_a_rule_without_a_department_leaves_it_to_the_classifier(model):
    rules = [rule(1, words("price"), tags=("offer",), contributors=("legal",))]
    (decision,) = route([Signals("What is the price of the big one and do you ship?")], rules=rules, model=model)
    assert (decision.source, decision.rule) == ("classifier", 1)
    assert decision.actions["tags"] == [{"value": "offer", "rule": 1}]
    assert "legal" in [one["department"] for one in decision.contributors]


def test_a_rule_sets_spam_aside(model):
    (decision,) = route([Signals("brake")], rules=[rule(1, words("brake"), spam=True)], model=model)
    assert (decision.department, decision.source, decision.rule) == ("noise", "rule", 1)
    (kept,) = route([Signals("brake", owner="pr")], rules=[rule(1, words("brake"), spam=True)], model=model)
    assert (kept.department, kept.source) == ("pr", "continuity")


def test_a_rule_whose_department_is_gone_fails_where_it_matches_and_the_next_one_is_asked():
    rules = [rule(1, words("brake"), department="legal"), rule(2, words("recall"), department="pr")]
    applied = apply(rules, names=Names(departments={"pr"}))
    assert applied.decisive.id == 2
    assert [(one["rule"], one["outcome"]) for one in applied.evidence] == [(2, "match"), (1, "failed")]
    assert "“legal” is not there any more" in applied.evidence[1]["term"]
    assert apply(rules[:1], "hello", Names(departments={"pr"})).evidence == []


def test_a_colleague_or_role_that_is_gone_is_said_and_the_rest_is_done():
    rules = [rule(1, words("brake"), department="pr", assignee=9, role="critic", contributors=("legal",))]
    applied = apply(rules, names=Names(departments={"pr"}, colleagues={1}, roles=set()))
    assert (applied.decisive.id, applied.actions) == (1, {})
    assert [one["outcome"] for one in applied.evidence] == ["match", "failed", "failed", "failed"]


def test_the_trace_tells_of_every_rule_and_which_had_a_say():
    rules = [
        rule(1, words("brake"), tags=("x",), go_on=True),
        rule(2, {"field": "followers", "op": "at_least", "value": 5}, department="pr"),
        rule(3, words("window"), department="pr"),
        rule(4, words("recall"), department="support"),
        rule(5, words("recall"), department="legal"),
    ]
    found = [(one.rule.id, one.outcome, one.applied) for one in Rulebook(rules).trace(Signals("brake recall"))]
    match, no_match, failed = Outcome.MATCH, Outcome.NO_MATCH, Outcome.FAILED
    assert found == [
        (1, match, True),
        (2, failed, False),
        (3, no_match, False),
        (4, match, True),
        (5, match, False),
    ]
    assert Rulebook(rules).trace(Signals("brake recall"))[2].term == "the text contains none of “window”"


@pytest.mark.parametrize(
    ("key", "signals"),
    [
        (("person", "x:77"), {"network": "x", "author_id": "77"}),
        (("domain", "spam.example"), {"author_email": "a@mail.spam.example"}),
        (("domain", "spam.example"), {"text": "look https://www.spam.example/win"}),
        (("server", "bad.example"), {"author_handle": "@ann@Bad.example"}),
    ],
)
def test_who_is_blocked_is_set_aside_before_any_rule(model, key, signals):
    signals = Signals(**{"text": "brake", **signals}, owner="support")
    course = Course(blocks=Blocks({key: ""}))
    rules = [rule(1, {"any": [words("brake", "look")]}, department="pr")]
    (decision,) = route([signals], rules=rules, model=model, course=course)
    assert (decision.department, decision.source, decision.rule) == ("noise", "block", None)
    assert decision.evidence[0] == {"kind": "block", "block": key[0], "value": key[1], "name": key[1]}


@pytest.mark.parametrize(
    ("key", "signals"),
    [
        (("person", "x:77"), {"network": "y", "author_id": "77"}),
        (("domain", "pam.example"), {"author_email": "a@spam.example"}),
        (("domain", "example"), {"author_email": "a@spam.example"}),
        (("server", "bad.example"), {"author_handle": "@ann"}),
    ],
)
def test_a_block_concerns_nobody_else(key, signals):
    assert Blocks({key: ""}).of(Signals("hello", **signals)) is None


def test_every_department_may_have_its_own_threshold(model):
    signals = Signals("How much does the large model cost and do you ship it to Norway?")

    def decide(**thresholds):
        return route([signals], rules=[], model=model, course=Course(thresholds=thresholds))[0]

    assert decide(sales=0.0).department == "sales"
    assert (decide(sales=1.0).department, decide(sales=1.0).threshold) == ("triage", 1.0)
    assert decide(default=1.0).department == "triage"
    assert decide(default=1.0, sales=0.1).department == "sales"


TEXTS = st.lists(st.sampled_from(["brake", "recall", "Don’t", "go", "50%", "退款", "#tag", "😡", "a_b"])).map(" ".join)
LEAVES = st.one_of(
    st.builds(words, st.sampled_from(["brake", "recall", "don't go", "50%", "退款", "#tag", "😡", "b"])),
    st.builds(lambda value: {"field": "followers", "op": "at_least", "value": value}, st.integers(0, 3)),
    st.builds(lambda value: {"field": "text", "op": "matches", "value": value}, st.sampled_from(["br.ke", "^go"])),
)
GROUPS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda group, members: {group: members},
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
SPECS = st.builds(
    rule,
    st.integers(1, 99),
    GROUPS,
    department=st.sampled_from(["", "pr", "gone"]),
    priority=st.sampled_from(["", "high", "low"]),
    tags=st.sampled_from([(), ("a",), ("b", "a")]),
    go_on=st.booleans(),
)


def naive(rules, signals, names):
    """What the rules say of a message, looked at one after the other."""
    matched, failed = [], []
    for one in rules:
        outcome = prepare(one.conditions)(Subject(signals)).outcome
        if outcome is Outcome.FAILED or (outcome is Outcome.MATCH and one.department == "gone"):
            failed.append(one)
        elif outcome is Outcome.MATCH:
            matched.append(one)
            if not one.go_on:
                break
    return matched, failed


@given(st.lists(SPECS, max_size=6, unique_by=lambda one: one.id), TEXTS, st.none() | st.integers(0, 4))
def test_the_rulebook_says_what_looking_at_one_rule_after_the_other_says(rules, text, followers):
    signals, names = Signals(text, followers=followers), Names(departments={"pr"})
    matched, failed = naive(rules, signals, names)
    applied = Rulebook(rules).apply(signals, names)
    assert applied.matched == matched
    assert [one["rule"] for one in applied.evidence if one["outcome"] == "failed"] == [one.id for one in failed]
    assert applied.decisive == next((one for one in matched if one.department), None)
    traced = Rulebook(rules).trace(signals, names)
    assert [one.rule for one in traced if one.applied] == matched
    assert [one.rule for one in traced] == list(rules)


def test_a_decision_says_that_there_was_no_encoder_to_ask(model, monkeypatch):
    score = type(model).score
    monkeypatch.setattr(type(model), "score", lambda self, texts, **asked: score(self, texts))
    (decision,) = route([Signals("My order arrived broken")], rules=[], model=model)
    assert {"kind": "no_encoder"} in decision.evidence
    (quick,) = route([Signals("My order arrived broken")], rules=[], model=model, course=Course(look="quick"))
    assert {"kind": "no_encoder"} not in quick.evidence
