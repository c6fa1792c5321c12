"""How posts are read: payloads of Bluesky's own servers, one file an event, and hostile ones."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.bluesky import posts
from connectors.channels.bluesky.posts import Surroundings
from connectors.channels.bluesky.richtext import linked
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse

PAYLOADS = Path(__file__).parent / "payloads" / "bluesky"
BRAND = "did:plc:ekn5ndfy4t3nwxvv4zipc7ez"
DANA = "did:plc:ux2dwnufttllnmh2zodcwhyn"
OWN = "We are here."


def read(name: str, **changes: Any) -> Incoming:
    payload = json.loads((PAYLOADS / f"{name}.json").read_text())
    around = Surroundings(
        posts={one["uri"]: one for one in payload["posts"]},
        profiles={DANA: payload["profile"] | {"followersCount": 12}},
    )
    view = payload["notification"] | changes
    return parse(posts.item(view, around, BRAND, reason=str(view["reason"])), network="bluesky")


def test_a_mention_with_a_picture() -> None:
    item = read("mention_with_picture")
    assert (item.kind, item.text, item.language) == ("mention", "@halden-brand.test my seat is wet", "en")
    assert item.external_id == item.thread_id
    assert item.url == f"https://bsky.app/profile/{DANA}/post/{item.external_id.rsplit('/', 1)[1]}"
    assert (item.author.external_id, item.author.handle, item.author.name) == (DANA, "dana.travel.test", "Dana Ødegård")
    assert (item.author.followers, item.author.verified) == (12, False)
    assert item.author.avatar_url.startswith("https://cdn.bsky.app/")
    assert [(one.kind, one.alt) for one in item.attachments] == [("image", "A wet seat")]
    assert "/feed_fullsize/" in item.attachments[0].url
    assert item.mentions == ()
    assert item.posted_at == datetime(2026, 11, 22, 5, 44, 43, item.posted_at.microsecond, tzinfo=UTC)
    assert item.raw["cid"].startswith("bafyrei")


def test_a_reply_shows_what_it_answers_and_where_its_links_lead() -> None:
    item = read("reply_with_links")
    assert item.text == "Not true, see https://example.com/long/path/to/it and here (https://evil.example/) 👩‍💻"
    assert item.parent_id == item.thread_id
    assert item.parent_id.startswith(f"at://{BRAND}/")
    context = asdict(item.context[0])
    assert (context["relation"], context["author"], context["text"]) == ("replied_to", "@halden-brand.test", OWN)


@pytest.mark.parametrize("name", ["quote", "quote_with_picture"])
def test_a_quote_shows_what_it_quotes(name: str) -> None:
    item = read(name)
    assert item.text in ("Look at this", "Both")
    assert [(one.relation, one.text) for one in item.context] == [("quoted", OWN)]
    assert len(item.attachments) == (name == "quote_with_picture")


def test_a_quote_without_words_says_what_it_quotes() -> None:
    item = read("quote_without_words")
    assert item.text == item.context[0].url
    assert item.text.startswith(f"https://bsky.app/profile/{BRAND}/post/")


def test_a_link_card_is_told_as_title_and_address() -> None:
    assert read("mention_with_card").text == (
        "@halden-brand.test read this\n\nNews of the day\nhttps://example.com/news"
    )


def test_a_video_is_its_first_frame() -> None:
    embed = {"playlist": "https://v.example/p.m3u8", "thumbnail": "https://v.example/t.jpg", "alt": "A dog"}
    assert posts.attachments(embed) == [
        {"url": "https://v.example/t.jpg", "kind": "image", "alt": "A dog", "name": "Video"}
    ]


def test_s5_a_post_that_is_not_in_its_authors_repository_is_refused() -> None:
    with pytest.raises(Rejected, match="repository"):
        read("quote", author={"did": BRAND, "handle": "halden-brand.test"})


@pytest.mark.parametrize(
    ("created", "indexed", "expected"),
    [
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:01Z", "2024-05-01T10:00:00+00:00"),
        ("2030-05-01T10:00:00Z", "2024-05-01T10:00:01Z", "2024-05-01T10:00:01+00:00"),
        ("2024-05-01T12:00:00.123456789+02:00", "2024-05-01T10:00:01Z", "2024-05-01T10:00:00.123456+00:00"),
        ("2024-05-01T10:00:00", "2024-05-01T10:00:01Z", "2024-05-01T10:00:00+00:00"),
        ("1970-01-01T00:00:00Z", "2024-05-01T10:00:01Z", "2024-05-01T10:00:01+00:00"),
        ("0001-01-01T00:00:00+14:00", "2024-05-01T10:00:01Z", "2024-05-01T10:00:01+00:00"),
        ("yesterday", "2024-05-01T10:00:01Z", "2024-05-01T10:00:01+00:00"),
        (None, "2024-05-01T10:00:01Z", "2024-05-01T10:00:01+00:00"),
    ],
)
def test_nobody_writes_later_than_the_network_sees_it(created: Any, indexed: str, expected: str) -> None:
    at = posts.written_at({"indexedAt": indexed, "record": {"createdAt": created}})
    assert at == datetime.fromisoformat(expected)


def link(text: str, words: str, uri: str) -> str:
    start = len(text[: text.index(words)].encode())
    features = [{"$type": "app.bsky.richtext.facet#link", "uri": uri}]
    return linked(text, [{"index": {"byteStart": start, "byteEnd": start + len(words.encode())}, "features": features}])


@pytest.mark.parametrize(
    ("words", "uri", "shown"),
    [
        ("example.com/a", "https://example.com/a", "https://example.com/a"),
        ("https://example.com/a", "https://example.com/a", "https://example.com/a"),
        ("example.com/…", "https://www.example.com/abc?d", "https://www.example.com/abc?d"),
        ("bank.example", "https://evil.example/bank.example", "bank.example (https://evil.example/bank.example)"),
        ("ba...", "https://bank.example/", "ba... (https://bank.example/)"),
        ("Ærø", "javascript:alert(1)", "Ærø"),
    ],
)
def test_s23_a_link_shows_where_it_leads(words: str, uri: str, shown: str) -> None:
    assert link(f"💺 {words}, ja", words, uri) == f"💺 {shown}, ja"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=15),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@settings(max_examples=300)
@given(st.data())
def test_s25_whatever_a_field_holds_only_rejected_is_raised(data: Any) -> None:
    payload = json.loads(
        (PAYLOADS / f"{data.draw(st.sampled_from(['quote_with_picture', 'reply_with_links']))}.json").read_text()
    )
    view, whole = payload["notification"], payload["posts"][0]
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = data.draw(
            st.sampled_from([view, view["record"], whole, whole["record"], whole.get("embed", whole)])
        )
        if not isinstance(place, dict) or not place:
            break
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(anything)
        if not all(isinstance(one.get("record"), dict) for one in (view, whole)):
            break
    around = Surroundings(posts={str(whole.get("uri")): whole})
    try:
        posts.wanted(view)
        parse(posts.item(view, around, BRAND, reason="mention"), network="bluesky")
    except Rejected:
        pass
