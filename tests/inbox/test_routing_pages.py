"""The pages of the managers' rules: read, changed, tried, put in force and rolled back."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.models import RoutingDay
from inbox.ruling.examples import EXAMPLES
from people.models import Department
from routing import versions
from routing.conditions import check
from routing.models import Ruleset
from tests.inbox.cast import Cast
from tests.inbox.matrix_rules import rule


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def mia(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


@pytest.fixture
def rules(cast):
    """Two rules in force."""
    return versions.publish(
        [rule(1, "recall", "brake"), rule(2, "price", owner="sales")], {}, by=cast.mia, reason="To begin with."
    )


def draft():
    return Ruleset.objects.draft().get()


def revision():
    found = Ruleset.objects.draft().first()
    return "" if found is None else str(found.revision)


def act(client, url, pk, *args, **data):
    """Post as the page as it is now would."""
    return client.post(reverse(url, args=[pk, *args] if pk else []), {"revision": revision(), **data})


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def first():
    return draft().rules[0]


# --- reading


def test_without_rules_the_page_explains_and_offers_three_to_begin_with(mia):
    page = text_of(mia.get(reverse("routing")))
    assert "There are no rules yet" in page
    assert all(str(one["title"]) in page for one in EXAMPLES)
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["key"])
def test_the_examples_can_be_used_as_they_are(example, cast):
    check(example["rule"]["conditions"])
    named = {example["rule"]["actions"]["owner"], *example["rule"]["actions"].get("contributors", ())}
    assert named <= set(example["departments"]) <= set(cast.departments)


def test_examples_begin_a_draft_that_changes_nothing_yet(mia):
    act(mia, "routing_begin", None, example=["press", "buying"])
    assert [one["name"] for one in draft().rules] == ["Press enquiries", "Somebody wants to buy"]
    assert not Ruleset.objects.published().exists()


def test_an_example_for_a_department_that_is_gone_is_not_offered(mia, cast):
    Department.objects.filter(slug="pr").delete()
    page = text_of(mia.get(reverse("routing")))
    assert "Press enquiries" not in page
    assert "Somebody wants to buy" in page


def test_the_list_says_what_each_rule_asks_where_it_sends_and_how_often_people_disagreed(mia, rules):
    day = timezone.localdate()
    RoutingDay.objects.create(day=day, outcome="pr", source="rule", rule=1, decided=1_940, corrected=31)
    RoutingDay.objects.create(day=day, outcome="pr", source="classifier", rule=None, decided=7, corrected=7)
    page = text_of(mia.get(reverse("routing")))
    assert "The message says “recall, brake” PR 1,940 · 31 back" in page
    assert "The message says “price” Sales 0" in page


def test_an_open_rule_is_a_sentence(mia, rules):
    page = text_of(mia.get(reverse("rule", args=[1])))
    assert "When the message says recall, brake" in page
    assert "Send it to PR" in page
    assert "stop here" in page


def test_a_rule_that_is_not_there_is_not_found(mia, rules):
    assert mia.get(reverse("rule", args=[99])).status_code == 404


@pytest.mark.parametrize("address", ["?q=%00", "?q=" + "x" * 5_000, "?from=-1", "?from=99999", "?from=٣", "?q=price"])
def test_no_address_breaks_the_list(mia, rules, address):
    assert mia.get(reverse("routing") + address).status_code == 200


def test_rules_are_found_by_their_words(mia, rules):
    page = text_of(mia.get(reverse("routing") + "?q=PRICE"))
    assert "Rule about price" in page
    assert "Rule about recall" not in page


def test_a_thousand_rules_are_shown_a_hundred_at_a_time_with_as_many_statements_as_two(mia, rules):
    url = reverse("rule", args=[1])
    mia.get(url)
    with CaptureQueriesContext(connection) as few:
        mia.get(url)
    versions.publish([rule(n, f"word{n}") for n in range(1, 1_001)], {}, by=None, reason="Many.")
    with CaptureQueriesContext(connection) as many:
        page = mia.get(reverse("rule", args=[950])).content.decode()
    assert len(many) <= len(few)
    assert page.count('<li class="rule"') == 100
    assert 'id="rule-950"' in page
    assert len(page) < 250_000


# --- changing


def test_a_new_rule_stands_last_in_the_draft_and_what_is_in_force_stays(mia, rules):
    act(mia, "rule_new", None, name="Prices", words="how much\nhow much\n cost ", department="sales")
    added = draft().rules[-1]
    assert added["conditions"] == {"all": [{"field": "text", "op": "contains", "value": ["how much", "cost"]}]}
    assert (added["id"], added["actions"]) == (3, {"owner": "sales"})
    assert len(Ruleset.objects.published().get().rules) == 2


def test_what_is_missing_in_a_new_rule_is_said_beside_its_field(mia, rules):
    page = act(mia, "rule_new", None, name="", words="", department="nowhere")
    assert page.status_code == 422
    assert "Say what the rule is for." in text_of(page)
    assert "Write at least one word." in text_of(page)


CONDITIONS = [
    ({"field": "text", "op": "contains", "value": "brake\nrecall"}, ["brake", "recall"]),
    ({"field": "text", "op": "matches", "value": r"brakes?\b"}, r"brakes?\b"),
    ({"field": "followers", "op": "at_least", "value": "10,000"}, 10_000),
    ({"field": "followers", "op": "at_most", "value": "1 000"}, 1_000),
    ({"field": "urgency", "op": "at_least", "value": "60%"}, 0.6),
    ({"field": "sentiment", "op": "in", "value": ["negative"]}, ["negative"]),
    ({"field": "intent", "op": "in", "value": ["press", "legal"]}, ["press", "legal"]),
    ({"field": "verified", "op": "is", "flag": "no"}, False),
    ({"field": "is_first", "op": "is", "flag": "yes"}, True),
    ({"field": "kind", "op": "in", "value": ["email"]}, ["email"]),
    ({"field": "role", "op": "in", "value": ["critic"]}, ["critic"]),
    ({"field": "hashtag", "op": "in", "value": "haldenwinter"}, ["haldenwinter"]),
    ({"field": "contact_owner", "op": "in", "value": ["sales"]}, ["sales"]),
    ({"field": "language", "op": "in", "value": ["de", "fr"]}, ["de", "fr"]),
    ({"field": "time", "op": "between", "start": "22:00", "end": "06:00", "zone": "Europe/Berlin"}, ["22:00", "06:00"]),
    ({"field": "weekday", "op": "in", "value": ["sat", "sun"], "zone": "UTC"}, ["sat", "sun"]),
]


@pytest.mark.parametrize(
    ("filled", "value"), CONDITIONS, ids=lambda one: one.get("field") if isinstance(one, dict) else ""
)
def test_a_condition_of_each_kind_is_added_read_and_kept(mia, rules, filled, value):
    assert act(mia, "rule_condition", 1, into="", **filled).status_code == 302
    added = first()["conditions"]["all"][1]
    assert (added["field"], added["op"], added["value"]) == (filled["field"], filled["op"], value)
    check(first()["conditions"])
    form = mia.get(reverse("rule_condition", args=[1]) + "?at=1")
    assert form.status_code == 200
    # Saving what the form shows changes nothing.
    act(mia, "rule_condition", 1, at="1", **filled)
    assert first()["conditions"]["all"][1] == added
    assert "None" not in text_of(mia.get(reverse("rule", args=[1])))


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ({"field": "text", "op": "matches", "value": "(brake"}, "Correct the pattern"),
        ({"field": "text", "op": "matches", "value": "(((a{100}){100}){100})"}, "Correct the pattern"),
        ({"field": "text", "op": "contains", "value": " \n "}, "Write at least one word."),
        ({"field": "text", "op": "contains", "value": "x" * 300}, "1 to 200 characters"),
        ({"field": "followers", "op": "at_least", "value": "many"}, "Write a number, like 10,000."),
        ({"field": "followers", "op": "at_least", "value": "-4"}, "zero or more"),
        ({"field": "urgency", "op": "at_least", "value": "400"}, "from 0 to 100"),
        ({"field": "role", "op": "in", "value": ["nobody"]}, "There is no such choice any more."),
        ({"field": "role", "op": "in"}, "Choose at least one."),
        ({"field": "nothing", "op": "in", "value": "a"}, "There is no such field."),
        (
            {"field": "time", "op": "between", "start": "25:00", "end": "06:00", "zone": "UTC"},
            "Write a time like 17:30.",
        ),
        ({"field": "time", "op": "between", "start": "06:00", "end": "06:00", "zone": "UTC"}, "two different times"),
        ({"field": "time", "op": "between", "start": "06:00", "end": "07:00", "zone": "Mars"}, "no such time zone"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_and_nothing_is_kept(mia, rules, filled, said):
    page = act(mia, "rule_condition", 1, into="", **filled)
    assert page.status_code == 422
    assert said in text_of(page)
    assert not Ruleset.objects.draft().exists()


@pytest.mark.parametrize("at", ["7", "0.0.0", "a", "٣", "1." * 50, "-1"])
@pytest.mark.parametrize("do", ["remove", "earlier", "wrap", "unwrap", "none", "dance"])
def test_a_place_that_is_not_there_is_refused_with_a_sentence(mia, rules, at, do):
    page = mia.post(reverse("rule_step", args=[1]), {"revision": "", "at": at, "do": do}, HTTP_HX_REQUEST="true")
    assert page.status_code == 409
    assert not Ruleset.objects.draft().exists()


def test_the_last_condition_stays(mia, rules):
    page = mia.post(reverse("rule_step", args=[1]), {"revision": "", "at": "0", "do": "remove"}, HTTP_HX_REQUEST="true")
    assert "A rule needs a condition." in text_of(page)


def test_groups_are_made_nested_and_dissolved(mia, rules):
    act(mia, "rule_condition", 1, into="", grouped="1", field="sentiment", op="in", value=["negative"])
    assert "any" in first()["conditions"]["all"][1]
    act(mia, "rule_step", 1, at="1", do="none")
    assert "none" in first()["conditions"]["all"][1]
    assert "none of these:" in text_of(mia.get(reverse("rule", args=[1])))
    act(mia, "rule_step", 1, at="1", do="unwrap")
    assert first()["conditions"]["all"][1]["field"] == "sentiment"


def test_what_a_rule_does_is_changed_part_by_part(mia, cast, rules):
    act(mia, "rule_doing", 1, "owner", value="support")
    act(mia, "rule_doing", 1, "contributors", value=["pr", "sales"])
    act(mia, "rule_doing", 1, "assignee", value=str(cast.alice.pk))
    act(mia, "rule_doing", 1, "priority", value="urgent")
    act(mia, "rule_doing", 1, "tags", value="safety\nrecall")
    act(mia, "rule_doing", 1, "role", value="critic")
    act(mia, "rule_doing", 1, "then", value="go")
    assert first()["actions"] == {
        "owner": "support",
        "contributors": ["pr", "sales"],
        "assignee": cast.alice.pk,
        "priority": "urgent",
        "tags": ["safety", "recall"],
        "role": "critic",
        "go_on": True,
    }
    page = text_of(mia.get(reverse("rule", args=[1])))
    assert "Send it to Support" in page
    assert "Alice Arnold" in page
    act(mia, "rule_doing", 1, "role", do="remove")
    act(mia, "rule_doing", 1, "owner", value=":spam")
    assert first()["actions"]["spam"] is True
    assert {"role", "owner"}.isdisjoint(first()["actions"])


def test_rules_are_switched_moved_copied_renamed_deleted_and_brought_back(mia, rules):
    act(mia, "rule_switch", 1, on="0")
    assert first()["on"] is False
    act(mia, "rule_place", 1, way="down")
    assert [one["id"] for one in draft().rules] == [2, 1]
    act(mia, "rule_place", 1, to="1")
    act(mia, "rule_name", 1, name="Recalls")
    assert first()["name"] == "Recalls"
    act(mia, "rule_copy", 1)
    assert [(one["id"], one["on"]) for one in draft().rules] == [(1, False), (3, False), (2, True)]
    gone = mia.post(reverse("rule_remove", args=[1]), {"revision": revision()}, HTTP_HX_REQUEST="true")
    assert [one["id"] for one in draft().rules] == [3, 2]
    kept = re.search(r'name="kept" value="([^"]+)"', gone.content.decode())[1]
    act(mia, "rule_restore", None, kept=kept)
    assert [one["id"] for one in draft().rules] == [1, 3, 2]
    again = mia.post(reverse("rule_restore"), {"revision": revision(), "kept": kept}, HTTP_HX_REQUEST="true")
    assert again.status_code == 409


def test_what_was_never_deleted_cannot_be_brought_back(mia, rules):
    page = mia.post(reverse("rule_restore"), {"revision": "", "kept": "made:up"}, HTTP_HX_REQUEST="true")
    assert page.status_code == 409
    assert not Ruleset.objects.draft().exists()


def test_two_browsers_do_not_overwrite_one_another(mia, cast, rules):
    adam = Client()
    adam.force_login(cast.adam)
    act(mia, "rule_switch", 1, on="0")
    seen = revision()
    act(mia, "rule_switch", 2, on="0")
    page = adam.post(reverse("rule_switch", args=[1]), {"revision": seen, "on": "1"}, HTTP_HX_REQUEST="true")
    assert page.status_code == 409
    assert "Mia Meyer" in text_of(page)
    assert f'value="{revision()}"' in page.content.decode()
    assert first()["on"] is False


def test_somebody_who_did_not_see_the_draft_begin_is_told(mia, rules):
    act(mia, "rule_switch", 1, on="0")
    late = mia.post(reverse("rule_switch", args=[2]), {"revision": "", "on": "0"}, HTTP_HX_REQUEST="true")
    assert late.status_code == 409


# --- the draft as a whole


def test_publishing_asks_why_and_says_what_changes(mia, rules):
    act(mia, "rule_condition", 1, into="", field="sentiment", op="in", value=["negative"])
    act(mia, "rule_new", None, name="Prices", words="cost", department="sales")
    dialog = text_of(mia.get(reverse("routing_publish")))
    assert "Changed Rule about recall" in dialog
    assert "it sounds negative" in dialog
    assert "New Prices" in dialog
    assert act(mia, "routing_publish", None, reason="").status_code == 422
    act(mia, "routing_publish", None, reason="Negative ones only.")
    now = Ruleset.objects.published().get()
    assert (now.number, now.reason, str(now.published_by)) == (2, "Negative ones only.", "Mia Meyer")
    assert not Ruleset.objects.draft().exists()


def test_a_draft_that_names_a_department_that_is_gone_is_shown_as_wrong_and_not_published(mia, rules):
    act(mia, "rule_doing", 1, "owner", value="marketing")
    Department.objects.filter(slug="marketing").delete()
    page = mia.get(reverse("rule", args=[1]))
    assert "The department “marketing” is not there any more. Choose another one." in text_of(page)
    refused = act(mia, "routing_publish", None, reason="As agreed.")
    assert refused.status_code == 422
    assert Ruleset.objects.published().get().number == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"field": "followers", "op": "at_most", "value": "5"}, "it can never match"),
        ({"field": "text", "op": "matches", "value": "a*"}, "matches every text"),
    ],
)
def test_a_rule_that_makes_no_sense_is_warned_of_beside_it_and_in_the_list(mia, rules, more, said):
    act(mia, "rule_condition", 1, into="", field="followers", op="at_least", value="10")
    act(mia, "rule_condition", 1, into="", **more)
    page = mia.get(reverse("rule", args=[1]))
    assert text_of(page).count(said) == 2
    assert said in text_of(mia.get(reverse("routing_publish")))


def test_a_rule_that_is_never_reached_says_because_of_which(mia, rules):
    act(mia, "rule_new", None, name="Late", words="recall", department="sales")
    assert "It is never reached: “Rule about recall” before it matches all" in text_of(mia.get(reverse("routing")))


def test_discarding_forgets_the_draft(mia, rules):
    act(mia, "rule_switch", 1, on="0")
    act(mia, "routing_discard", None)
    assert not Ruleset.objects.draft().exists()
    assert Ruleset.objects.published().get().rules[0]["on"] is True


def test_a_draft_that_somebody_has_changed_since_is_not_published(mia, rules):
    act(mia, "rule_switch", 1, on="0")
    seen = revision()
    act(mia, "rule_switch", 2, on="0")
    mia.post(reverse("routing_publish"), {"revision": seen, "reason": "Done."})
    assert Ruleset.objects.published().get().number == 1


def test_the_history_tells_who_and_why_and_puts_an_old_version_in_force_again(mia, rules):
    act(mia, "rule_switch", 1, on="0")
    act(mia, "routing_publish", None, reason="Too many recalls.")
    page = text_of(mia.get(reverse("routing_history")))
    assert "Too many recalls." in page
    assert "Switched off." in page
    assert "Version 2 In force" in page
    mia.post(reverse("routing_roll_back", args=[1]), {"reason": "They were right."})
    now = Ruleset.objects.published().get()
    assert (now.number, now.rules[0]["on"]) == (3, True)
    assert "Version 1 again" in text_of(mia.get(reverse("routing_history")))


def test_a_version_that_names_what_is_gone_is_not_put_in_force_again(mia, rules):
    act(mia, "rule_doing", 1, "owner", value="marketing")
    act(mia, "routing_publish", None, reason="For a while.")
    act(mia, "rule_doing", 1, "owner", value="pr")
    act(mia, "routing_publish", None, reason="Back.")
    Department.objects.filter(slug="marketing").delete()
    assert "The department “marketing” is not there any more." in text_of(
        mia.get(reverse("routing_roll_back", args=[2]))
    )
    assert mia.post(reverse("routing_roll_back", args=[2]), {"reason": "Again."}).status_code == 422
    assert Ruleset.objects.published().get().number == 3


def test_a_draft_that_began_before_another_version_came_into_force_is_looked_at_once_more(mia, cast, rules):
    act(mia, "rule_switch", 1, on="0")
    mia.post(reverse("routing_roll_back", args=[1]), {"reason": "Once more."})
    refused = mia.post(reverse("routing_publish"), {"revision": revision(), "reason": "Done."}, HTTP_HX_REQUEST="true")
    assert refused.status_code == 409
    assert "version 2 in force since this draft began" in text_of(refused)
    act(mia, "routing_publish", None, reason="Looked at.")
    assert Ruleset.objects.published().get().number == 3


def test_thresholds_are_part_of_the_draft(mia, rules):
    act(mia, "routing_thresholds", None, of_default="65", of_noise="80", of_pr="90", of_sales="")
    assert draft().thresholds == {"default": 0.65, "noise": 0.8, "pr": 0.9}
    assert "below 65% it asks Triage" in text_of(mia.get(reverse("routing")))
    page = act(mia, "routing_thresholds", None, of_default="120", of_noise="5")
    assert page.status_code == 422
    assert "from 30 to 99" in text_of(page) or "from 0 to 100" in text_of(page)


# --- trying


def test_a_message_is_tried_on_the_draft_and_compared_with_what_is_in_force(mia, rules):
    act(mia, "rule_doing", 1, "owner", value="support")
    said = text_of(mia.post(reverse("routing_try"), {"text": "Another recall?", "rule": "1"}, HTTP_HX_REQUEST="true"))
    assert "With the draft: Support by the rule “Rule about recall”" in said
    assert "In force now: PR" in said
    assert "matches: recall" in said


def test_a_rule_that_lacks_a_fact_is_said_to_have_failed_not_to_miss(mia, rules):
    act(mia, "rule_condition", 1, into="", field="followers", op="at_least", value="10")
    said = text_of(mia.post(reverse("routing_try"), {"text": "A recall"}, HTTP_HX_REQUEST="true"))
    assert "could not be checked" in said
    assert "followers" in said


@pytest.mark.parametrize("text", ["", " ", "\0", "😀" * 500, "x" * 70_000, "a " * 32_000])
def test_any_text_can_be_tried(mia, rules, text):
    answer = mia.post(reverse("routing_try"), {"text": text}, HTTP_HX_REQUEST="true")
    assert answer.status_code in (200, 422)


def test_a_pattern_is_looked_at_while_it_is_written(mia, cast):
    assert "can be used" in text_of(mia.post(reverse("routing_pattern"), {"value": "brakes?"}))
    assert "Correct the pattern" in text_of(mia.post(reverse("routing_pattern"), {"value": "(?=a)"}))


keys = st.sampled_from(
    ["at", "into", "field", "op", "value", "flag", "start", "end", "zone", "do", "grouped", "revision", "to", "way"]
)
said = st.dictionaries(keys, st.one_of(st.text(max_size=20), st.sampled_from(["text", "is", "0", "0.0", "1", "yes"])))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said, st.sampled_from(["rule_condition", "rule_step", "rule_place", "rule_switch", "rule_copy"]))
def test_whatever_is_posted_is_answered_and_the_rules_stay_usable(mia, rules, filled, url):
    for method in (mia.get, mia.post):
        assert method(reverse(url, args=[1]), filled).status_code < 500
    for one in Ruleset.objects.all():
        for kept in one.rules:
            check(kept["conditions"])
