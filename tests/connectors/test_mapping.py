"""Mappings from any JSON to messages: what an admin draws, and whatever arrives afterwards."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import mapping, paths
from connectors.incoming import Rejected
from connectors.parse import parse
from tests.connectors.test_webhook_conformance import MAPPING, payload

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SMALL = {"external_id": "id", "author.external_id": "who", "text": "words"}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def read(rules: dict[str, Any], sample: Any) -> Any:
    one = mapping.apply(rules, sample, NOW)[0]
    if isinstance(one, Rejected):
        raise one
    return parse(one, network="webhook", now=NOW)


def posted(value: Any) -> datetime:
    sample = {"id": 1, "who": "a", "words": "Hello", "at": value}
    read_at: datetime = read(SMALL | {"posted_at": "at"}, sample).posted_at
    return read_at


def test_it_reads_a_delivery_with_several_messages() -> None:
    told = mapping.apply(mapping.load(json.dumps(MAPPING)), payload("foreign"), NOW)
    first, second = (parse(one, network="webhook", now=NOW) for one in told)
    assert (first.external_id, first.author.external_id, first.author.name) == ("880012", "r-55", "Bo Lindqvist")
    assert first.kind == "review"
    assert first.text.startswith("Two weeks")
    assert first.posted_at == datetime.fromtimestamp(1747900000.123, UTC)
    assert [one.url for one in first.attachments] == [
        "https://reviews.example/i/1.jpg",
        "https://reviews.example/i/2.jpg",
    ]
    assert first.raw["stars"] == 2
    assert (second.author.avatar_url, second.attachments) == ("", ())


def test_without_a_time_a_message_was_posted_when_it_arrived() -> None:
    assert read(SMALL, {"id": 1, "who": "a", "words": "Hello"}).posted_at == NOW


@pytest.mark.parametrize(
    "value",
    [
        "2025-05-20T09:15:00+02:00",
        "2025-05-20T07:15:00Z",
        "2025-05-20 07:15:00",
        1747725300,
        1747725300.0,
        "1747725300",
        1747725300000,
        "1747725300000",
        1747725300000000,
        "Tue, 20 May 2025 09:15:00 +0200",
    ],
)
def test_it_reads_times_as_systems_write_them(value: Any) -> None:
    assert posted(value) == datetime(2025, 5, 20, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize("value", ["soon", True, [], {}, 1e300, float("nan"), float("inf"), -(10**400), "9" * 60])
def test_what_is_no_time_says_so_with_its_path(value: Any) -> None:
    with pytest.raises(Rejected, match="posted_at: .*(at at|at and|between 1990)"):
        posted(value)


@pytest.mark.parametrize(
    ("field", "sample"),
    [
        ("external_id", {"who": "a", "words": "Hello"}),
        ("author.external_id", {"id": 1, "who": None, "words": "Hello"}),
        ("text", {"id": 1, "who": "a", "words": ""}),
        ("text", {"id": 1, "who": "a", "words": {"de": "Hallo"}}),
        ("external_id", "Hello"),
    ],
)
def test_an_error_names_field_path_and_remedy(field: str, sample: Any) -> None:
    with pytest.raises(Rejected) as caught:
        read(SMALL, sample)
    assert caught.value.field == field
    assert SMALL[field] in str(caught.value)
    assert str(caught.value).endswith((".", "number."))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "must be a JSON object"),
        ("[" * 100_000, "JSON"),
        ('{"external_id": "id"}', "author.external_id' is missing"),
        (json.dumps(SMALL | {"colour": "red"}), "is no field of a message"),
        (json.dumps(SMALL | {"text": "a..b"}), "is no path"),
        (json.dumps(SMALL | {"text": "a[x]"}), "is no path"),
        (json.dumps(SMALL | {"text": 7}), "is no path"),
        (json.dumps(SMALL | {"items": ""}), "is no path"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_before_it_is_used(text: str, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        mapping.load(text)


def test_items_that_lead_to_no_list_are_rejected_once() -> None:
    (one,) = mapping.apply(SMALL | {"items": "data"}, {"data": "none"}, NOW)
    assert isinstance(one, Rejected)
    assert "leads to no list" in str(one)


def test_too_many_items_are_rejected_once() -> None:
    (one,) = mapping.apply(SMALL, [{}] * 1001, NOW)
    assert isinstance(one, Rejected)


def test_the_page_is_shown_every_value_with_its_path() -> None:
    shown = dict(mapping.leaves(payload("foreign")))
    assert shown["data.reviews[0].body.text"].startswith("Two weeks")
    assert shown['data.reviews[1].reviewer["display.name"]'] == "Ayşe Demir"
    assert mapping.lists(payload("foreign")) == [("data.reviews", 2)]


@given(anything)
def test_every_path_that_is_shown_leads_back_to_its_value(sample: Any) -> None:
    for path, value in mapping.leaves(sample):
        steps = paths.read(path)
        assert steps is not None
        found = paths.value_at(sample, steps)
        assert found is value or found == value


@given(anything, st.dictionaries(st.sampled_from(mapping.FIELDS), st.sampled_from(["a", "[0]", "b.c", "[0].a"])))
def test_whatever_arrives_a_mapping_gives_messages_or_says_why_not(sample: Any, drawn: dict[str, str]) -> None:
    rules = {"external_id": "a", "author.external_id": "b", "text": "c"} | drawn
    for one in mapping.apply(mapping.load(json.dumps(rules)), sample, NOW):
        if isinstance(one, dict):
            try:
                parse(one, network="webhook", now=NOW)
            except Rejected as error:
                assert error.field


@given(st.text(max_size=200))
def test_whatever_is_written_as_a_mapping_is_read_or_rejected(text: str) -> None:
    try:
        mapping.load(text)
    except Rejected as error:
        assert str(error)


@given(st.text(max_size=60))
def test_whatever_is_written_as_a_path_is_read_or_none(text: str) -> None:
    steps = paths.read(text)
    if steps is not None:
        paths.value_at(paths.holding(7, steps), steps)


def test_an_item_can_stand_alone_in_a_delivery_of_its_own() -> None:
    rules = mapping.load(json.dumps(MAPPING))
    second = payload("foreign")["data"]["reviews"][1]
    assert mapping.items(rules, mapping.alone(rules, second)) == [second]
