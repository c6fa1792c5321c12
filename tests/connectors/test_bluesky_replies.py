"""Replies on Bluesky: under a key of their own, in the right thread, once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from connectors.channels.bluesky import Bluesky, replies
from connectors.channels.bluesky.graphemes import graphemes, length
from connectors.protocol import ConnectorError, File, Original, Outgoing
from tests.connectors.bench import original_of, told
from tests.connectors.test_bluesky_conformance import account_for
from tests.servers.bluesky import Server, serving


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def answer(server: Server, text: str = "Thank you.", **changes: Any) -> tuple[Bluesky, Outgoing]:
    """A reply to the newest message that a pull brings."""
    connector = Bluesky(account_for(server, direct="1"))
    newest = max(told(connector), key=lambda item: item.posted_at)
    queued_at = changes.pop("queued_at", datetime.now(UTC))
    made = Outgoing(text=text, original=original_of(newest), client_key=str(uuid4()), queued_at=queued_at)
    return connector, replace(made, **changes)


def written(server: Server) -> dict[str, Any]:
    """The record of the brand's only post."""
    (post,) = server.world.own()
    return dict(post["record"])


def test_a_reply_names_its_parent_and_the_root_that_the_parent_names(server: Server) -> None:
    root = server.world.add("The night train is late", "eve.test")
    parent = server.world.add("@brand.test is it?", "dana.test", reply=root["uri"])
    connector, outgoing = answer(server)
    sent = connector.reply(outgoing)
    assert written(server)["reply"] == {
        "root": {"uri": root["uri"], "cid": root["cid"]},
        "parent": {"uri": parent["uri"], "cid": parent["cid"]},
    }
    assert sent.external_id == server.world.own()[0]["uri"]
    assert sent.url == f"https://bsky.app/profile/{server.world.brand}/post/{sent.external_id.rsplit('/', 1)[1]}"


def test_a_reply_answers_the_newest_version_of_an_edited_post(server: Server) -> None:
    post = server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    server.world.edit(post["uri"], "@brand.test good morning")
    connector.reply(outgoing)
    newest = server.world.posts[post["uri"]]["cid"]
    assert written(server)["reply"]["parent"]["cid"] == newest != post["cid"]


def test_a_reply_goes_out_while_the_network_cannot_show_anything(server: Server) -> None:
    post = server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    server.faults.add("status", "getPosts", status=502)
    connector.reply(outgoing)
    assert written(server)["reply"]["parent"] == {"uri": post["uri"], "cid": post["cid"]}


def test_nobody_answers_a_post_that_is_gone(server: Server) -> None:
    post = server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    server.world.delete(post["uri"])
    with pytest.raises(ConnectorError, match="gone") as caught:
        connector.reply(outgoing)
    assert (caught.value.permanent, caught.value.unknown) == (True, False)
    assert server.world.own() == []


