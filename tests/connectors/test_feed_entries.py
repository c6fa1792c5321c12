"""What becomes of feeds' entries, of podcasts, YouTube and forums, and of what only pretends to be a feed."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.feed import entries
from connectors.channels.feed.document import read
from connectors.channels.feed.source import feed_address
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError

PAYLOADS = Path(__file__).parent / "payloads" / "feed"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def items(content: bytes, address: str = "https://pod.example/feed") -> list[Incoming]:
    document = read(content, address=address)
    told = document["entries"]
    return [
        parse(entries.item(one, key, document["feed"], address, NOW, edited=False), network="feed", now=NOW)
        for key, one in zip(entries.keys(told), told, strict=True)
    ]


def from_file(name: str, address: str = "https://pod.example/feed") -> list[Incoming]:
    return items((PAYLOADS / name).read_bytes(), address)


@pytest.mark.parametrize("oldest_first", [True, False])
def test_of_too_many_entries_the_newest_are_read(oldest_first: bool) -> None:
    days = [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(1100)]
    told = "".join(
        f"<item><guid>{n}</guid><title>{n}</title><pubDate>{format_datetime(day)}</pubDate></item>"
        for n, day in sorted(enumerate(days), reverse=not oldest_first)
    )
    found = read(f'<rss version="2.0"><channel><title>All</title>{told}</channel></rss>'.encode())["entries"]
    assert {one["id"] for one in found} == {str(n) for n in range(100, 1100)}


def test_a_podcasts_episode_comes_with_its_words_and_its_sound() -> None:
    seven, six = from_file("podcast.xml")
    assert (seven.external_id, seven.kind, seven.title) == ("ep-7", "post", "Episode 7: Halden tested")
    assert seven.text == "The brakes failed. See the notes (https://pod.example/notes/7)."
    assert "<b>failed</b>" in seven.html
    assert "script" not in seven.html
    assert seven.url == "https://pod.example/7"
    assert seven.posted_at == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert seven.language == "en-US"
    assert [(one.url, one.kind) for one in seven.attachments] == [("https://pod.example/7.mp3", "audio")]
    assert (seven.author.name, seven.author.handle) == ("Ida", "On the Road & Off")
    assert seven.author.external_id == "https://pod.example/feed#ida"
    assert seven.author.avatar_url == "https://pod.example/cover.jpg"
    assert seven.raw["entry"]["comments_feed"] == "https://pod.example/7/comments"
    # Without id, link and date there is a name all the same, and the time is when it was found.
    assert six.external_id.startswith("hash:")
    assert six.posted_at == NOW
    assert six.text == "Plain words\nin two lines, 3 < 4"
    assert six.author.name == "Pod People"


def test_a_film_on_youtube_comes_with_its_description_and_its_picture() -> None:
    [film] = from_file("youtube.xml")
    assert (film.external_id, film.url) == ("yt:video:abc", "https://www.youtube.com/watch?v=abc")
    assert film.text == "Step by step.\n\nParts & tools: https://halden.example/parts"
    assert [(one.url, one.kind) for one in film.attachments] == [("https://i4.ytimg.com/vi/abc/hqdefault.jpg", "image")]
    assert film.author.external_id == film.author.url == "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv"


def test_an_answer_in_a_forum_says_what_it_answers() -> None:
    answer, question = from_file("forum.xml")
    assert (answer.external_id, answer.parent_id, question.parent_id) == ("urn:post:2", "urn:post:1", "")
    assert answer.text == "Bei mir auch <3"
    assert question.text == "Die Bremse quietscht."
    assert question.language == "de"
    assert answer.author.external_id != question.author.external_id


def test_the_same_id_for_everything_makes_nothing_one() -> None:
    item = b"<item><guid isPermaLink='false'>x</guid><title>%d</title><link>https://a.example/%d</link></item>"
    found = items(b"<rss version='2.0'><channel>" + b"".join(item % (n, n) for n in range(3)) + b"</channel></rss>")
    assert len({one.external_id for one in found}) == 3


def test_ids_stay_what_they_are_wherever_the_feed_lies() -> None:
    content = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><id>post-1</id><title>A</title></entry></feed>"
    assert [
        one.external_id for one in items(content, "https://a.example/x") + items(content, "https://b.example/")
    ] == [
        "post-1",
        "post-1",
    ]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("iso-8859-1", "iso-8859-1"), ("utf-16", "utf-16"), ("windows-1252", "utf-8")],
)
def test_other_and_wrong_encodings_are_read_all_the_same(encoding: str, declared: str) -> None:
    text = (
        f"<?xml version='1.0' encoding='{declared}'?><rss version='2.0'><channel><title>T</title>"
        "<item><guid>1</guid><title>Größe über alles</title></item></channel></rss>"
    )
    assert items(text.encode(encoding))[0].title == "Größe über alles"


@pytest.mark.parametrize("declared", [b"\xd3tf-8", b"utf-8\x00", b"x-none", b"", b"unicode_escape", b"zlib"])
def test_an_encoding_that_is_none_is_no_obstacle(declared: bytes) -> None:
    content = b"<?xml version='1.0' encoding='" + declared + b"'?><rss version='2.0'><channel><item><guid>1</guid>"
    assert items(content + b"<title>Words</title></item></channel></rss>")[0].title == "Words"


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday", "0000-00-00", "-1"]
)
def test_a_date_that_cannot_be_is_none(date: str) -> None:
    content = f"<rss version='2.0'><channel><item><guid>1</guid><title>A</title><pubDate>{date}</pubDate></item>"
    [found] = items(f"{content}</channel></rss>".encode())
    assert found.posted_at == NOW


@pytest.mark.parametrize(
    ("entered", "asked"),
    [
        ("blog.example/feed", "https://blog.example/feed"),
        ("  https://blog.example/feed ", "https://blog.example/feed"),
        ("feed://blog.example/feed", "https://blog.example/feed"),
        ("feed:https://blog.example/feed", "https://blog.example/feed"),
        (
            "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
        ),
        (
            "https://m.youtube.com/playlist?list=PL123",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL123",
        ),
        ("youtube.com/user/halden", "https://www.youtube.com/feeds/videos.xml?user=halden"),
        ("https://www.youtube.com/@halden", "https://www.youtube.com/@halden"),
    ],
)
def test_addresses_are_completed_and_youtubes_become_feeds(entered: str, asked: str) -> None:
    assert feed_address(entered) == asked


@pytest.mark.parametrize("entered", ["", "ftp://x.example", "https://", "http://[::1", "a b"])
def test_what_is_no_address_is_refused(entered: str) -> None:
    with pytest.raises(ConnectorError) as caught:
        feed_address(entered)
    assert caught.value.permanent


@given(
    parts=st.lists(
        st.sampled_from(
            "<rss version='2.0'>|<channel>|<item>|</item>|<title>|</title>|<guid>|</guid>|<pubDate>|</pubDate>|<link>"
            "|</link>|<description>|<![CDATA[|]]>|&lt;|&#0;|&#xD800;|<enclosure url='x' type='audio/x'/>|<feed>|<entry>"
            "|<id>|<content type='html'>|<author>|<name>|<media:content url='y'/>|<thr:in-reply-to ref='z'/>"
            "|<image>|\x00|\xff|ä|{|<!DOCTYPE x [<!ENTITY a 'b'>]>|&a;|<html>|<link rel='alternate' href=' '>".split(
                "|"
            )
        )
        | st.text(max_size=8),
        max_size=25,
    )
)
@settings(max_examples=150, deadline=None)
def test_s25_whatever_a_document_holds_it_is_read_or_rejected(parts: list[str]) -> None:
    document: Any = read("".join(parts).encode("utf-8", "replace"), address="https://a.example/")
    for key, one in zip(entries.keys(document.get("entries", [])), document.get("entries", []), strict=True):
        told = entries.item(one, key, document["feed"], "https://a.example/", NOW, edited=False)
        entries.version(one)
        try:
            parse(told, network="feed", now=NOW)
        except Rejected:
            continue
