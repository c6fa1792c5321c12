"""Direct messages on X: brought in without keeping the mentions waiting, answered once, and honest about doubt."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.channels.x import X, direct, posts
from connectors.channels.x.client import Answer
from connectors.channels.x.connector import GROUP, NO_KEYS
from connectors.channels.x.direct import NO_PROOF
from connectors.incoming import Attachment, Context, Incoming
from connectors.parse import parse
from connectors.protocol import ConnectorError, Original, Outgoing
from inbox.pull import as_json
from tests.connectors.bench import original_of, stored
from tests.connectors.conformance_hooks import _places, _with, anything
from tests.connectors.conftest import ALL_KEYS, BEARER, SIGNED_IN
from tests.servers.x import Server
from tests.servers.x_world import id_at, stamp

PAYLOADS = Path(__file__).parent / "payloads" / "x"
Connect = Callable[..., X]


def messages(connector: X, cursor: Any = None) -> tuple[list[Incoming], Any]:
    """What a pull brings of direct messages, and the cursor that it leaves."""
    items, last = [], cursor or {}
    for page in connector.fetch(stored(last)):
        items += [item for item in page.items if item.kind == "direct"]
        last = page.cursor
    return items, last


def ids(items: list[Incoming]) -> set[str]:
    return {item.external_id for item in items}


def say(server: Server, count: int, ago: timedelta = timedelta(0)) -> set[str]:
    at = datetime.now(UTC) - ago
    made = (server.world.say(f"Hello {n}", id=str(id_at(at) + n), created_at=stamp(at)) for n in range(count))
    return {one["id"] for one in made}


@pytest.fixture
def to_dana(server: Server, connect: Connect) -> Callable[..., Outgoing]:
    """Makes an answer to a direct message of dana's."""

    def make(text: str = "It is on its way: https://halden.example/track", **fields: Any) -> Outgoing:
        server.world.say("Where is my car?", **fields)
        items, _ = messages(connect(direct="1"))
        return Outgoing(text=text, original=original_of(items[-1]), client_key="k", queued_at=datetime.now(UTC))

    return make


def sent(server: Server) -> list[str]:
    return [one["text"] for one in server.world.direct if one["sender_id"] == "1000"]


def test_messages_are_read_with_sender_conversation_picture_and_shared_post() -> None:
    body = json.loads((PAYLOADS / "direct_events.json").read_text())
    around, user = posts.surroundings(body), {"id": "1000", "username": "halden"}
    told = [parse(direct.item(one, around, user), network="x") for one in body["data"] if direct.is_message(one)]
    first, _, group = told
    assert (first.kind, first.thread_id, first.text) == (
        "direct", "1000-2244994945", "Where is my car? https://t.co/pic"
    )  # fmt: skip
    assert (first.author.handle, first.author.followers, first.author.bio) == ("dana", 1234, "Cars, coffee & Bergen")
    assert first.attachments == (
        Attachment(url="media:dm/2080765901528535096/2080765901528535001/oP5p359h.jpg", kind="image"),
    )
    url = "https://x.com/i/status/1990000000000000077"
    assert first.context == (Context(relation="quoted", external_id="1990000000000000077", url=url),)
    assert (group.thread_id, group.text) == ("1578398451921985538", "Hi everyone <3")


def test_s25_whatever_stands_in_an_answer_it_is_read_or_set_aside(connect: Connect, monkeypatch: Any) -> None:
    recorded = json.loads((PAYLOADS / "direct_events.json").read_text())
    places = _places(recorded)
    user = {"user": {"id": "1000", "username": "halden", "asked": ["halden", ""]}}
    nothing = Answer({"meta": {"result_count": 0}})

    @settings(max_examples=200, deadline=None, database=None)
    @given(st.sampled_from(places), anything)
    def total(place: tuple[Any, ...], hostile: Any) -> None:
        said = _with(recorded, place, hostile)
        answers = {"/2/dm_events": Answer(said if isinstance(said, dict) else {})}
        connector = connect(direct="1")
        monkeypatch.setattr(connector._client, "get", lambda route, *_, **__: answers.pop(route, nothing))
        try:
            pages = list(connector.fetch(user))
        except ConnectorError:
            return
        for page in pages:
            assert all(parse(stored(as_json(item)), network="x") == item for item in page.items)
            assert all(one.reason for one in page.malformed)
            stored(page.cursor)

    total()


def test_they_come_in_only_where_the_channel_says_so(server: Server, connect: Connect) -> None:
    told = say(server, 3)
    assert messages(connect())[0] == []
    assert server.asked("/dm_events") == []
    assert ids(messages(connect(direct="1"))[0]) == told


def test_our_own_words_and_people_who_come_and_go_are_no_messages(server: Server, connect: Connect) -> None:
    told = say(server, 1)
    server.world.say("Ours", "halden", to="2")
    server.world.say("", event_type="ParticipantsJoin", participant_ids=["5"])
    items, cursor = messages(connect(direct="1"))
    assert ids(items) == told
    assert messages(connect(direct="1"), cursor)[0] == []


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_the_sender_is_known_in_both_spellings(spelling: str, server: Server, connect: Connect) -> None:
    server.world.say("Hello")
    server.api.spelling = spelling
    (item,), _ = messages(connect(direct="1", spelling=spelling))
    asked = server.asked("/dm_events")[0]["query"]
    assert ("sender_id" in asked["dm_event.fields"]) == (spelling == "tweet")
    assert item.author.handle == "dana"