def test_r12_the_same_reply_twice_is_one_post_even_if_nobody_remembers_the_first(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    sent = connector.reply(outgoing)
    assert Bluesky(connector.account).reply(outgoing) == sent
    assert len(server.world.own()) == 1


def test_two_replies_with_the_same_words_are_two_posts(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    first = connector.reply(outgoing)
    second = connector.reply(replace(outgoing, client_key=str(uuid4())))
    assert first != second
    assert len(server.world.own()) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_r14_an_interrupted_reply_is_found_with_certainty(when: str, server: Server) -> None:
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    effect = {"before": "status", "after": "drop_after_processing"}[when]
    server.faults.add(effect, "createRecord", status=502, count=1)
    with pytest.raises(ConnectorError) as caught:
        connector.reply(outgoing)
    assert caught.value.unknown
    found = Bluesky(connector.account).find(outgoing)
    assert (found is not None) == (when == "after") == bool(server.world.own())


def test_r14_who_cannot_look_says_that_nobody_knows(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    for status in (400, 404, 500):
        server.faults.add("status", "getRecord", status=status, count=1)
        with pytest.raises(ConnectorError) as caught:
            connector.find(outgoing)
        assert caught.value.unknown


def test_a_reply_that_is_too_long_is_refused_for_good_with_the_networks_words(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server, "x" * 301)
    assert connector.text_length(outgoing.text) == 301
    with pytest.raises(ConnectorError, match="grapheme too big") as caught:
        connector.reply(outgoing)
    assert (caught.value.permanent, caught.value.unknown) == (True, False)


def test_r16_a_limit_on_writing_is_told_with_its_end(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server)
    server.faults.add("ratelimit", "createRecord", reset_in=50)
    with pytest.raises(ConnectorError) as caught:
        connector.reply(outgoing)
    assert caught.value.retry_at is not None
    assert not caught.value.unknown


def test_links_tags_and_mentions_are_marked_by_their_bytes(server: Server) -> None:
    server.world.account("søren.test")
    server.world.account("dana.test")
    server.world.add("@brand.test hello", "dana.test")
    connector, outgoing = answer(
        server, "👩‍💻 @dana.test and @nobody.test: see example.com/æ, https://a.example. #Fjord"
    )
    connector.reply(outgoing)
    record = written(server)
    text = record["text"].encode()
    covered = [
        (text[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), one["features"][0])
        for one in record["facets"]
    ]
    assert [words for words, _ in covered] == ["@dana.test", "example.com/æ", "https://a.example", "#Fjord"]
    assert covered[0][1]["did"] == server.world.account("dana.test")["did"]
    assert [feature["uri"] for _, feature in covered[1:3]] == ["https://example.com/æ", "https://a.example"]


def test_pictures_are_stored_first_and_described(server: Server) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "JPEG")
    files = (
        File(name="a.jpg", content_type="image/jpeg", content=picture.getvalue(), alt="A seat"),
        File(name="b.png", content_type="image/png", content=b"no picture"),
    )
    server.world.add("@brand.test hello")
    connector, outgoing = answer(server, files=files)
    able = connector.capability(outgoing.original)
    assert able.files is not None
    assert able.files.count == 4
    connector.reply(outgoing)
    first, second = written(server)["embed"]["images"]
    assert (first["alt"], first["aspectRatio"]) == ("A seat", {"width": 40, "height": 30})
    assert (first["image"]["mimeType"], server.world.blobs[first["image"]["ref"]["$link"]]) == (
        "image/jpeg",
        picture.getvalue(),
    )
    assert (second["alt"], "aspectRatio" in second) == ("", False)


def test_an_interrupted_upload_leaves_nothing_in_doubt_that_looking_does_not_settle(server: Server) -> None:
    server.world.add("@brand.test hello")
    file = File(name="b.png", content_type="image/png", content=b"p")
    connector, outgoing = answer(server, files=(file,))
    server.faults.add("drop_after_processing", "uploadBlob", count=1)
    with pytest.raises(ConnectorError):
        connector.reply(outgoing)
    assert connector.find(outgoing) is None


def test_a_direct_message_is_answered_in_its_conversation(server: Server) -> None:
    server.world.say("psst")
    connector, outgoing = answer(server, "Yes? https://example.com")
    sent = connector.reply(outgoing)
    (convo,) = server.world.convos
    newest = server.world.messages[convo][-1]
    assert (newest["text"], newest["sender"]["did"]) == (outgoing.text, server.world.brand)
    assert newest["facets"][0]["features"][0]["uri"] == "https://example.com"
    assert sent.external_id == f"{convo}/{newest['id']}"
    assert connector.capability(outgoing.original).text_limit == 1000
    assert server.world.own() == []


def test_r14_a_direct_message_that_did_not_arrive_may_be_sent_again(server: Server) -> None:
    server.world.say("psst")
    connector, outgoing = answer(server)
    server.faults.add("status", "sendMessage", status=503, count=1)
    with pytest.raises(ConnectorError) as caught:
        connector.reply(outgoing)
    assert caught.value.unknown
    assert connector.find(outgoing) is None


def test_r14_a_direct_message_that_may_have_arrived_is_left_to_a_person(server: Server) -> None:
    server.world.say("psst")
    connector, outgoing = answer(server)
    server.faults.add("drop_after_processing", "sendMessage", count=1)
    with pytest.raises(ConnectorError):
        connector.reply(outgoing)
    with pytest.raises(ConnectorError, match="same words") as caught:
        connector.find(outgoing)
    assert caught.value.unknown
    assert caught.value.remedy


def test_the_same_words_of_last_week_are_no_reason_to_doubt(server: Server) -> None:
    old = (datetime.now(UTC) - timedelta(days=7)).isoformat()
    server.world.say("Thank you.", "brand.test", to="dana.test", sentAt=old)
    server.world.say("psst")
    connector, outgoing = answer(server)
    assert connector.find(outgoing) is None


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2100, 1, 1)), st.text(max_size=40))
def test_a_record_key_is_one_and_depends_on_the_reply_alone(at: datetime, key: str) -> None:
    original = Original(
        external_id="a", thread_id="a", kind="mention", author_external_id="b", author_handle="", posted_at=at, raw={}
    )
    one = Outgoing(text="a", original=original, client_key=key, queued_at=at.replace(tzinfo=UTC))
    made = replies.record_key(one)
    assert len(made) == 13
    assert made[0] in "234567abcdefghij"
    assert set(made) <= set("234567abcdefghijklmnopqrstuvwxyz")
    assert made == replies.record_key(replace(one, text="b"))
    later = replace(one, queued_at=one.queued_at + timedelta(milliseconds=2))
    assert replies.record_key(later) > made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Hello", 5),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👦", 1),
        ("🇩🇪🇫🇷", 2),
        ("🇩🇪🇫", 2),
        ("👍🏽", 1),
        ("❤️‍🔥", 1),
        ("1️⃣", 1),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", 1),
        ("한국어", 3),
        ("\u1112\u1161\u11ab", 1),
        ("a\r\nb\n\nc", 6),
        ("Z\u0351\u036b\u0313A\u0334", 2),
        ("日本語", 3),
        ("สวัสดี", 4),
    ],
)
def test_a_character_is_what_people_see_as_one(text: str, expected: int) -> None:
    assert graphemes(text) == expected


