"""Replies on Mastodon: to whom, to how many, and what became of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from connectors.channels.mastodon import replies
from connectors.channels.mastodon.connector import Mastodon
from connectors.protocol import ConnectorError, File, Outgoing
from tests.connectors.bench import original_of
from tests.connectors.mastodon import connected, pulled
from tests.servers.mastodon import Server, serving

PICTURE = File(name="a.png", content_type="image/png", content=b"\x89PNG", alt="A bike")


pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def answer_to(server: Server, text: str = "Thank you.", said: str = "@brand hello", **fields: Any) -> Outgoing:
    """A reply to a new post."""
    server.world.post(said, fields.pop("author", "dana"), **fields)
    items, _ = pulled(connected(server))
    return Outgoing(text=text, original=original_of(items[0]), client_key=str(uuid4()), queued_at=datetime.now(UTC))


def test_it_mentions_the_author_and_nobody_else(server: Server) -> None:
    outgoing = answer_to(server, said="@brand and @bo hello", author="dana@far.test")
    connected(server).reply(outgoing)
    [made] = server.world.replies()
    assert server.world.texts[made["id"]] == "@dana@far.test Thank you."
    assert [one["acct"] for one in made["mentions"]] == ["dana@far.test"]


@pytest.mark.parametrize("text", ["Hello @dana!", "@dana@social.test hello", "thanks, @DANA"])
def test_it_mentions_nobody_twice(text: str, server: Server) -> None:
    connected(server).reply(answer_to(server, text))
    assert server.world.texts[server.world.replies()[0]["id"]] == text


@pytest.mark.parametrize("text", ["@danasaurus hello", "dana@social.test has it", "see https://x.test/@dana"])
def test_what_only_looks_like_a_mention_is_none(text: str, server: Server) -> None:
    connected(server).reply(answer_to(server, text))
    assert server.world.texts[server.world.replies()[0]["id"]] == f"@dana {text}"


@pytest.mark.parametrize(
    ("visibility", "offered", "public"),
    [
        ("public", ["public", "unlisted", "private", "direct"], True),
        ("unlisted", ["unlisted", "private", "direct"], True),
        ("private", ["direct", "private"], False),
        ("direct", ["direct"], False),
        ("local", ["direct"], False),
    ],
)
def test_a_reply_is_never_read_by_more_people_than_the_post(
    visibility: str, offered: list[str], public: bool, server: Server
) -> None:
    outgoing = answer_to(server, visibility=visibility)
    connector = connected(server)
    able = connector.capability(outgoing.original)
    assert ([value for value, _ in able.audiences], able.public) == (offered, public)
    connector.reply(outgoing)
    assert server.world.replies()[0]["visibility"] == offered[0]
    for value, _ in replies.AUDIENCES:
        if value not in offered:
            with pytest.raises(ConnectorError, match="more people") as caught:
                connector.reply(replace(outgoing, audience=value))
            assert caught.value.permanent
            assert not caught.value.unknown
    connector.reply(replace(outgoing, audience=offered[-1], client_key="another"))
    assert len(server.world.replies()) == 2


@pytest.mark.parametrize(
    ("visibility", "handle", "able"),
    [
        ("public", "@care@social.test", True),
        ("unlisted", "@care@Social.test", True),
        ("public", "@care@other.test", False),
        ("public", "", False),
        ("private", "@care@social.test", False),
        ("direct", "@care@social.test", False),
    ],
)
def test_another_account_of_the_same_server_answers_what_is_public(
    server: Server, visibility: str, handle: str, able: bool
) -> None:
    original = answer_to(server, visibility=visibility).original
    other = Mastodon(replace(connected(server).account, handle=handle))
    assert other.may_stand_in(original) == able


def test_the_limit_is_the_servers_own_without_the_mention(server: Server) -> None:
    server.api.characters = 1000
    outgoing = answer_to(server, author="dana@far.test")
    connector = connected(server, url="http://127.0.0.1:1")
    able = connector.capability(outgoing.original)
    assert able.text_limit == 1000 - len("@dana ")
    server.api.characters += len("@far.test")
    connected(server).reply(replace(outgoing, text="x" * able.text_limit))


def test_a_token_that_may_not_post_is_said_before_anybody_writes(server: Server) -> None:
    original = answer_to(server).original
    reading = {"access_token": "brand-token", "scope": "read:accounts read:notifications read:statuses"}
    able = connected(server, credentials=reading).capability(original)
    assert not able.can_reply
    assert "may not post" in able.reason
    posting = connected(server, credentials=reading | {"scope": "read write:statuses"}).capability(original)
    assert posting.can_reply
    assert posting.files is None


def test_the_same_reply_twice_is_one(server: Server) -> None:
    outgoing = answer_to(server)
    assert connected(server).reply(outgoing) == connected(server).reply(outgoing)
    assert len(server.world.replies()) == 1


def test_pictures_go_along_with_their_descriptions(server: Server) -> None:
    server.api.processing = 2
    outgoing = answer_to(server)
    connected(server).reply(replace(outgoing, files=(PICTURE, replace(PICTURE, alt=""))))
    [made] = server.world.replies()
    assert [one["description"] for one in made["media_attachments"]] == ["A bike", None]
    assert made["media_attachments"][0]["bytes"] == 4


@pytest.mark.parametrize("status", [413, 422, 503])
def test_a_picture_that_is_refused_leaves_no_doubt(status: int, server: Server) -> None:
    outgoing = answer_to(server)
    server.faults.add("status", "/media", status=status)
    with pytest.raises(ConnectorError) as caught:
        connected(server).reply(replace(outgoing, files=(PICTURE,)))
    assert not caught.value.unknown
    assert server.world.replies() == []


def test_a_picture_that_is_never_ready_is_not_waited_for_longer_than_allowed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "_PROCESSING_SECONDS", 0.1)
    server.api.processing = 1000
    with pytest.raises(ConnectorError, match="still busy") as caught:
        connected(server).reply(replace(answer_to(server), files=(PICTURE,)))
    assert not caught.value.unknown
    assert not caught.value.permanent


def test_a_post_that_is_gone_is_said_in_the_servers_words(server: Server) -> None:
    outgoing = answer_to(server)
    server.world.delete(outgoing.original.raw["status"]["id"])
    with pytest.raises(ConnectorError, match="does not appear to exist") as caught:
        connected(server).reply(outgoing)
    assert caught.value.permanent
    assert not caught.value.unknown


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("visibility", ["public", "direct"])
def test_r14_a_reply_whose_answer_was_lost_is_found(plain: bool, visibility: str) -> None:
    with serving(plain=plain) as server:
        outgoing = answer_to(server, "Look: https://halden.test/a/b?c=1&d=2\nand @bo@far.test", visibility=visibility)
        assert connected(server).find(outgoing) is None
        server.faults.add("drop_after_processing", "/api/v1/statuses", method="POST", count=1)
        with pytest.raises(ConnectorError) as caught:
            connected(server).reply(outgoing)
        assert caught.value.unknown
        found = connected(server).find(outgoing)
        assert found
        assert found.external_id == server.world.replies()[0]["uri"]


def test_r15_what_only_resembles_the_reply_is_not_taken_for_it(server: Server) -> None:
    outgoing = answer_to(server)
    other = server.world.post("@brand another", "bo")
    server.world.post("@dana Thank you.", "brand", to=other)
    server.world.post("@dana Thank you very much.", "brand", to=server.world.by_uri(outgoing.original.external_id))
    assert connected(server).find(outgoing) is None


@pytest.mark.parametrize("how", ["twice", "formatted", "alone"])
def test_r14_where_it_could_be_the_reply_a_person_decides(how: str) -> None:
    with serving(plain=how == "formatted") as server:
        outgoing = answer_to(server)
        above = server.world.by_uri(outgoing.original.external_id)
        match how:
            case "twice":
                server.world.post("@dana Thank you.", "brand", to=above)
                server.world.post("@dana Thank you.", "brand", to=above)
            case "formatted":
                server.world.post("@dana Thank *you*.", "brand", to=above)
            case "alone":
                # The original was deleted, and its answers answer nothing any more.
                server.world.post("@dana Thank you.", "brand", to=above)
                server.world.delete(above["id"])
        with pytest.raises(ConnectorError) as caught:
            connected(server).find(outgoing)
        assert caught.value.unknown


def test_r14_what_was_sent_before_is_not_the_reply(server: Server) -> None:
    outgoing = answer_to(server)
    above = server.world.by_uri(outgoing.original.external_id)
    server.world.post("@dana Thank you.", "brand", to=above, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert connected(server).find(outgoing) is None


def test_r14_while_the_server_cannot_be_asked_nobody_knows(server: Server) -> None:
    outgoing = answer_to(server)
    for path in ("/context", "/accounts/verify_credentials"):
        server.faults.clear()
        server.faults.add("status", path, status=500)
        with pytest.raises(ConnectorError) as caught:
            connected(server).find(outgoing)
        assert caught.value.unknown


def test_the_next_part_of_a_reply_answers_the_part_before_it_and_calls_the_same_person(server: Server) -> None:
    first = answer_to(server, "One.", author="dana@far.test", visibility="unlisted")
    sent = connected(server).reply(first)
    below = replace(first.original, external_id=sent.external_id, raw=sent.raw, is_ours=True)
    second = replace(first, text="Two.", original=below, client_key=str(uuid4()))
    assert connected(server).find(second) is None
    connected(server).reply(second)
    one, two = sorted(server.world.replies(), key=lambda made: int(made["id"]))
    assert two["in_reply_to_id"] == one["id"]
    assert server.world.texts[two["id"]] == "@dana@far.test Two."
    assert two["visibility"] == "unlisted"
    assert connected(server).find(second) is not None
