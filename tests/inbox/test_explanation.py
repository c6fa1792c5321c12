"""Why a message went where it did, in words; the trace of every rule of then; and what if it read differently."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from inbox.models import Conversation, Decision, Message
from inbox.why import CUES, term_said
from routing import versions
from routing.cues import FORM
from routing.models import Block
from tests.inbox.cast import Cast
from tests.inbox.dry_run_cast import NEW_CARS, SOUNDS_BAD, decided, rule

SENSES = {"language": "en", "sentiment": -1, "intents": {"help": 0.9, "praise": 0.1}, "urgency": 0.8}


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def why(client, decision):
    return client.get(reverse("explanation", args=[decision.message_id])).content.decode()


def trace(client, decision, **query):
    return client.get(reverse("explanation_trace", args=[decision.message_id]), query).content.decode()


def what_if(client, decision, **said):
    answer = client.post(
        reverse("what_if", args=[decision.message_id]), said, headers={"HX-Request": "true", "HX-Target": "tried-text"}
    )
    return answer.status_code, answer.content.decode()


def matched(pk, name, term):
    return {"kind": "rule", "rule": pk, "name": name, "outcome": "match", "term": term}


def test_the_classifier_is_explained_with_likelihoods_terms_and_the_most_similar_message(cast, alice):
    evidence = [
        {"kind": "term", "term": "does not start", "department": "support", "weight": 1.32},
        {"kind": "term", "term": "the message as a whole", "department": "support", "weight": 0.9, "whole": True},
        {"kind": "like", "text": "It will not start", "message": None, "department": "support", "likeness": 0.81},
    ]
    chances = {"support": 0.8, "sales": 0.15, "noise": 0.05}
    html = why(alice, decided(cast, "My car does not start", chances=chances, evidence=evidence, threshold=0.7))
    assert "Why Support?" in html
    assert "with 80%; from 70% on it decides alone" in html
    for said in ("does not start", "+1.32", "the message as a whole", "It will not start", "81% alike", "15%"):
        assert said in html


def test_numbers_are_written_as_the_readers_language_does(cast, alice):
    cast.alice.language = "de"
    cast.alice.save()
    evidence = [{"kind": "term", "term": "does not start", "department": "support", "weight": 1.32}]
    chances = {"support": 0.8, "sales": 0.15, "noise": 0.05}
    html = why(alice, decided(cast, "My car does not start", chances=chances, evidence=evidence, threshold=0.7))
    for said in ("80\u00a0%", "15\u00a0%", "+1,32"):
        assert said in html


def test_triage_names_the_best_guess_and_the_threshold(cast, alice):
    chances = {"support": 0.45, "sales": 0.35, "noise": 0.2}
    html = why(alice, decided(cast, "Hm", "triage", chances=chances, threshold=0.7))
    assert "Why Triage?" in html
    assert "Below 70% a person decides." in html


def test_a_rule_is_explained_by_its_sentence_of_then_and_what_it_found(cast, alice):
    first = versions.publish([rule(1, NEW_CARS, name="Wants a car", owner="sales")], {}, by=cast.mia, reason="First.")
    one = decided(
        cast,
        "An upgrade",
        "sales",
        source="rule",
        rule=1,
        ruleset=first.pk,
        signals={"owner": None},
        evidence=[matched(1, "Wants a car", "upgrade")],
    )
    versions.publish([rule(1, SOUNDS_BAD, name="Other", owner="pr")], {}, by=cast.mia, reason="Second.")
    html = why(alice, one)
    assert "The rule <b>Wants a car</b> decided." in html
    assert "The message says “new car, upgrade”" in html
    assert "<q>upgrade</q>" in html
    assert "Rules of version 1." in html


def test_a_second_look_says_what_was_said_at_first(cast, alice):
    first = {"outcome": "marketing", "confidence": 0.48}
    html = why(alice, decided(cast, "Broken", look="second", first=first))
    assert "The second look said" in html
    assert "48%" in html


def test_what_a_quick_look_decided_says_that_another_follows(cast, alice):
    assert "A second look follows." in why(alice, decided(cast, "Broken", look="quick"))


def test_what_the_text_says_and_what_was_known_is_told(cast, alice):
    signals = {
        "owner": None,
        "senses": SENSES,
        "customer": {"roles": [], "tags": ["fleet"], "attributes": {"plan": "A"}},
    }
    html = why(alice, decided(cast, "Broken", signals=signals))
    for said in ("English", "90%", "high, 80%", "fleet", "plan: A"):
        assert said in html


def test_contributors_and_what_else_rules_did_are_told(cast, alice):
    html = why(
        alice,
        decided(
            cast,
            "Broken",
            contributors=[{"department": "pr", "reason": "“lawyer” concerns pr (91%).", "confidence": 0.91}],
            actions={
                "assignee": {"value": cast.bob.pk, "rule": 1},
                "priority": {"value": "urgent", "rule": 1},
                "tags": [{"value": "brakes", "rule": 1}],
            },
        ),
    )
    for said in ("“lawyer” concerns PR", "Given to Bob Brandt", "Priority:", "Tagged brakes"):
        assert said in html


def test_a_block_and_a_rule_that_failed_are_told(cast, alice):
    block = {"kind": "block", "block": "domain", "value": "spam.example", "name": "Spammers"}
    assert "this domain are blocked: Spammers" in why(
        alice, decided(cast, "Buy", "noise", source="block", evidence=[block])
    )
    conversation = Decision.objects.get(source="block").message.conversation
    card = alice.get(reverse("conversation", args=["open", conversation.pk])).content.decode()
    assert "Blocked: Spammers" in card
    assert "All reasons" in card
    failed = {"kind": "rule", "rule": 1, "name": "Critics", "outcome": "failed", "term": "the tone is unknown"}
    html = why(alice, decided(cast, "Broken", evidence=[failed]))
    assert "“Critics” could not be checked: the tone is unknown." in html


def test_a_decision_of_before_says_what_was_not_kept(cast, alice):
    html = why(alice, decided(cast, "Broken"))
    assert "What is missing below was not kept." in html
    assert "Which rules there were then was not kept." in html
    assert "was not kept" in trace(alice, decided(cast, "Broken"))


def test_a_message_that_nobody_decided_on_says_so(cast, alice):
    conversation = cast.asks(text="Hello")
    message = conversation.messages.get()
    html = alice.get(reverse("explanation", args=[message.pk])).content.decode()
    assert "The router was not asked about this message." in html


def test_a_deleted_message_shows_no_word(cast, alice):
    one = decided(cast, "Zanzibar")
    Message.objects.filter(pk=one.message_id).update(text="", deleted_at=timezone.now())
    html = why(alice, one)
    assert "Its words are gone" in html
    assert "Zanzibar" not in html


def test_our_own_messages_and_unknown_ones_have_no_explanation(cast, alice):
    conversation = cast.asks()
    ours = cast.says(conversation, "We look into it.", direction="out", author=cast.alice)
    for pk in (ours.pk, 2**60):
        assert alice.get(reverse("explanation", args=[pk])).status_code == 404
        assert alice.post(reverse("what_if", args=[pk]), {"text": "x"}).status_code == 404


def test_the_trace_says_of_every_rule_what_came_of_it(cast, alice):
    version = versions.publish(
        [
            rule(1, SOUNDS_BAD, name="Sounds bad", owner="pr"),
            rule(2, {"field": "network", "op": "is", "value": "email"}, name="Mail", owner="sales"),
            rule(3, NEW_CARS, name="Wants a car", owner="sales"),
            rule(4, {"field": "text", "op": "contains", "value": "an"}, name="Later", owner="support"),
            rule(5, NEW_CARS, name="Switched off", on=False, owner="pr"),
        ],
        {},
        by=cast.mia,
        reason="All.",
    )
    one = decided(cast, "An upgrade", "sales", source="rule", rule=3, ruleset=version.pk, signals={"owner": None})
    html = trace(alice, one)
    assert "the tone is unknown" in html
    assert "the network is not “email”" in html
    assert "would match; an earlier rule had decided" in html
    assert "1 could not be checked." in html
    assert "Switched off" not in html
    assert "Worked out again from what was kept." in html


def test_a_trace_that_comes_out_otherwise_says_so(cast, alice):
    version = versions.publish([rule(3, NEW_CARS, owner="sales")], {}, by=cast.mia, reason="All.")
    one = decided(cast, "Edited since", "sales", source="rule", rule=3, ruleset=version.pk, signals={"owner": None})
    assert "another rule would decide than did then" in trace(alice, one)


def test_a_thousand_rules_are_shown_a_page_at_a_time(cast, alice):
    rules = [rule(n, {"field": "text", "op": "contains", "value": f"word{n}"}, owner="sales") for n in range(1, 1001)]
    version = versions.publish(rules, {}, by=cast.mia, reason="Many.")
    one = decided(cast, "word777", "sales", source="rule", rule=777, ruleset=version.pk, signals={"owner": None})
    html = trace(alice, one)
    assert "1000 rules, in order." in html
    assert html.count('<li class="h g2 top">') == 50
    assert "?from=50" in html
    assert "Rule 777" in trace(alice, one, **{"from": "750"})
    for nonsense in ("-1", "x", "9" * 30):
        assert alice.get(reverse("explanation_trace", args=[one.message_id]), {"from": nonsense}).status_code == 404


def test_what_if_asks_the_rules_of_now_and_keeps_nothing(cast, alice):
    one = decided(cast, "My car does not start")
    versions.publish([rule(1, NEW_CARS, name="Wants a car", owner="sales")], {}, by=cast.mia, reason="First.")
    before = list(Decision.objects.values()), list(Conversation.objects.values()), list(Message.objects.values())
    status, html = what_if(alice, one, text="Time for an upgrade", owner="")
    assert status == 200
    assert "The rule <b>Wants a car</b> decided." in html
    assert "goes elsewhere" in html
    assert before == (
        list(Decision.objects.values()),
        list(Conversation.objects.values()),
        list(Message.objects.values()),
    )


def test_what_if_somebody_has_the_conversation(cast, alice):
    one = decided(cast, "My car does not start")
    versions.publish([rule(1, NEW_CARS, name="Wants a car", owner="sales")], {}, by=cast.mia, reason="First.")
    _status, html = what_if(alice, one, text="Time for an upgrade", owner="support")
    assert "has open, so it stays there" in html


def test_what_if_heeds_blocks(cast, alice):
    one = decided(cast, "Hello")
    identity = one.message.identity
    Block.objects.create(
        kind="person",
        value=f"{identity.network}:{identity.external_id}",
        label="Dana",
        at=timezone.now(),
    )
    assert "are blocked" in what_if(alice, one, text="Hello again", owner="")[1]


@pytest.mark.parametrize("text", ["🙂🙂🙂", " . ", "a" * 20_000, "\u202e\ufffd", "مرحبا " * 500, "word " * 3_900])
def test_what_if_answers_any_text(cast, alice, text):
    assert what_if(alice, decided(cast, "Hello"), text=text, owner="")[0] == 200


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"text": ""}, "Write a text to try."),
        ({"text": "a" * 20_001}, "Shorten it to 20000 characters."),
        ({"text": "a\0b"}, "a character that cannot be read"),
        ({"text": "a", "owner": "nobody-of-ours"}, "There is no such department."),
    ],
)
def test_what_if_says_what_is_wrong_with_what_was_given(cast, alice, said, complaint):
    status, html = what_if(alice, decided(cast, "Hello"), **said)
    assert status == 422
    assert complaint in html


def test_without_htmx_the_whole_page_answers(cast, alice):
    one = decided(cast, "Hello")
    answer = alice.post(reverse("what_if", args=[one.message_id]), {"text": "My invoice is wrong"})
    assert answer.status_code == 200
    assert "This text, now" in answer.content.decode()
    assert "<main" in answer.content.decode()


def test_the_explanation_costs_few_statements(cast, alice, django_assert_max_num_queries):
    version = versions.publish(
        [rule(n, NEW_CARS, owner="sales") for n in range(1, 60)], {}, by=cast.mia, reason="Many."
    )
    one = decided(cast, "Hello", "support", ruleset=version.pk, signals={"owner": None})
    with django_assert_max_num_queries(24):
        why(alice, one)
    with django_assert_max_num_queries(16):
        trace(alice, one)


def test_what_the_router_says_of_the_form_is_said_in_german():
    assert {cue.label for cue in FORM if " " in cue.label} == set(CUES)
    with translation.override("de"):
        said = [term_said({"term": term}) for term in ("is long", "long", "numbers")]
    assert said == ["ist lang", "long", "numbers"]