def test_bytes_count_where_they_are_used_up_first() -> None:
    family = "👨‍👩‍👧‍👦"
    assert len((family * 120).encode()) == 3000
    assert graphemes(family * 120) == 120
    assert length(family * 120) == 300
    assert length(family * 121) > 300


def test_the_next_part_of_a_reply_answers_the_part_before_it_even_before_the_network_shows_that(server: Server) -> None:
    root = server.world.add("The night train is late", "eve.test")
    server.world.add("@brand.test is it?", "dana.test", reply=root["uri"])
    connector, first = answer(server, "One.")
    sent = connector.reply(first)
    server.faults.add("status", "getPosts", status=502)
    below = replace(first.original, external_id=sent.external_id, raw=sent.raw, is_ours=True)
    second = replace(first, text="Two.", original=below, client_key=str(uuid4()))
    connector.reply(second)
    made = {post["record"]["text"]: post for post in server.world.own()}
    assert made["Two."]["record"]["reply"] == {
        "root": {"uri": root["uri"], "cid": root["cid"]},
        "parent": {"uri": sent.external_id, "cid": made["One."]["cid"]},
    }


def test_a_part_below_one_that_somebody_deleted_says_so_and_is_not_tried_again(server: Server) -> None:
    server.world.add("@brand.test is it?", "dana.test")
    connector, first = answer(server, "One.")
    sent = connector.reply(first)
    server.world.delete(sent.external_id)
    below = replace(first.original, external_id=sent.external_id, is_ours=True)
    with pytest.raises(ConnectorError, match="gone") as caught:
        connector.reply(replace(first, text="Two.", original=below, client_key=str(uuid4())))
    assert (caught.value.permanent, caught.value.unknown) == (True, False)
