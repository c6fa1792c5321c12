import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.engine import RuleSpec, route
from routing.model import load
from routing.signals import Signals

BROKEN = "My order arrived broken and nobody answers my emails, please help"
PRICE = "How much does the large model cost and do you ship it to Norway?"
LAWSUIT = "BREAKING: regulator fines company $40m over data breach, CEO resigns"
LOVE = "I love my new bike, best thing I ever bought 😍"
SPAM = "Make money fast!! Click the link in my bio http://x.example"
VAGUE = "hm maybe the other one"

INVOICES = RuleSpec(7, "Invoices", {"field": "text", "op": "contains", "value": "invoice"}, "finance", ("support",))
INFLUENCERS = RuleSpec(8, "Influencers", {"field": "followers", "op": "at_least", "value": 10_000}, "pr")
UNUSABLE = RuleSpec(9, "Old", {"field": "mood", "op": "is", "value": "bad"}, "pr")


def decide(*batch, rules=()):
    batch = [Signals(each) if isinstance(each, str) else each for each in batch]
    return route(batch, rules=rules, model=load())


def one(signals, rules=()):
    return decide(signals, rules=rules)[0]


def named(decision):
    return [contributor["department"] for contributor in decision.contributors]


@pytest.mark.parametrize(
    ("text", "department"),
    [(BROKEN, "support"), (PRICE, "sales"), (LAWSUIT, "pr"), (LOVE, "marketing"), (SPAM, "noise")],
)
def test_the_classifier_knows_the_plain_cases(text, department):
    decision = one(text)
    assert (decision.department, decision.source) == (department, "classifier")
    assert decision.confidence == decision.probabilities[department]


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("¿Cuánto cuesta el plan familiar?", "sales"),
        ("Mein Paket ist immer noch nicht angekommen, bitte helfen Sie mir", "support"),
        ("قاطعوا هذه الشركة، فضيحة وفساد", "pr"),
        ("このチョコ大好き、最高です", "marketing"),
        ("Подпишись на мой канал, заработок без вложений", "noise"),
    ],
)
def test_other_languages_are_understood(text, department):
    probabilities = one(text).probabilities
    assert max(probabilities, key=probabilities.get) == department


def test_what_the_classifier_is_not_sure_of_goes_to_triage():
    decision = one(VAGUE)
    assert decision.department == "triage"
    assert decision.confidence < decision.threshold


def test_the_threshold_is_the_callers():
    assert route([Signals(BROKEN)], rules=[], model=load(), threshold=1.0)[0].department == "triage"
    assert route([Signals(VAGUE)], rules=[], model=load(), threshold=0.0)[0].department != "triage"


@pytest.mark.parametrize("text", ["", " \n", "\0", "…"[:0]])
def test_a_message_without_words_is_for_a_person(text):
    assert one(text).department == "triage"


def test_a_rule_decides_before_the_classifier():
    decision = one("Love it! Where do I find the invoice?", rules=[INVOICES])
    assert (decision.department, decision.source, decision.rule, decision.confidence) == ("finance", "rule", 7, 1.0)
    assert named(decision) == ["support"]
    assert decision.evidence[0] == {
        "kind": "rule",
        "rule": 7,
        "name": "Invoices",
        "outcome": "match",
        "term": "invoice",
    }


def test_the_first_matching_rule_decides():
    second = RuleSpec(10, "All mail", {"field": "text", "op": "matches", "value": "."}, "sales")
    assert one("my invoice", rules=[INVOICES, second]).rule == 7
    assert one("my invoice", rules=[second, INVOICES]).rule == 10


@pytest.mark.parametrize("rule", [INFLUENCERS, UNUSABLE])
def test_a_failed_rule_is_in_the_evidence(rule):
    decision = one(BROKEN, rules=[rule])
    assert decision.department == "support"
    failed = decision.evidence[0]
    assert (failed["kind"], failed["rule"], failed["outcome"]) == ("rule", rule.id, "failed")
    assert failed["term"]


def test_an_open_conversation_keeps_its_owner():
    decision = one(Signals(LOVE, conversation=1, owner="support"))
    assert (decision.department, decision.source) == ("support", "continuity")
    assert decision.evidence[0] == {"kind": "continuity", "department": "support"}


def test_a_conversation_may_belong_to_a_department_that_the_model_does_not_know():
    assert one(Signals(BROKEN, conversation=1, owner="legal")).department == "legal"


