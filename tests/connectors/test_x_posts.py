"""X's payloads, as recorded in its documented shapes, one test each for what becomes of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.x import posts, replies
from connectors.incoming import Attachment, Author, Context, Incoming, Rejected
from connectors.parse import parse

PAYLOADS = Path(__file__).parent / "payloads" / "x"
USER = {"id": "1000", "username": "halden"}


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def read(body: Any, *, from_mentions: bool = True) -> list[Incoming]:
    around = posts.surroundings(body)
    return [parse(posts.item(one, around, USER, from_mentions=from_mentions), network="x") for one in body["data"]]


@pytest.fixture(params=["mentions", "mentions_post_spelling"])
def told(request: Any) -> list[Incoming]:
    return read(payload(request.param))


def test_a_mention_has_its_author_its_thread_and_its_address(told: list[Incoming]) -> None:
    plain = told[0]
    assert plain.external_id == plain.thread_id == "1990000000000000010"
    assert plain.text == "@halden the app logs me out & forgets my car. <3 anyway"
    assert (plain.kind, plain.action, plain.language, plain.parent_id) == ("mention", "create", "en", "")
    assert plain.url == "https://x.com/dana/status/1990000000000000010"
    assert plain.posted_at.isoformat() == "2026-11-20T08:15:30+00:00"
    assert plain.author == Author(
        external_id="2244994945",
        handle="dana",
        name="Dana Ødegård",
        url="https://x.com/dana",
        avatar_url="https://pbs.twimg.com/profile_images/1/a_normal.jpg",
        followers=1234,
        bio="Cars, coffee & Bergen",
    )
    assert plain.mentions == ()


def test_a_long_post_is_read_whole_with_the_mentions_of_its_whole_text(told: list[Incoming]) -> None:
    long = told[1]
    assert long.text.endswith("the beginning of a friendship.")
    assert long.mentions == (Author(external_id="3000000002", handle="otto_m"),)
    assert long.author.verified


def test_an_edit_is_kept_under_the_first_id_with_the_time_of_the_edit(told: list[Incoming]) -> None:
    edited = told[2]
    assert (edited.external_id, edited.action) == ("1990000000000000006", "edit")
    assert edited.posted_at.isoformat() == "2026-11-20T08:05:00+00:00"
    assert edited.url.endswith("/1990000000000000008")
    assert edited.language == "id"


def test_a_reply_shows_what_it_answers_under_its_first_id(told: list[Incoming]) -> None:
    reply = told[3]
    assert (reply.thread_id, reply.parent_id) == ("1990000000000000001", "1990000000000000002")
    assert reply.context == (
        Context(
            relation="replied_to",
            external_id="1990000000000000002",
            author="@halden",
            author_id="1000",
            text="@dana Try to log in again?",
            url="https://x.com/halden/status/1990000000000000003",
        ),
    )
    assert reply.language == ""


def test_a_quote_shows_what_it_quotes_and_media_stay_at_x(told: list[Incoming]) -> None:
    quote = told[4]
    assert quote.parent_id == ""
    assert [(one.relation, one.text) for one in quote.context] == [("quoted", "We recall nothing & regret nothing.")]
    assert quote.attachments == (
        Attachment(url="https://pbs.twimg.com/media/a.jpg", kind="image", alt="A dashboard with every lamp lit"),
        Attachment(url="https://video.twimg.com/large.mp4", kind="video"),
        Attachment(url="https://pbs.twimg.com/g.jpg", kind="video"),
    )
    assert quote.author == Author(external_id="3000000004")
    assert quote.url == "https://x.com/i/status/1990000000000000004"


def test_the_payload_is_kept_as_it_came_with_what_belongs_to_it() -> None:
    body = payload("mentions")
    raw = read(body)[3].raw
    assert raw["data"] == body["data"][3]
    assert [one["username"] for one in raw["includes"]["users"]] == ["dana"]
    assert [one["id"] for one in raw["includes"]["posts"]] == ["1990000000000000003"]


def test_a_hit_of_a_search_is_a_mention_only_if_it_names_or_quotes_us() -> None:
    body = payload("mentions")
    del body["data"][2]["edit_history_tweet_ids"]
    told = read(body, from_mentions=False)
    assert [one.kind for one in told] == ["mention", "mention", "post", "mention", "mention"]
    assert [one.raw["summoned"] for one in told] == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("shown", "urls", "sent"),
    [
        ("We are on it.", [], "We are on it."),
        ("@dana We are on it.", [], "We are on it."),
        ("@dana @bo We are on it.", [], "@dana We are on it."),
        ("Tea &amp; biscuits &lt;3", [], "Tea & biscuits <3"),
        (
            "@dana See https://t.co/x1",
            [("https://t.co/x1", "https://halden.example/help/")],
            "See https://halden.example/help",
        ),
        ("See https://t.co/x1 now", [("https://t.co/x1", "http://halden.example")], "See halden.example now"),
        ("Cafe\u0301 is open", [], "Café is open\n"),
        ("one\n\ntwo", [], "one\n\ntwo"),
    ],
)
def test_our_own_text_is_recognised_behind_what_x_does_to_it(
    shown: str, urls: list[tuple[str, str]], sent: str
) -> None:
    post = {"text": shown, "entities": {"urls": [{"url": short, "expanded_url": whole} for short, whole in urls]}}
    assert replies.says(post, sent)


@pytest.mark.parametrize("shown", ["We are on it", "We are on it. Really.", "we are on it.", "", None])
def test_another_text_is_not(shown: Any) -> None:
    assert not replies.says({"text": shown}, "We are on it.")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
BODY = payload("mentions")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_s25_a_payload_of_any_shape_is_read_or_rejected(data: st.DataObject) -> None:
    body = json.loads(json.dumps(BODY))
    for part in (*body["data"], *body["includes"]["users"], *body["includes"]["tweets"], *body["includes"]["media"]):
        for name in list(part):
            if data.draw(st.integers(0, 5)) == 0:
                part[name] = data.draw(anything)
    if data.draw(st.booleans()):
        body["includes"] = data.draw(anything)
    around = posts.surroundings(body)
    for one in body["data"]:
        try:
            parse(posts.item(one, around, USER, from_mentions=True), network="x")
        except Rejected as error:
            assert error.field in ("external_id", "author.external_id", "posted_at", "text")


def test_a_profile_names_its_place_and_where_its_addresses_lead() -> None:
    entities = {
        "url": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://dana.example"}]},
        "description": {"urls": [{"expanded_url": "https://instagram.com/dana"}, 5, {"expanded_url": None}]},
    }
    read = posts.author({"id": "1", "username": "dana", "location": "Bergen &amp; Oslo", "entities": entities})
    assert (read["location"], read["links"]) == (
        "Bergen & Oslo",
        ["https://dana.example", "https://instagram.com/dana"],
    )
    for broken in (5, {"url": 5}, {"url": {"urls": 5}}, None):
        assert posts.author({"id": "1", "entities": broken})["links"] == []
