"""Answering at Meta: windows, limits, and what became of an answer whose sending was interrupted."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from connectors.channels.meta import Facebook, Instagram, windows
from connectors.http import GuardedAdapter
from connectors.protocol import Account, ConnectorError, Original, Outgoing
from tests.servers.canary import listener
from tests.servers.meta import Server, serving
from tests.servers.meta_world import APP_SECRET, IG, PAGE, PAGE_TOKEN

KEYS = {"access_token": PAGE_TOKEN, "app_secret": APP_SECRET}


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving() as running:
        yield running


def connected(kind: Any, server: Server, url: str = "", **settings: str) -> Any:
    settings = {"page_id": PAGE} | settings if kind is Facebook else {"ig_id": IG} | settings
    return kind(
        Account(
            network=kind.network,
            name="Halden",
            base_url=url or server.url,
            handle="@halden",
            settings=settings,
            credentials=KEYS,
        )
    )


def ago(**time: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**time)


def answer(connector: Any, external_id: str, text: str = "We are on it.") -> Outgoing:
    """An answer to something that the network has, as it comes in."""
    item = next(one for page in connector.fetch({}) for one in page.items if one.external_id == external_id)
    original = Original(
        external_id=item.external_id,
        thread_id=item.thread_id,
        kind=item.kind,
        author_external_id=item.author.external_id,
        author_handle=item.author.handle,
        posted_at=item.posted_at,
        raw=item.raw,
    )
    return Outgoing(text=text, original=original, client_key=str(uuid4()), queued_at=datetime.now(UTC))


def message(server: Server, platform: str = "messenger", **more: Any) -> Any:
    return server.world.message(server.world.person("dana"), "Is it ready?", platform=platform, **more)


# Comments


def test_a_comment_is_answered_below_it(server: Server) -> None:
    world, page = server.world, connected(Facebook, server)
    comment = world.comment(world.post(), "When?", world.person("dana"))
    sent = page.reply(answer(page, comment["id"]))
    assert world.things[sent.external_id]["parent"]["id"] == comment["id"]
    assert sent.url == f"https://www.facebook.com/{sent.external_id}"


def test_an_answer_below_an_answer_is_found_where_meta_puts_it(server: Server) -> None:
    world, page = server.world, connected(Facebook, server)
    comment = world.comment(world.post(), "When?", world.person("dana"))
    below = world.comment(comment, "Yes, when?", world.person("bo"))
    outgoing = answer(page, below["id"])
    made = world.comment(comment, outgoing.text, world.page)
    assert page.find(outgoing).external_id == made["id"]


def test_on_instagram_an_answer_to_an_answer_stands_below_the_first_comment(server: Server) -> None:
    world, gram = server.world, connected(Instagram, server)
    comment = world.ig_comment(world.medium(), "Nice", world.person("dana"))
    below = world.ig_comment(comment, "Very", world.person("bo"))
    outgoing = answer(gram, below["id"])
    assert gram.capability(outgoing.original).notice == windows.ONE_LEVEL
    sent = gram.reply(outgoing)
    assert world.things[sent.external_id]["parent_id"] == comment["id"]
    assert gram.find(outgoing) == sent


def test_r15_equal_texts_are_told_apart_by_what_they_answer(server: Server) -> None:
    world, page = server.world, connected(Facebook, server)
    post = world.post()
    first, second = (world.comment(post, one, world.person(one)) for one in ("dana", "bo"))
    world.comment(second, "We are on it.", world.page)
    assert page.find(answer(page, first["id"])) is None
    outgoing = answer(page, second["id"])
    assert page.find(outgoing) is not None
    world.comment(second, "We are on it.", world.page)
    with pytest.raises(ConnectorError, match="Two answers") as caught:
        page.find(outgoing)
    assert caught.value.unknown


def test_r15_other_texts_older_ones_and_those_of_others_are_not_the_answer(server: Server) -> None:
    world, page = server.world, connected(Facebook, server)
    comment = world.comment(world.post(), "When?", world.person("dana"))
    world.comment(comment, "We are on it!", world.page)
    world.comment(comment, "We are on it.", world.page, at=ago(minutes=5))
    world.comment(comment, "We are on it.", world.person("bo"))
    outgoing = answer(page, comment["id"])
    assert page.find(outgoing) is None
    world.comment(comment, "We are on it.", None)
    with pytest.raises(ConnectorError, match="who wrote") as caught:
        page.find(outgoing)
    assert caught.value.unknown


def test_mentions_on_instagram_are_answered_by_their_own_route(server: Server) -> None:
    world, gram = server.world, connected(Instagram, server)
    world.put({"id": "1791", "caption": "Out"})
    raw = {"surface": "mention", "data": {}}
    original = Original(
        external_id="1781",
        thread_id="1791",
        kind="mention",
        author_external_id="@bo",
        author_handle="bo",
        posted_at=ago(days=3),
        raw=raw,
    )
    outgoing = Outgoing(text="Thanks", original=original, client_key="k", queued_at=datetime.now(UTC))
    assert gram.capability(original).can_reply
    gram.reply(outgoing)
    assert world.sent[0]["to"] == "1781"
    with pytest.raises(ConnectorError) as caught:
        gram.find(outgoing)
    assert caught.value.unknown
    tagged = replace(original, raw={"surface": "tagged"})
    assert gram.capability(tagged).reason == windows.NOT_TAGGED


# Messages


@pytest.mark.parametrize(("kind", "platform"), [(Facebook, "messenger"), (Instagram, "instagram")])
def test_a_message_quotes_the_one_it_answers_and_is_found_by_that(kind: Any, platform: str, server: Server) -> None:
    connector = connected(kind, server)
    said = message(server, platform)
    outgoing = answer(connector, said["id"])
    server.faults.add("drop_after_processing", "/me/messages", method="POST", count=1)
    with pytest.raises(ConnectorError) as caught:
        connector.reply(outgoing)
    assert caught.value.unknown
    (made,) = server.world.sent
    assert made["reply_to"] == {"mid": said["id"]}
    found = connected(kind, server).find(outgoing)
    assert found is not None
    assert found.external_id == made["id"]
    sent = server.asked("/me/messages", "POST")[0]["given"]
    assert json.loads(sent["recipient"]) == {"id": outgoing.original.author_external_id}
    assert sent["messaging_type"] == "RESPONSE"


def test_a_message_that_did_not_arrive_is_not_found(server: Server) -> None:
    page = connected(Facebook, server)
    outgoing = answer(page, message(server)["id"])
    server.faults.add("status", "/me/messages", method="POST", status=503)
    with pytest.raises(ConnectorError) as caught:
        page.reply(outgoing)
    assert caught.value.unknown
    assert page.find(outgoing) is None


def test_r14_an_equal_message_that_nothing_ties_to_ours_is_a_question_for_a_person(server: Server) -> None:
    page = connected(Facebook, server)
    outgoing = answer(page, message(server)["id"])
    server.world.message(server.world.person("dana"), outgoing.text, ours=True)
    with pytest.raises(ConnectorError, match="A message with this text") as caught:
        page.find(outgoing)
    assert caught.value.unknown


def test_where_too_much_was_said_since_nobody_knows(server: Server) -> None:
    page = connected(Facebook, server)
    outgoing = answer(page, message(server)["id"])
    for n in range(25):
        server.world.message(server.world.person("dana"), f"Hello? {n}")
    with pytest.raises(ConnectorError, match="Too much") as caught:
        page.find(outgoing)
    assert caught.value.unknown


def test_a_message_that_cannot_be_quoted_is_answered_all_the_same(server: Server) -> None:
    page = connected(Facebook, server)
    said = message(server)
    outgoing = answer(page, said["id"])
    server.world.things.pop(said["id"])
    sent = page.reply(outgoing)
    assert "reply_to" not in server.world.things[sent.external_id]
    assert len(server.world.sent) == 1


def test_the_window_is_told_before_and_kept_by_meta(server: Server) -> None:
    page, agent = connected(Facebook, server), connected(Facebook, server, human_agent="1")
    fresh = answer(page, message(server, at=ago(hours=20))["id"])
    able = page.capability(fresh.original)
    assert (able.can_reply, able.public, able.text_limit) == (True, False, 2000)
    assert able.until == fresh.original.posted_at + timedelta(hours=24)
    late = answer(page, message(server, at=ago(hours=30))["id"])
    server.world.things["t_messenger_" + late.original.author_external_id]["heard"] = ago(hours=30).isoformat()
    assert page.capability(late.original).reason == windows.CLOSED
    with pytest.raises(ConnectorError) as caught:
        page.reply(late)
    assert (caught.value.permanent, caught.value.unknown) == (True, False)
    assert "until they write again" in caught.value.remedy
    able = agent.capability(late.original)
    assert (able.can_reply, able.notice) == (True, windows.AS_AGENT)
    assert able.until == late.original.posted_at + timedelta(days=7)
    server.world.human_agent = True
    agent.reply(late)
    sent = server.asked("/me/messages", "POST")[-1]["given"]
    assert (sent["messaging_type"], sent["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    ancient = replace(late.original, posted_at=ago(days=8))
    assert agent.capability(ancient).reason == windows.CLOSED_LONG


def test_limits_and_what_cannot_be_answered(server: Server) -> None:
    page, gram = connected(Facebook, server), connected(Instagram, server)
    original = Original(
        external_id="1",
        thread_id="2",
        kind="comment",
        author_external_id="3",
        author_handle="",
        posted_at=ago(hours=1),
        raw={"surface": "comment"},
    )
    assert page.capability(original).text_limit == 8000
    assert gram.capability(original).text_limit == 2200
    assert gram.capability(replace(original, kind="direct")).text_limit == 1000
    assert (page.text_length("né 👍"), gram.text_length("né 👍")) == (4, 8)
    assert page.capability(replace(original, kind="review")).reason == windows.NO_REVIEWS
    assert gram.capability(replace(original, raw={"surface": "live"})).reason == windows.LIVE
    hidden = {"surface": "comment", "data": {"hidden": True}}
    assert gram.capability(replace(original, raw=hidden)).reason == windows.HIDDEN
    nobody = replace(original, kind="direct", author_external_id="unknown:m_1")
    assert page.capability(nobody).reason == windows.UNKNOWN
    bare = Facebook(replace(page.account, credentials={}))
    assert bare.capability(original).reason == windows.NO_TOKEN


# What Meta says


@pytest.mark.parametrize(
    ("told", "permanent", "unknown", "waits", "remedy"),
    [
        ({"code": 190, "message": "Session", "subcode": 463, "status": 401}, True, False, False, "run out"),
        ({"code": 190, "message": "Session", "subcode": 460, "status": 400}, True, False, False, "password"),
        ({"code": 10, "message": "Outside", "subcode": 2018278}, True, False, False, "until they write again"),
        ({"code": 10, "message": "needs pages_messaging permission"}, True, False, False, "pages_messaging"),
        ({"code": 200, "message": "(#200) Permissions error", "status": 403}, True, False, False, "Grant"),
        ({"code": 551, "message": "This person isn't available"}, True, False, False, "blocked the Page"),
        ({"code": 368, "message": "Blocked"}, True, False, False, "Support Inbox"),
        ({"code": 100, "message": "Gone", "subcode": 33}, True, False, False, "deleted"),
        ({"code": 4, "message": "Application request limit reached", "status": 403}, False, False, True, "by itself"),
        ({"code": 32, "message": "Page request limit reached"}, False, False, True, "by itself"),
        ({"code": 613, "message": "Calls limit"}, False, False, True, "by itself"),
        ({"code": 80006, "message": "There have been too many calls"}, False, False, True, "by itself"),
        ({"code": 1, "message": "An unknown error occurred", "status": 500}, False, True, False, "by itself"),
        ({"code": 2, "message": "Service temporarily unavailable"}, False, True, False, "by itself"),
        ({"code": 1200, "message": "Busy", "is_transient": True}, False, True, False, "by itself"),
    ],
)
def test_each_error_is_told_in_metas_words_with_what_to_do(
    told: dict[str, Any], permanent: bool, unknown: bool, waits: bool, remedy: str, server: Server
) -> None:
    page = connected(Facebook, server)
    outgoing = answer(page, message(server)["id"])
    server.faults.add({"type": "error", **told}, "/me/messages", method="POST")
    with pytest.raises(ConnectorError) as caught:
        page.reply(outgoing)
    error = caught.value
    assert (error.permanent, error.unknown, error.retry_at is not None) == (permanent, unknown, waits)
    assert told["message"] in error.message
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("status", "body", "permanent", "unknown"),
    [
        (500, "{}", False, True),
        (429, "[]", False, False),
        (502, "<html>Bad gateway</html>", False, True),
        (200, "", False, True),
        (200, "[]", False, True),
        (200, "null", False, True),
        (200, '{"success": true}', False, True),
        (200, '{"message_id": null}', False, True),
        (200, "[" * 100_000, False, True),
        (400, '{"error": "nonsense"}', True, False),
        (400, '{"error": {"code": "x", "message": [1]}}', True, False),
        (302, "", True, False),
    ],
)
def test_what_the_sdk_takes_for_success_is_none(
    status: int, body: str, permanent: bool, unknown: bool, server: Server
) -> None:
    page = connected(Facebook, server)
    outgoing = answer(page, message(server)["id"])
    server.faults.add("malformed", "/me/messages", method="POST", body=body, status=status)
    with pytest.raises(ConnectorError) as caught:
        page.reply(outgoing)
    assert (caught.value.permanent, caught.value.unknown) == (permanent, unknown)


def test_a_redirect_is_not_followed_with_the_token(server: Server) -> None:
    with listener() as elsewhere:
        headers = {"Location": f"http://127.0.0.1:{elsewhere.port}/v26.0/me"}
        server.faults.add("malformed", status=302, body="", headers=headers)
        with pytest.raises(ConnectorError, match="redirects") as caught:
            connected(Facebook, server).verify()
        assert caught.value.permanent
        assert elsewhere.connects == 0


def test_r17_a_silent_server_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GuardedAdapter.__init__.__kwdefaults__ or {}, "read", 0.3)
    server.faults.add("timeout", seconds=60)
    with pytest.raises(ConnectorError, match="in time"):
        connected(Facebook, server).verify()


def test_what_never_left_this_machine_is_not_unknown(server: Server) -> None:
    page = connected(Facebook, server)
    outgoing = answer(page, message(server)["id"])
    with listener() as closed:
        url = f"http://127.0.0.1:{closed.port}"
    with pytest.raises(ConnectorError) as caught:
        connected(Facebook, server, url=url).reply(outgoing)
    assert (caught.value.unknown, caught.value.permanent) == (False, False)


def test_s31_the_token_is_in_no_error_and_in_no_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    page = connected(Facebook, server)
    shown = ""
    for effect in ({"status": 500}, {"status": 400, "body": '{"error": {}}'}, {"status": 401}):
        server.faults.clear()
        server.faults.add("status", **effect)
        with pytest.raises(ConnectorError) as caught:
            page.verify()
        shown += f"{caught.value!r} {caught.value.remedy} {caught.value.__cause__!r}"
    for url in ("http://127.0.0.1:1", "http://[", "http://999.999.999.999:99999", "nonsense"):
        with pytest.raises(ConnectorError) as caught:
            connected(Facebook, server, url=url).verify()
        shown += f"{caught.value!r} {caught.value.remedy} {caught.value.__cause__!r}"
    assert PAGE_TOKEN not in shown + caplog.text
    assert APP_SECRET not in shown + caplog.text