def test_a_later_pull_asks_for_a_few_and_goes_down_to_what_is_known(server: Server, connect: Connect) -> None:
    say(server, 120, timedelta(hours=1))
    _, cursor = messages(connect(direct="1"))
    fresh = say(server, 25)
    asked = len(server.asked("/dm_events"))
    items, cursor = messages(connect(direct="1"), cursor)
    assert ids(items) == fresh
    assert [one["query"]["max_results"] for one in server.asked("/dm_events")[asked:]] == ["10", "100"]
    assert messages(connect(direct="1"), cursor)[0] == []


def test_r1_whoever_dies_between_two_pages_comes_back_for_the_older_ones(server: Server, connect: Connect) -> None:
    everything = say(server, 350, timedelta(hours=1))
    seen: set[str] = set()
    cursor: Any = {}
    for _ in range(12):
        pages = list(islice(connect(direct="1").fetch(stored(cursor)), 2))
        seen |= {item.external_id for page in pages for item in page.items}
        cursor = pages[-1].cursor
        everything |= {server.world.say("And another thing")["id"]}
    items, cursor = messages(connect(direct="1"), cursor)
    assert seen | ids(items) == everything


def test_a_token_that_x_has_forgotten_begins_the_page_anew(server: Server, connect: Connect) -> None:
    everything = say(server, 250)
    (_, first) = islice(connect(direct="1").fetch({}), 2)
    cursor = stored(first.cursor)
    cursor["direct"]["token"] = "of-yesterday"
    items, _ = messages(connect(direct="1"), cursor)
    assert ids(items) | {item.external_id for item in first.items} == everything


def test_r16_they_wait_by_themselves_while_the_mentions_go_on(server: Server, connect: Connect) -> None:
    server.api.direct_limit, server.api.window = 2, 600
    everything = say(server, 350, timedelta(hours=1))
    seen, cursor = messages(connect(direct="1"))
    assert len(seen) == 200
    for n in range(3):
        post = server.world.add(f"@halden meanwhile {n}")["id"]
        pages = list(connect(direct="1").fetch(stored(cursor)))
        assert {item.external_id for page in pages for item in page.items} == {post}
        assert pages[-1].calls_left != 0
        cursor = pages[-1].cursor
    assert len(server.asked("/dm_events")) == 2
    server.api.windows.clear()
    server.api.direct_limit = 0
    cursor["direct"]["wait"] = datetime.now(UTC).isoformat()
    items, _ = messages(connect(direct="1"), cursor)
    assert ids(seen) | ids(items) == everything


def test_r16_a_refusal_without_warning_is_heeded_in_the_next_pull(server: Server, connect: Connect) -> None:
    say(server, 3)
    server.faults.add("ratelimit", "/dm_events", reset_in=600, count=1)
    items, cursor = messages(connect(direct="1"))
    assert items == []
    assert messages(connect(direct="1"), cursor)[0] == []
    assert len(server.asked("/dm_events")) == 1


def test_without_headers_our_own_calls_are_counted(server: Server, connect: Connect, monkeypatch: Any) -> None:
    monkeypatch.setattr(server.api, "_count", lambda endpoint, limit: {})
    cursor: Any = {}
    for _ in range(20):
        _, cursor = messages(connect(direct="1"), cursor)
    assert len(server.asked("/dm_events")) == 15


def test_a_missing_permission_is_said_when_connecting(server: Server, connect: Connect) -> None:
    server.api.access = "read-write"
    with pytest.raises(ConnectorError, match="no access to direct messages") as caught:
        connect(direct="1").verify()
    assert caught.value.permanent
    with pytest.raises(ConnectorError, match="own keys") as caught:
        connect(BEARER, direct="1").verify()
    assert "switch direct messages off" in caught.value.remedy
    assert connect().verify() == "@halden"


@pytest.mark.parametrize("body", [{}, {"data": {}}, [], "{"])
def test_an_answer_of_another_shape_is_asked_again(body: Any, server: Server, connect: Connect) -> None:
    told = say(server, 3)
    server.faults.add("malformed", "/dm_events", count=1, body=body)
    with pytest.raises(ConnectorError) as caught:
        messages(connect(direct="1"))
    assert not caught.value.permanent
    assert ids(messages(connect(direct="1"))[0]) == told


@pytest.mark.parametrize(
    "page", [[], [{"id": "7", "sender_id": "2", "text": "Hi", "created_at": "2026-11-20T08:00:00Z"}]]
)
def test_pages_without_an_end_come_to_one(page: Any, server: Server, connect: Connect) -> None:
    server.faults.add("malformed", "/dm_events", body={"data": page, "meta": {"next_token": "again"}})
    with pytest.raises(ConnectorError, match="same page") as caught:
        messages(connect(direct="1"))
    assert not caught.value.permanent
    assert len(server.asked("/dm_events")) < 10


