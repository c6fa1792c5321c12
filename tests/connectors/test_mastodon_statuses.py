"""What becomes of Mastodon's entities, and of what only pretends to be one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channels.mastodon import statuses
from connectors.channels.mastodon.length import length
from connectors.channels.mastodon.statuses import Home, Place
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse

PAYLOADS = Path(__file__).parent / "payloads" / "mastodon"
HOME = Home(account_id="1", handle="brand@social.test", domain="social.test", characters=5000)


def read(name: str, **place: Any) -> Incoming:
    status = json.loads((PAYLOADS / f"{name}.json").read_text())["status"]
    told = statuses.item(status, HOME, Place(statuses.name_of(status)), mentioned=True)
    return parse(told, network="mastodon")


def test_a_mention_is_read_with_all_that_belongs_to_it() -> None:
    item = read("mention")
    assert item.external_id == "https://far.example/users/zsc/statuses/103270115826048975"
    assert item.kind == "mention"
    assert item.title == "Complaint"
    assert item.text == (
        "@brand the box was empty & open, see"
        " https://photos.example/a-very-long-address/that-is-cut?x=1&y=2\n\n"
        "What now?\nPlease answer #Halden\n○ Refund\n○ New box"
    )
    assert item.author.external_id == item.author.handle == "zsc@far.example"
    assert (item.author.followers, item.author.verified) == (1204, True)
    assert item.author.avatar_url.endswith("static.png")
    assert item.author.bio == "Reads. zsc.example"
    assert [(one.url, one.kind, one.alt) for one in item.attachments] == [
        ("https://files.social.test/media/original.png", "image", "An empty box"),
        ("https://far.example/media/film.mp4", "video", ""),
    ]
    assert [one.external_id for one in item.mentions] == ["bo@social.test"]
    assert item.raw["limits"]["characters"] == 5000
    assert "note" not in item.raw["status"]["account"]


def test_a_quotation_shows_what_it_quotes() -> None:
    item = read("quote")
    assert item.context[0].relation == "quoted"
    assert item.context[0].external_id == "https://social.test/users/brand/statuses/7"
    assert item.context[0].author == "@brand@social.test"
    assert item.context[0].text == "We never break anything."
    assert item.language == "de"
    assert (item.author.external_id, item.author.name, item.author.verified) == ("dana@social.test", "dana", False)


def test_what_snac_calls_private_is_direct() -> None:
    item = read("snac_mention")
    assert item.kind == "direct"
    assert item.text == "@brand@snac.test:8094 hello there"
    assert item.author.external_id == "cust@snac.test:8094"


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"domain": "social.test", "configuration": {"statuses": {"max_characters": 5000}}}, ("social.test", 5000)),
        ({"uri": "https://Social.test/", "max_toot_chars": 1500}, ("social.test", 1500)),
        ({}, ("host.test:8094", 500)),
        ({"domain": 5, "configuration": {"statuses": {"max_characters": "many"}}}, ("host.test:8094", 500)),
    ],
)
def test_a_server_may_say_little_of_itself(instance: Any, expected: Any) -> None:
    home = statuses.home_of({"id": 1, "acct": "brand"}, instance, "http://host.test:8094/path")
    assert (home.domain, home.characters) == expected
    assert statuses.home_kept({"account_id": "1"}) is None


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
)
FIELDS = (
    "id uri url account content visibility spoiler_text created_at edited_at in_reply_to_id media_attachments mentions"
    " poll quote language reblog tags acct username display_name note fields followers_count quoted_status"
    " options title"
).split()
status_like = st.recursive(
    anything, lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8), max_leaves=20
)


@given(status=st.dictionaries(st.sampled_from(FIELDS), status_like, max_size=16), edited=st.booleans())
def test_s25_whatever_a_status_holds_it_is_read_or_rejected(status: dict[str, Any], edited: bool) -> None:
    told = statuses.item(status, HOME, Place("", status), mentioned=True, edited=edited)
    try:
        parse(told, network="mastodon")
    except Rejected:
        return


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", 5),
        ("See https://example.com/a/very/long/address?with=parameters&more", 27),
        ("@dana@far.example thank you", 15),
        ("mail me at dana@far.example", 27),
        ("äöü", 3),
    ],
)
def test_links_and_mentions_count_as_mastodon_counts_them(text: str, expected: int) -> None:
    assert length(text) == expected


def test_the_addresses_in_a_profiles_fields_are_its_links() -> None:
    shown = '<a href="https://x.com/dana" rel="me"><span class="invisible">https://</span>x.com/dana</a>'
    home = statuses.home_of({"acct": "us", "url": "https://m.example/@us"}, {}, "https://m.example")
    fields = [{"name": "X", "value": shown}, {"name": "Town", "value": "Bergen"}, {"name": "?", "value": 5}, None]
    assert statuses.author({"acct": "dana", "fields": fields}, home)["links"] == ["https://x.com/dana"]
