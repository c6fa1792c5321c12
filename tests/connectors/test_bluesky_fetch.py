"""What a pull brings from the stand-in, and what it makes of a network that misbehaves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.bluesky import Bluesky
from connectors.incoming import Incoming
from connectors.protocol import ConnectorError
from tests.connectors.bench import original_of, stored
from tests.connectors.test_bluesky_conformance import account_for
from tests.servers.bluesky import Server, serving
from tests.servers.bluesky_world import stamp


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def connect(server: Server, **settings: str) -> Bluesky:
    return Bluesky(account_for(server, **settings))


def pulled(connector: Bluesky, cursor: Any = None) -> tuple[list[Incoming], Any]:
    pages = list(connector.fetch(stored(cursor or {})))
    return [item for page in pages for item in page.items], pages[-1].cursor


def test_it_brings_mentions_replies_and_quotes_and_no_likes(server: Server) -> None:
    own = server.world.add("We are here.", "brand.test")
    server.world.add("@brand.test hello")
    server.world.add("No", reply=own["uri"])
    server.world.add("See", quote=own["uri"])
    server.world.notifications.append({"uri": own["uri"], "reason": "like"})
    items, _ = pulled(connect(server))
    assert {item.text for item in items} == {"@brand.test hello", "No", "See"}
    assert {item.kind for item in items} == {"mention"}
    assert server.asked("listNotifications")[0]["query"]["reasons"] == ["mention", "reply", "quote"]


def test_an_answer_in_a_strangers_thread_is_shown_with_what_it_answers(server: Server) -> None:
    root = server.world.add("The night train is late", "eve.test")
    parent = server.world.add("Always", "bo.test", reply=root["uri"])
    server.world.add("@brand.test is it?", "dana.test", reply=parent["uri"])
    (item,), _ = pulled(connect(server))
    assert (item.thread_id, item.parent_id) == (root["uri"], parent["uri"])
    assert [(one.author, one.text) for one in item.context] == [("@bo.test", "Always")]


def test_a_search_brings_strangers_posts_once_and_mentions_as_notifications(server: Server) -> None:
    for n in range(130):
        server.world.add(f"Halden {n}", "eve.test")
    server.world.add("@brand.test Halden!", "dana.test")
    server.world.add("Halden is ours", "brand.test")
    connector = connect(server, query="halden")
    items, cursor = pulled(connector)
    assert len(items) == 131
    assert {item.kind for item in items if item.author.handle == "eve.test"} == {"post"}
    server.world.add("halden again", "eve.test")
    assert [item.text for item in pulled(connector, cursor)[0]] == ["halden again"]


def test_another_search_is_another_stream(server: Server) -> None:
    server.world.add("Halden", "eve.test")
    server.world.add("Touring", "eve.test")
    _, cursor = pulled(connect(server, query="halden"))
    items, _ = pulled(connect(server, query="touring"), cursor)
    assert [item.text for item in items] == ["Touring"]


def test_r1_of_many_posts_at_the_same_millisecond_none_falls_between_two_pages(server: Server) -> None:
    at = stamp(datetime.now(UTC) - timedelta(minutes=1))
    expected = {server.world.add(f"@brand.test {n}", createdAt=at, indexedAt=at)["uri"] for n in range(30)}
    expected |= {server.world.add(f"@brand.test later {n}")["uri"] for n in range(90)}
    items, _ = pulled(connect(server))
    assert {item.external_id for item in items} == expected


def test_a_post_with_a_slow_clock_is_found_below_those_that_are_known(server: Server) -> None:
    for n in range(150):
        server.world.add(f"@brand.test {n}", createdAt=stamp(datetime.now(UTC) - timedelta(seconds=n)))
    connector = connect(server)
    _, cursor = pulled(connector)
    server.world.add("@brand.test sent long ago", createdAt=stamp(datetime.now(UTC) - timedelta(minutes=40)))
    assert [item.text for item in pulled(connector, cursor)[0]] == ["@brand.test sent long ago"]


def test_s24_one_malformed_post_does_not_cost_the_page(server: Server) -> None:
    server.world.add("@brand.test one")
    server.world.add("@brand.test two")
    broken = [
        5,
        None,
        {"uri": "at://did:plc:x/app.bsky.feed.post/1"},
        {"uri": "nonsense", "author": {"did": "did:plc:x"}, "reason": "reply", "record": {"text": "a"}},
        {"uri": [], "author": [], "record": "", "reason": "mention", "indexedAt": 5},
    ]
    server.faults.add("items", "listNotifications", items=broken)
    pages = list(connect(server).fetch({}))
    assert {item.text for page in pages for item in page.items} == {"@brand.test one", "@brand.test two"}
    malformed = [one for page in pages for one in page.malformed]
    assert [one.payload for one in malformed] == broken
    assert all(one.reason for one in malformed)


def test_an_unknown_embed_and_an_overlong_name_are_no_obstacle(server: Server) -> None:
    server.world.account("dana.test", displayName="D" * 5000)
    server.world.add("@brand.test look", embed={"$type": "com.example.hologram", "depth": 3})
    (item,), _ = pulled(connect(server))
    assert (item.text, item.attachments) == ("@brand.test look", ())
    assert item.raw["record"]["embed"]["depth"] == 3


def test_followers_are_asked_for_in_batches_and_once(server: Server) -> None:
    for n in range(60):
        server.world.add(f"@brand.test {n}", f"user{n % 30}.test")
    items, _ = pulled(connect(server))
    assert {item.author.followers for item in items} == {len("user1.test") * 10, len("user10.test") * 10}
    assert [len(one["query"]["actors"]) for one in server.asked("getProfiles")] == [25, 5]
    assert all(len(one["query"]["uris"]) <= 25 for one in server.asked("getPosts"))


def test_a_verified_author_is_marked(server: Server) -> None:
    server.world.account("who.test", verification={"verifiedStatus": "valid", "trustedVerifierStatus": "none"})
    server.world.add("@brand.test hello", "who.test")
    assert pulled(connect(server))[0][0].author.verified


@pytest.mark.parametrize("method", ["getPosts", "getProfiles"])
def test_a_server_that_knows_less_still_brings_the_messages(method: str, server: Server) -> None:
    server.world.add("@brand.test hello")
    server.faults.add("status", method, status=501)
    assert [item.text for item in pulled(connect(server))[0]] == ["@brand.test hello"]


def test_what_belongs_to_a_message_is_waited_for_when_the_network_stumbles(server: Server) -> None:
    server.world.add("@brand.test hello")
    server.faults.add("status", "getPosts", status=502, count=1)
    with pytest.raises(ConnectorError) as caught:
        pulled(connect(server))
    assert not caught.value.permanent
    assert len(pulled(connect(server))[0]) == 1


def test_r16_a_limit_is_respected_and_says_until_when(server: Server) -> None:
    server.faults.add("ratelimit", "listNotifications", reset_in=90)
    with pytest.raises(ConnectorError) as caught:
        pulled(connect(server))
    assert caught.value.retry_at is not None
    assert timedelta(seconds=60) < caught.value.retry_at - datetime.now(UTC) < timedelta(seconds=100)


def test_r16_nobody_asks_once_no_calls_are_left(server: Server) -> None:
    for n in range(150):
        server.world.add(f"@brand.test {n}")
    connector = connect(server)
    server.calls_left = 0
    with pytest.raises(ConnectorError) as caught:
        pulled(connector)
    assert caught.value.retry_at is not None
    assert len(server.asked("listNotifications")) == 1


@pytest.mark.parametrize("status", [400, 500, 502])
def test_a_token_that_the_network_has_forgotten_costs_nothing(status: int, server: Server) -> None:
    expected = {server.world.add(f"@brand.test {n}")["uri"] for n in range(250)}
    connector = connect(server)
    first = next(iter(connector.fetch({})))
    server.faults.add("status", "listNotifications", status=status, count=1)
    items, cursor = pulled(connector, first.cursor)
    assert {item.external_id for item in [*first.items, *items]} == expected
    assert len(first.items) + len(items) == 250
    assert pulled(connector, cursor)[0] == []


def test_a_network_that_keeps_failing_is_not_asked_for_ever(server: Server) -> None:
    for n in range(150):
        server.world.add(f"@brand.test {n}")
    connector = connect(server)
    first = next(iter(connector.fetch({})))
    server.faults.add("status", "listNotifications", status=500)
    with pytest.raises(ConnectorError):
        pulled(connector, first.cursor)
    assert len(server.asked("listNotifications")) == 3


@pytest.mark.parametrize("body", ['{"notifications": {}}', "[]", "<html>", '{"notifications": [{"uri"', "{}", ""])
def test_s25_an_answer_that_is_none_is_an_error_that_is_tried_again(body: str, server: Server) -> None:
    server.faults.add("malformed", "listNotifications", body=body)
    with pytest.raises(ConnectorError) as caught:
        pulled(connect(server))
    assert not caught.value.permanent


def test_a_failing_search_does_not_keep_mentions_and_direct_messages(server: Server) -> None:
    server.world.add("@brand.test hello")
    server.world.say("psst")
    server.faults.add("status", "searchPosts", status=400, body={"error": "BadQueryString", "message": "bad query"})
    seen = []
    with pytest.raises(ConnectorError, match="bad query"):
        for page in connect(server, query="(", direct="1").fetch({}):
            seen += [item.text for item in page.items]
    assert seen == ["@brand.test hello", "psst"]


def test_who_may_answer_is_known_when_the_post_comes_in(server: Server) -> None:
    server.world.add("@brand.test closed", closed=True)
    server.world.add("@brand.test open")
    connector = connect(server)
    able = {item.text: connector.capability(original_of(item)) for item in pulled(connector)[0]}
    assert able["@brand.test open"].can_reply
    assert "lets only some people" in able["@brand.test closed"].reason


def test_direct_messages_come_only_if_they_are_wanted(server: Server) -> None:
    server.world.say("psst")
    assert pulled(connect(server))[0] == []
    assert server.asked("chat.bsky") == []


def test_direct_messages_come_with_their_authors_and_then_from_the_log(server: Server) -> None:
    for n in range(30):
        server.world.say(f"hello {n}", f"user{n}.test")
    server.world.say("ours", "brand.test", to="user1.test")
    connector = connect(server, direct="1")
    items, cursor = pulled(connector)
    assert len(items) == 30
    item = next(one for one in items if one.text == "hello 1")
    assert (item.kind, item.author.handle, item.thread_id) == ("direct", "user1.test", item.external_id.split("/")[0])
    for n in range(120):
        server.world.say(f"more {n}", f"user{n % 7}.test")
    server.world.log.append({"$type": "chat.bsky.convo.defs#logReadConvo", "rev": server.world.tid(), "convoId": "x"})
    items, cursor = pulled(connector, cursor)
    assert [one.text for one in items] == [f"more {n}" for n in range(120)]
    assert pulled(connector, cursor)[0] == []


def test_what_is_said_during_the_first_walk_is_not_lost(server: Server) -> None:
    for n in range(50):
        server.world.say(f"hello {n}", f"user{n}.test")
    seen: set[str] = set()
    for number, page in enumerate(connect(server, direct="1").fetch({})):
        seen |= {item.text for item in page.items}
        if number == 1:
            server.world.say("meanwhile", "user49.test")
    assert seen == {f"hello {n}" for n in range(50)} | {"meanwhile"}


def test_a_group_says_that_others_read_the_answer(server: Server) -> None:
    server.world.say("hello all", group=True)
    connector = connect(server, direct="1")
    items, cursor = pulled(connector)
    server.world.say("and again", group=True)
    items += pulled(Bluesky(connector.account), cursor)[0]
    for item in items:
        able = connector.capability(original_of(item))
        assert (able.can_reply, able.public) == (True, False)
        assert able.notice == "Everybody in this group reads the reply."


def test_an_app_password_without_direct_messages_is_told_by_the_test(server: Server) -> None:
    connector = Bluesky(account_for(server, "no-direct-messages", direct="1"))
    failed = {}
    for step in connector.steps():
        try:
            step.run()
        except ConnectorError as error:
            failed[step.label] = error
    assert list(failed) == ["Can read direct messages"]
    assert "Make an app password that allows" in failed["Can read direct messages"].remedy


def test_a_network_without_chat_fails_the_pull_after_everything_else_is_in(loopback: None) -> None:
    with serving(has_chat=False) as server:
        server.world.add("@brand.test hello")
        seen: list[Any] = []
        with pytest.raises(ConnectorError) as caught:
            for page in connect(server, direct="1").fetch({}):
                seen += page.items
        assert len(seen) == 1
        assert not caught.value.permanent


def test_s18_a_redirect_is_not_followed(server: Server) -> None:
    server.faults.add("status", "listNotifications", status=302, headers={"Location": "http://169.254.169.254/"})
    with pytest.raises(ConnectorError, match="redirects"):
        pulled(connect(server))


def test_another_account_begins_anew(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector = connect(server)
    _, cursor = pulled(connector)
    cursor["notifications"]["of"] = "did:plc:somebodyelse"
    assert len(pulled(connector, cursor)[0]) == 1


def test_a_handle_with_an_at_sign_is_understood(server: Server) -> None:
    account = account_for(server)
    spelled = replace(account, settings={"handle": "@brand.test"}, credentials={"app_password": "app-pass-word-1234"})
    assert Bluesky(spelled).verify() == "@brand.test"


def test_a_conversation_that_was_left_meanwhile_does_not_keep_the_others(server: Server) -> None:
    for n in range(3):
        server.world.say(f"hello {n}", f"user{n}.test")
    body = {"error": "InvalidConvo", "message": "Convo not found"}
    server.faults.add("status", "getMessages", status=400, body=body, count=1)
    assert len(pulled(connect(server, direct="1"))[0]) == 2
