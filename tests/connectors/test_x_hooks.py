"""X's webhooks: both families of events end as the same messages that polling brings, and forged ones nowhere."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.x import X
from connectors.incoming import Attachment, Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Contents, Forged, Hook
from inbox.pull import as_json
from tests.connectors.bench import stored
from tests.connectors.conformance_hooks import _places, _with, anything
from tests.connectors.conftest import ALL_KEYS, BEARER, SIGNED_IN
from tests.servers.x import Server
from tests.servers.x_auth import Keys
from tests.servers.x_hooks import account_activity, signature

PAYLOADS = Path(__file__).parent / "payloads" / "x"
ADDRESS = "https://inbox.example/webhooks/0b7c/"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Connect = Callable[..., X]


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def read(connector: X, body: Any) -> Contents:
    return connector.read(json.loads(body) if isinstance(body, bytes) else body, NOW)


def hook(body: bytes, headers: dict[str, str], **query: str) -> Hook:
    return Hook(method="POST", query=query, headers=headers, body=body, received_at=NOW)


def pulled(connector: X) -> list[Incoming]:
    return [item for page in connector.fetch({}) for item in page.items]


def test_a_mention_is_the_message_that_polling_brings(server: Server, connect: Connect) -> None:
    post = server.world.add("@halden help & hurry")
    (item,) = read(connect(), server.event("post", post["id"])).items
    (same,) = pulled(connect())
    changed = {"raw"}
    assert {k: v for k, v in asdict(item).items() if k not in changed} == {
        k: v for k, v in asdict(same).items() if k not in changed
    }
    assert item.raw["summoned"]


def test_account_activity_brings_the_same_message_in_its_older_shape(server: Server, connect: Connect) -> None:
    post = server.world.add("@halden a long story " + "about a car " * 40)
    (item,) = read(connect(), account_activity(server.world, tweets=[post["id"]])).items
    (same,) = pulled(connect())
    shown = (
        "external_id",
        "text",
        "posted_at",
        "kind",
        "action",
        "thread_id",
        "parent_id",
        "url",
        "language",
        "author",
    )
    assert [getattr(item, name) for name in shown] == [getattr(same, name) for name in shown]


def test_a_recorded_mention_is_read(connect: Connect) -> None:
    (item,) = read(connect(), payload("activity_mention")).items
    assert (item.external_id, item.kind, item.author.handle) == ("1990000000000000100", "mention", "dana")
    assert item.text == "@halden the app logs me out & forgets my car"
    assert item.author.followers == 1234


def test_recorded_account_activity_is_read_without_our_own_posts_and_reposts(connect: Connect) -> None:
    short, long = read(connect(), payload("account_activity_posts")).items
    assert (short.external_id, short.thread_id, short.kind) == ("1990000000000000100", "1990000000000000100", "mention")
    assert short.posted_at.isoformat() == "2026-11-20T09:15:30+00:00"
    assert (long.external_id, long.parent_id, long.thread_id) == ("1990000000000000203", "1990000000000000077", "")
    assert long.text.endswith("of my phone. @otto_m has pictures.")
    assert [one.handle for one in long.mentions] == ["otto_m"]
    assert long.attachments == (
        Attachment(url="https://pbs.twimg.com/media/G.jpg", kind="image", alt="A broken phone"),
    )
    assert long.raw["summoned"]


@pytest.mark.parametrize("name", ["activity_direct", "account_activity_direct"])
def test_recorded_direct_messages_are_read_where_the_channel_brings_them_in(name: str, connect: Connect) -> None:
    (item,) = read(connect(direct="1"), payload(name)).items
    assert (item.external_id, item.kind, item.thread_id) == ("2080765901528535096", "direct", "1000-2244994945")
    assert (item.text, item.author.handle, item.author.followers) == ("Where is my car?", "dana", 1234)
    assert item.posted_at.isoformat() == "2025-11-20T08:00:00.123000+00:00"
    assert item.attachments[0].url == "media:dm/2080765901528535096/2080765901528535001/oP5p359h.jpg"
    assert list(read(connect(), payload(name)).items) == []


@pytest.mark.parametrize(
    ("name", "gone", "at"),
    [
        ("activity_delete", "1990000000000000077", NOW),
        ("account_activity_delete", "1990000000000000100", datetime(2025, 11, 20, 9, 32, 35, 593000, tzinfo=UTC)),
    ],
)
def test_recorded_deletions_are_honoured(name: str, gone: str, at: datetime, connect: Connect) -> None:
    (item,) = read(connect(), payload(name)).items
    assert (item.external_id, item.action, item.posted_at) == (gone, "delete", at)


def test_an_edit_is_a_new_version_of_the_first_post(server: Server, connect: Connect) -> None:
    first = server.world.add("@halden hlep")["id"]
    second = server.world.edit(first, "@halden help")["id"]
    (item,) = read(connect(), server.event("post", second)).items
    assert (item.external_id, item.action, item.text) == (first, "edit", "@halden help")


@pytest.mark.parametrize(
    "body",
    [
        {"for_user_id": "1000", "favorite_events": [{"id": "1"}]},
        {"for_user_id": "1000", "follow_events": [{}]},
        {"user_event": {"revoke": {"date_time": "2018-05-24T09:48:12+00:00"}}},
        {"replay_job_status": {"job_state": "Complete"}},
        {"data": {"event_type": "chat.received", "payload": {"encoded_event": "CwAB"}}},
    ],
)
def test_what_is_no_message_is_taken_and_tells_nothing(body: Any, connect: Connect) -> None:
    contents = read(connect(direct="1"), body)
    assert (list(contents.items), list(contents.malformed)) == ([], [])


@pytest.mark.parametrize("body", [None, 5, [], {}, {"data": 5}, {"data": {"event_type": 5}}, {"hello": "world"}])
def test_what_is_none_of_xs_is_rejected(body: Any, connect: Connect) -> None:
    with pytest.raises(Rejected, match="holds no event of X"):
        read(connect(), body)


def test_one_bad_post_does_not_spoil_the_others(connect: Connect) -> None:
    body = payload("account_activity_posts")
    del body["tweet_create_events"][0]["id_str"], body["tweet_create_events"][0]["id"]
    contents = read(connect(), body)
    assert [item.external_id for item in contents.items] == ["1990000000000000203"]
    assert "external_id" in contents.malformed[0].reason


@pytest.mark.parametrize("name", sorted(one.stem for one in PAYLOADS.glob("*activity_*.json")))
def test_s25_whatever_stands_in_a_delivery_it_is_read_or_rejected(name: str, connect: Connect) -> None:
    recorded, connector = payload(name), connect(direct="1")
    places = _places(recorded)

    @settings(max_examples=200, deadline=None, database=None)
    @given(st.sampled_from(places), anything)
    def total(place: tuple[Any, ...], hostile: Any) -> None:
        try:
            contents = read(connector, _with(recorded, place, hostile))
        except Rejected:
            return
        assert all(parse(stored(as_json(item)), network="x") == item for item in contents.items)
        assert all(one.reason for one in contents.malformed)

    total()


def test_the_newer_signature_is_checked_with_the_client_secret(connect: Connect) -> None:
    body = b'{"for_user_id": "1000"}'
    newer, older = "x-twitter-webhooks-signature-oauth2", "x-twitter-webhooks-signature"
    right = {newer: signature("client-secret", body), older: signature(Keys().api_secret, body)}
    both = connect(SIGNED_IN)
    for headers in (right, {newer: right[newer]}, {older: right[older]}):
        both.authenticate(hook(body, headers))
    for headers in (right | {newer: right[older]}, right | {older: "sha256="}, {}):
        with pytest.raises(Forged):
            both.authenticate(hook(body, headers))
    with pytest.raises(Forged, match="no signature"):
        connect(ALL_KEYS).authenticate(hook(body, {newer: right[newer]}))
    with pytest.raises(Forged):
        connect(BEARER).authenticate(hook(body, right))


def test_the_check_of_our_address_is_answered_with_the_apps_secret(connect: Connect) -> None:
    answer = connect(ALL_KEYS).challenge(hook(b"", {}, crc_token="dG9rZW4="))
    assert json.loads(answer.body) == {"response_token": signature(Keys().api_secret, b"dG9rZW4=")}
    assert answer.content_type == "application/json"


@pytest.mark.parametrize("token", ['{"for_user_id": "1000"}', " ", "a b", "é", "x" * 501, "a\n", "[]"])
def test_s12_the_check_signs_nothing_that_could_pass_for_a_delivery(token: str, connect: Connect) -> None:
    with pytest.raises(Forged):
        connect(ALL_KEYS).challenge(hook(b"", {}, crc_token=token))


@pytest.fixture
def subscribed(server: Server) -> Callable[[], set[str]]:
    """Which events X sends to our address."""

    def found() -> set[str]:
        ours = {one["id"] for one in server.api.hooks.webhooks.values() if one["url"] == ADDRESS}
        return {one["event_type"] for one in server.api.hooks.subscriptions.values() if one["webhook_id"] in ours}

    return found


def test_subscribing_twice_is_fine(server: Server, connect: Connect, subscribed: Any) -> None:
    noted = connect(direct="1").subscribe(ADDRESS)
    changes = len(server.asked("/2/", "POST"))
    assert connect(direct="1").subscribe(ADDRESS) == noted
    assert len(server.asked("/2/", "POST")) == changes
    assert subscribed() == {
        "post.mention.create", "post.reply.create", "post.quote.create", "post.delete", "dm.received"
    }  # fmt: skip
    assert list(server.api.hooks.webhooks) == [noted["webhook_id"]]


def test_mentions_are_the_accounts_own_to_subscribe_to(server: Server, connect: Connect, subscribed: Any) -> None:
    """X calls them private: the app's bearer token alone may not ask for them."""
    server.api.hooks.has_account_activity = False
    secret = {"bearer_token": ALL_KEYS["bearer_token"], "api_secret": ALL_KEYS["api_secret"]}
    with pytest.raises(ConnectorError, match="require user authorization"):
        connect(secret).subscribe(ADDRESS)
    assert subscribed() == set()
    connect(ALL_KEYS).subscribe(ADDRESS)
    assert "post.mention.create" in subscribed()