def test_what_is_no_message_is_set_aside_with_the_reason(server: Server, connect: Connect) -> None:
    told = say(server, 2)
    server.faults.add("malformed_item", "/dm_events", items=[5, {"id": "7"}, {"sender_id": "1"}])
    pages = list(connect(direct="1").fetch({}))
    assert {item.external_id for page in pages for item in page.items} == told
    assert len([one.reason for page in pages for one in page.malformed]) == 3


def test_after_more_than_30_days_the_gap_is_marked(server: Server, connect: Connect) -> None:
    _, cursor = messages(connect(direct="1"))
    cursor["direct"]["at"] = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    (gap,) = [gap for page in connect(direct="1").fetch(stored(cursor)) for gap in page.gaps]
    assert gap.until is not None
    assert abs(gap.until - datetime.now(UTC) + timedelta(days=30)) < timedelta(minutes=1)
    assert "30 days" in gap.reason


def test_an_answer_goes_into_the_conversation(server: Server, connect: Connect, to_dana: Any) -> None:
    outgoing = to_dana()
    assert connect().capability(outgoing.original).text_limit == 10_000
    assert not connect().capability(outgoing.original).public
    got = connect().reply(outgoing)
    assert (server.world.direct[-1]["id"], sent(server)) == (got.external_id, [outgoing.text])
    assert server.world.direct[-1]["dm_conversation_id"] == outgoing.original.thread_id


def test_an_answer_goes_into_a_group_and_says_so_before(server: Server, connect: Connect, to_dana: Any) -> None:
    outgoing = to_dana(dm_conversation_id="1578398451921985538")
    assert connect().capability(outgoing.original).notice == GROUP
    connect().reply(outgoing)
    assert server.world.direct[-1]["dm_conversation_id"] == "1578398451921985538"


@pytest.mark.parametrize("thread", ["", "../users/me", "a/b"])
def test_a_conversation_without_a_name_is_refused(thread: str, connect: Connect) -> None:
    original = Original(
        external_id="1",
        thread_id=thread,
        kind="direct",
        author_external_id="2",
        author_handle="",
        posted_at=SINCE,
        raw={},
    )
    with pytest.raises(ConnectorError) as caught:
        connect().reply(Outgoing(text="Hi", original=original, client_key="k", queued_at=SINCE))
    assert caught.value.permanent


SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def test_r14_after_a_lost_answer_a_person_decides_and_nothing_is_sent_twice(
    server: Server, connect: Connect, to_dana: Any
) -> None:
    outgoing = to_dana()
    server.faults.add("drop_after_processing", "/messages", method="POST", count=1)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert caught.value.unknown
    with pytest.raises(ConnectorError, match="exactly this text") as caught:
        connect().find(outgoing)
    assert (caught.value.unknown, caught.value.message) == (True, NO_PROOF)
    assert len(sent(server)) == 1


def test_r14_a_message_that_certainly_did_not_arrive_may_be_sent_again(
    server: Server, connect: Connect, to_dana: Any
) -> None:
    outgoing = to_dana()
    server.faults.add("status", "/messages", method="POST", status=503, count=1)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert caught.value.unknown
    server.world.say("Another matter", "halden", to=outgoing.original.author_external_id)
    server.world.say(outgoing.text, "dana")
    assert connect().find(outgoing) is None


def test_r15_the_same_words_before_send_was_pressed_are_not_the_answer(
    server: Server, connect: Connect, to_dana: Any
) -> None:
    outgoing = to_dana("Thank you!")
    before = stamp(datetime.now(UTC) - timedelta(minutes=1))
    server.world.say("Thank you!", "halden", to=outgoing.original.author_external_id, created_at=before)
    assert connect().find(outgoing) is None


@pytest.mark.parametrize("status", [401, 429, 503])
def test_where_x_cannot_be_asked_the_outcome_stays_unknown(
    status: int, server: Server, connect: Connect, to_dana: Any
) -> None:
    outgoing = to_dana()
    server.faults.add("status", status=status)
    with pytest.raises(ConnectorError) as caught:
        connect().find(outgoing)
    assert caught.value.unknown


@pytest.mark.parametrize(
    ("keys", "path"),
    [(ALL_KEYS, "/1.1/ton/data/dm/1/2/a.jpg"), (SIGNED_IN, "/2/dm_conversations/media/1/2/a.jpg")],
)
def test_pictures_are_fetched_by_whoever_takes_part(
    keys: dict[str, str], path: str, server: Server, connect: Connect
) -> None:
    got = connect(keys).media("media:dm/1/2/a.jpg")
    assert got is not None
    assert (got.content[1:4], got.content_type, got.name) == (b"PNG", "image/png", "a.jpg")
    assert server.requests[-1]["path"] == path
    assert connect(keys).media("https://pbs.twimg.com/a.jpg") is None
    assert connect(keys).media("media:dm/../../x") is None


def test_nobody_answers_without_keys_of_the_account(connect: Connect, to_dana: Any) -> None:
    able = connect(BEARER).capability(to_dana().original)
    assert (able.can_reply, able.reason) == (False, NO_KEYS)
