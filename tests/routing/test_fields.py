"""Every field that rules may ask about, with what makes it match, not match and fail."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.conditions import BadCondition, Outcome, Subject, check, prepare
from routing.fields import FIELDS, field_of
from routing.signals import Customer, Post, Senses, Signals
from routing.wording import Phrase, Wording, fold, stands_in

FRIDAY = datetime(2026, 5, 1, 21, 30, tzinfo=UTC)
SENSES = Senses(
    language="de", sentiment=-1, intents={"complaint": 0.8, "help": 0.4}, products=("Halden 500",), urgency=0.6
)
CUSTOMER = Customer(
    roles=frozenset({"customer"}),
    past_roles=frozenset({"prospect"}),
    attributes={"plan": "Gold", "seats": "12", "since": "2024-05-03"},
    owners=frozenset({"sales"}),
    tags=frozenset({"Trade fair"}),
)
OURS = Post("1", "Win a #HaldenWeekend with us", is_ours=True)


def leaf(field, op, value, **more):
    return {"field": field, "op": op, "value": value, **more}


def result(conditions, text="", **signals):
    return prepare(conditions)(Subject(Signals(text, **signals)))


KNOWN = {
    "text": "See https://shop.example.org/a, #Recall now",
    "subject": "Order 12",
    "senses": SENSES,
    "customer": CUSTOMER,
    "post": OURS,
    "at": FRIDAY,
    "open_at": frozenset({"Office"}),
    "channel": "Help desk",
    "attachments": ("image",),
    "author_email": "ann@mail.example.com",
    "is_reply": True,
    "is_first": False,
    "owner": "support",
}


@pytest.mark.parametrize(
    ("matching", "other"),
    [
        (leaf("subject", "contains", "order"), leaf("subject", "contains", "recall")),
        (leaf("hashtag", "is", "#recall"), leaf("hashtag", "is", "rec")),
        (leaf("link", "is", "example.org"), leaf("link", "in", ["example.com", "ample.org"])),
        (leaf("attachment", "in", ["video", "image"]), leaf("attachment", "is", "file")),
        (leaf("channel", "is", "help desk"), leaf("channel", "is", "Press")),
        (leaf("language", "is", "de"), leaf("language", "is", "en")),
        (leaf("sentiment", "is", "negative"), leaf("sentiment", "in", ["neutral", "positive"])),
        (leaf("intent", "is", "complaint"), leaf("intent", "is", "help")),
        (leaf("urgency", "at_least", 0.6), leaf("urgency", "at_most", 0.5)),
        (leaf("product", "is", "halden 500"), leaf("product", "is", "Halden 5")),
        (leaf("post", "contains", "win"), leaf("post", "matches", "^with")),
        (leaf("post_is_ours", "is", True), leaf("post_is_ours", "is", False)),
        (leaf("campaign", "is", "#haldenweekend"), leaf("campaign", "is", "weekend")),
        (leaf("email_domain", "is", "example.com"), leaf("email_domain", "is", "example.org")),
        (leaf("role", "is", "customer"), leaf("role", "is", "prospect")),
        (leaf("past_role", "is", "prospect"), leaf("past_role", "is", "customer")),
        (leaf("tag", "is", "trade fair"), leaf("tag", "is", "trade")),
        (leaf("contact_owner", "is", "sales"), leaf("contact_owner", "is", "support")),
        (leaf("department", "is", "support"), leaf("department", "is", "sales")),
        (leaf("is_reply", "is", True), leaf("is_first", "is", True)),
        (leaf("time", "between", ["21:00", "06:00"]), leaf("time", "between", ["09:00", "17:30"])),
        (
            leaf("time", "between", ["23:00", "23:59"], zone="Europe/Berlin"),
            leaf("time", "between", ["22:00", "23:00"]),
        ),
        (leaf("weekday", "in", ["fri", "sat"]), leaf("weekday", "in", ["sat"])),
        (leaf("weekday", "in", ["sat"], zone="Asia/Tokyo"), leaf("weekday", "in", ["fri"], zone="Asia/Tokyo")),
        (leaf("hours", "open", "Office"), leaf("hours", "closed", "Office")),
        (leaf("hours", "closed", "Shop"), leaf("hours", "open", "Shop")),
        (leaf("attribute:plan", "is", "gold"), leaf("attribute:plan", "in", ["Silver"])),
        (leaf("attribute:plan", "contains", "gold"), leaf("attribute:plan", "contains", "old")),
        (leaf("attribute:seats", "at_least", 12), leaf("attribute:seats", "at_most", 9.5)),
        (leaf("attribute:since", "before", "2024-05-04"), leaf("attribute:since", "after", "2024-05-03")),
        (leaf("attribute:plan", "known", True), leaf("attribute:size", "known", True)),
    ],
)
def test_a_field_matches_and_does_not(matching, other):
    found = result(matching, **KNOWN)
    assert (found.outcome, bool(found.term)) == (Outcome.MATCH, True)
    found = result(other, **KNOWN)
    assert (found.outcome, bool(found.term)) == (Outcome.NO_MATCH, True)


@pytest.mark.parametrize(
    "condition",
    [
        leaf("subject", "contains", "x"),
        leaf("sentiment", "is", "negative"),
        leaf("intent", "is", "help"),
        leaf("urgency", "at_least", 0),
        leaf("product", "is", "x"),
        leaf("rival", "is", "x"),
        leaf("post", "contains", "x"),
        leaf("post_is_ours", "is", False),
        leaf("campaign", "is", "x"),
        leaf("email_domain", "is", "x.example"),
        leaf("role", "is", "x"),
        leaf("past_role", "is", "x"),
        leaf("tag", "is", "x"),
        leaf("contact_owner", "is", "x"),
        leaf("is_reply", "is", False),
        leaf("is_first", "is", False),
        leaf("time", "between", ["00:00", "23:59"]),
        leaf("weekday", "in", ["mon"]),
        leaf("hours", "open", "Office"),
        leaf("attribute:plan", "known", False),
    ],
)
def test_what_nobody_found_out_fails_and_stays_failed_when_it_is_turned_round(condition):
    for wrapped in (condition, {"none": [condition]}):
        found = result(wrapped)
        assert found.outcome is Outcome.FAILED and "unknown" in found.term


def test_an_attribute_that_nobody_filled_in_or_that_is_no_number_fails():
    assert result(leaf("attribute:size", "is", "big"), customer=CUSTOMER).outcome is Outcome.FAILED
    assert result(leaf("attribute:plan", "at_least", 3), customer=CUSTOMER).outcome is Outcome.FAILED


def test_a_message_that_answers_nothing_answers_no_post_of_ours():
    for condition in (leaf("post", "contains", "x"), leaf("post_is_ours", "is", True), leaf("campaign", "is", "x")):
        assert result(condition, post=Post()).outcome is Outcome.NO_MATCH


@pytest.mark.parametrize(
    "condition",
    [
        leaf("sentiment", "is", "sad"),
        leaf("attachment", "is", "gif"),
        leaf("urgency", "at_least", 2),
        leaf("urgency", "at_least", float("nan")),
        leaf("time", "between", ["9", "17"]),
        leaf("time", "between", ["09:00", "09:00"]),
        leaf("time", "between", ["09:00", "10:00"], zone="Mars/Base"),
        leaf("weekday", "in", ["friday"]),
        leaf("text", "contains", "x", zone="UTC"),
        leaf("text", "contains", "a\0b"),
        leaf("text", "matches", "(x{500}){40}"),
        leaf("attribute:plan", "matches", "x"),
        leaf("attribute:", "is", "x"),
        leaf("attribute:a b", "is", "x"),
        leaf("attribute:since", "before", "May"),
        leaf("attribute:plan", "known", 1),
        leaf("hours", "open", ["a", "b"]),
        leaf("hours", "open", True),
        leaf("hashtag", "is", "#"),
    ],
)
def test_values_that_cannot_be_compared_with_are_refused_with_a_remedy(condition):
    with pytest.raises(BadCondition) as caught:
        check(condition)
    assert caught.value.remedy


def test_every_field_says_what_it_is_compared_by():
    assert len({one.name for one in FIELDS}) == len(FIELDS)
    for one in FIELDS:
        assert one.operators and one.label and one.noun and field_of(one.name) is one


letters = st.text("ab_ 退é\u0301'’#+😡\u200d", max_size=12)


@given(letters, letters)
def test_looking_words_up_finds_what_searching_the_text_finds(text, value):
    phrase = Phrase(value)
    if phrase.folded:
        assert Wording(text).says(phrase) == stands_in(phrase.folded, fold(text))


def test_the_manual_lists_every_field_and_how_it_is_compared():
    page = (Path(__file__).parents[2] / "docs/routing.md").read_text()
    rows = {
        name: set(re.findall("`([a-z_]+)`", row.split("|")[2]))
        for row in page.splitlines()
        if row.startswith("| `")
        for name in re.findall("`([a-z_]+)", row.split("|")[1])
    }
    for one in FIELDS:
        assert rows[one.name] == set(one.operators), one.name