def test_an_invalid_webhook_is_revived_and_a_moved_one_is_followed(
    server: Server, connect: Connect, subscribed: Any
) -> None:
    old = connect().subscribe("https://old.example/webhooks/0b7c/")
    new = connect().subscribe(ADDRESS)
    assert "post.mention.create" in subscribed()
    assert old != new
    server.api.hooks.webhooks[new["webhook_id"]]["valid"] = False
    connect().subscribe(ADDRESS)
    assert server.api.hooks.webhooks[new["webhook_id"]]["valid"]


def test_events_that_x_does_not_offer_to_the_app_are_left_out(
    server: Server, connect: Connect, subscribed: Any
) -> None:
    server.api.hooks.events = {"post.mention.create"}
    connect().subscribe(ADDRESS)
    assert subscribed() == {"post.mention.create"}


def test_without_the_activity_api_account_activity_is_used(server: Server, connect: Connect) -> None:
    server.api.hooks.has_activity = False
    connect().subscribe(ADDRESS)
    connect().subscribe(ADDRESS)
    assert server.api.hooks.everything == {"1000"}
    server.api.hooks.has_account_activity = False
    with pytest.raises(ConnectorError, match="not part of your access level") as caught:
        connect().subscribe(ADDRESS)
    assert caught.value.permanent


@pytest.mark.parametrize(
    "address", ["http://inbox.example/w/", "https://inbox.example:8443/w/", "http://127.0.0.1:8000/w/"]
)
def test_an_address_that_x_does_not_take_is_refused_before_x_is_asked(
    address: str, server: Server, connect: Connect
) -> None:
    with pytest.raises(ConnectorError, match="without a port") as caught:
        connect().subscribe(address)
    assert "polling" in caught.value.remedy
    assert server.asked("/2/webhooks") == []


def test_without_the_apps_secret_there_are_no_webhooks(server: Server, connect: Connect) -> None:
    with pytest.raises(ConnectorError, match="app's secret"):
        connect(BEARER).subscribe(ADDRESS)
    assert server.requests == []


def test_disconnecting_takes_the_webhook_back(server: Server, connect: Connect, subscribed: Any) -> None:
    noted = connect(direct="1").subscribe(ADDRESS)
    # Also where nobody is signed in any more.
    connect(BEARER, direct="1", username="", **noted).revoke()
    assert (server.api.hooks.webhooks, server.api.hooks.subscriptions) == ({}, {})
    connect(direct="1", **noted).revoke()