@pytest.mark.parametrize("owner", ["triage", "noise"])
def test_nobody_is_not_an_owner(owner):
    assert one(Signals(BROKEN, conversation=1, owner=owner)).source == "classifier"


def test_a_later_message_that_concerns_another_department_shares_the_conversation():
    decision = one(Signals(f"Thanks, that worked! {PRICE}", conversation=1, owner="support"))
    assert decision.department == "support"
    assert named(decision) == ["sales"]
    assert "How much does the large model cost" in decision.contributors[0]["reason"]


def test_a_rule_adds_its_departments_to_an_owned_conversation():
    decision = one(Signals("and the invoice?", conversation=1, owner="sales"), rules=[INVOICES])
    assert (decision.department, decision.source, decision.rule) == ("sales", "continuity", 7)
    assert named(decision)[:2] == ["finance", "support"]


def test_a_first_message_about_two_things_names_both():
    decision = one(f"{BROKEN}. {PRICE}")
    assert {decision.department, *named(decision)} == {"support", "sales"}


def test_the_first_message_of_a_batch_sets_the_owner_for_its_conversation():
    first, other, later = decide(
        Signals(BROKEN, conversation="a"), Signals(LOVE, conversation="b"), Signals(LOVE, conversation="a")
    )
    assert (first.department, first.source) == ("support", "classifier")
    assert (other.department, other.source) == ("marketing", "classifier")
    assert (later.department, later.source) == ("support", "continuity")


def test_triage_and_noise_do_not_set_an_owner():
    decisions = decide(*(Signals(text, conversation="a") for text in (VAGUE, SPAM, BROKEN)))
    assert [decision.department for decision in decisions] == ["triage", "noise", "support"]
    assert decisions[2].source == "classifier"


def test_messages_without_a_conversation_are_strangers():
    assert [decision.source for decision in decide(BROKEN, BROKEN)] == ["classifier", "classifier"]


def test_decisions_do_not_depend_on_the_rest_of_the_batch():
    texts = [BROKEN, PRICE, LAWSUIT, LOVE, SPAM, VAGUE, ""]
    together = decide(*texts)
    for text, decision in zip(texts, together, strict=True):
        alone = one(text)
        assert alone.department == decision.department
        assert alone.probabilities == pytest.approx(decision.probabilities, abs=1e-5)


def test_a_batch_of_very_long_texts_is_routed():
    assert len(decide(*[Signals(f"{n} {BROKEN} " * 400) for n in range(80)])) == 80


def test_evidence_is_words_that_people_read():
    decision = one("Just saw the ad for the new SUV... time for an upgrade? @carsco")
    terms = [each for each in decision.evidence if each["kind"] == "term"]
    assert 0 < len(terms) <= 4
    assert any("upgrade" in each["term"] and each["weight"] > 0 for each in terms)
    assert all(each["department"] == "sales" and not set(each["term"]) & set("<>~") for each in terms)
    runner_up = decision.evidence[-1]
    assert (runner_up["kind"], runner_up["department"]) == ("runner_up", decision.runner_up)


def test_an_empty_batch_has_no_decisions():
    assert decide() == []


any_text = st.text(st.characters(exclude_categories=()))
slugs = st.none() | st.sampled_from(["support", "sales", "triage", "noise", "legal"])
messages = st.builds(
    Signals,
    any_text,
    followers=st.none() | st.integers(),
    author_name=any_text,
    conversation=st.none() | st.integers(0, 3),
    owner=slugs,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=6))
def test_routing_is_total(batch):
    check_all(batch, route(batch, rules=[UNUSABLE, INFLUENCERS, INVOICES], model=load()))


@pytest.mark.parametrize(
    "text",
    ["x" * 2**20, "so bad " * 150_000, "不好" * 500_000, "😡" * 2**18, "\0\ud800\udfff?!", "@" * 5000, "' " * 5000],
)
def test_extreme_texts_are_routed(text):
    check_all([Signals(text)], decide(text))


def check_all(batch, decisions):
    assert len(decisions) == len(batch)
    for signals, decision in zip(batch, decisions, strict=True):
        assert sum(decision.probabilities.values()) == pytest.approx(1)
        assert 0 <= decision.confidence <= 1
        assert decision.department not in named(decision)
        if signals.owner in ("support", "sales", "legal"):
            assert decision.department == signals.owner
        # What is stored as JSON in PostgreSQL may hold neither NUL nor half of a surrogate pair.
        stored = json.dumps(decision.as_json(), ensure_ascii=False)
        assert "\\u0000" not in stored
        stored.encode()
