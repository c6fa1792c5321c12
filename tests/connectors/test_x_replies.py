"""Replying on X: nothing is sent twice, and what became of a reply is found out by the post that it answers."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from connectors.channels.x import X
from connectors.channels.x.connector import NO_KEYS, NOT_SUMMONED
from connectors.channels.x.replies import NO_SECOND_TIME
from connectors.incoming import Incoming
from connectors.protocol import ConnectorError, Original, Outgoing
from tests.connectors.conftest import BEARER
from tests.servers.canary import listener
from tests.servers.x import Server

Connect = Callable[..., X]


def original_of(item: Incoming) -> Original:
    return Original(
        external_id=item.external_id,
        thread_id=item.thread_id,
        kind=item.kind,
        author_external_id=item.author.external_id,
        author_handle=item.author.handle,
        posted_at=item.posted_at,
        raw=item.raw,
    )


@pytest.fixture
def answer(server: Server, connect: Connect) -> Callable[..., Outgoing]:
    """Has dana mention the brand, pulls that, and makes a reply to it."""

    def make(text: str = "We are on it: https://halden.example/help & soon <3", said: str = "@halden help") -> Outgoing:
        post_id = server.world.add(said)["id"]
        items = [item for page in connect(query="help").fetch({}) for item in page.items]
        original = next(original_of(item) for item in items if item.external_id == post_id)
        return Outgoing(text=text, original=original, client_key=str(uuid4()), queued_at=datetime.now(UTC))

    return make


def own(server: Server) -> list[dict[str, Any]]:
    return [server.world.posts[str(number)] for number in server.world.authored["1000"]]


def test_a_reply_arrives_under_the_post_that_it_answers(server: Server, connect: Connect, answer: Any) -> None:
    outgoing = answer()
    sent = connect().reply(outgoing)
    assert sent.url == f"https://x.com/halden/status/{sent.external_id}"
    assert [(post["id"], post["written"], post["referenced_tweets"][0]["id"]) for post in own(server)] == [
        (sent.external_id, outgoing.text, outgoing.original.external_id)
    ]
    assert connect().find(outgoing) == sent


@pytest.mark.parametrize("effect", ["drop_after_processing", "timeout", "latency"])
def test_r14_after_a_lost_answer_the_outcome_is_unknown_and_the_reply_is_found(
    effect: str, server: Server, connect: Connect, answer: Any, impatient: None
) -> None:
    outgoing = answer()
    server.faults.add(effect, "/2/tweets", method="POST", count=1, seconds=0.6)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert caught.value.unknown
    for _ in range(20):
        time.sleep(0.1)
        if own(server):
            break
    found = connect().find(outgoing)
    assert found is not None
    assert [post["id"] for post in own(server)] == [found.external_id]


def test_r14_a_reply_that_did_not_arrive_is_not_found(server: Server, connect: Connect, answer: Any) -> None:
    outgoing = answer()
    server.faults.add("status", "/2/tweets", method="POST", status=503)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert caught.value.unknown
    assert connect().find(outgoing) is None


@pytest.mark.parametrize("body", ["", "{", "[]", '{"data": null}', '{"data": {"id": null}}', "{}"])
def test_an_acceptance_that_cannot_be_read_leaves_the_outcome_unknown(
    body: str, server: Server, connect: Connect, answer: Any
) -> None:
    outgoing = answer()
    server.faults.add("malformed", "/2/tweets", method="POST", body=body)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert caught.value.unknown


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (401, True), (402, True), (403, True), (429, False)])
def test_a_definite_refusal_is_not_unknown(
    status: int, permanent: bool, server: Server, connect: Connect, answer: Any
) -> None:
    outgoing = answer()
    server.faults.add("status", "/2/tweets", method="POST", status=status)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert (caught.value.unknown, caught.value.permanent) == (False, permanent)
    assert (caught.value.retry_at is not None) == (status == 429)


def test_what_never_left_this_machine_is_not_unknown(connect: Connect, answer: Any, settings: Any) -> None:
    outgoing = answer()
    with listener() as closed:
        url = f"http://127.0.0.1:{closed.port}"
    with pytest.raises(ConnectorError) as caught:
        connect(url=url).reply(outgoing)
    assert (caught.value.unknown, caught.value.permanent) == (False, False)
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(ConnectorError) as caught:
        connect().reply(outgoing)
    assert (caught.value.unknown, caught.value.permanent) == (False, True)


def test_r15_the_same_text_to_two_customers_is_told_apart_by_what_it_answers(
    server: Server, connect: Connect, answer: Any
) -> None:
    first, second = answer("Thank you!"), answer("Thank you!", said="@halden helped me")
    server.world.add("@dana Thank you!", "halden", referenced_tweets=[{"type": "replied_to", "id": "1"}])
    server.world.add(
        "@dana Thank you!", "halden", referenced_tweets=[{"type": "replied_to", "id": second.original.external_id}]
    )
    assert connect().find(first) is None
    assert connect().find(second) is not None


def test_r15_another_text_and_an_older_post_are_not_the_reply(server: Server, connect: Connect, answer: Any) -> None:
    outgoing = answer("Thank you!")
    to = [{"type": "replied_to", "id": outgoing.original.external_id}]
    server.world.add("@dana Thank you very much!", "halden", referenced_tweets=to)
    before = (outgoing.queued_at - timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    server.world.add("@dana Thank you!", "halden", referenced_tweets=to, created_at=before)
    assert connect().find(outgoing) is None


def test_two_posts_that_could_be_it_are_no_answer(server: Server, connect: Connect, answer: Any) -> None:
    outgoing = answer("Thank you!")
    to = [{"type": "replied_to", "id": outgoing.original.external_id}]
    for _ in range(2):
        server.world.add("@dana Thank you!", "halden", referenced_tweets=to)
    with pytest.raises(ConnectorError, match="Two posts") as caught:
        connect().find(outgoing)
    assert caught.value.unknown


def test_a_reply_is_found_on_a_server_that_speaks_of_posts(server: Server, connect: Connect) -> None:
    server.api.spelling = "post"
    server.world.add("@halden help")
    (item,) = [item for page in connect(spelling="post").fetch({}) for item in page.items]
    outgoing = Outgoing(text="Here.", original=original_of(item), client_key="k", queued_at=datetime.now(UTC))
    sent = connect(spelling="post").reply(outgoing)
    assert connect(spelling="post").find(outgoing) == sent


def test_our_own_posts_without_a_time_are_no_proof_that_the_reply_is_missing(
    server: Server, connect: Connect, answer: Any
) -> None:
    outgoing = answer()
    sent = connect().reply(outgoing)
    bare = {"data": [{"id": sent.external_id, "text": "@dana Here."}], "meta": {"result_count": 1}}
    server.faults.add("malformed", "/tweets", method="GET", body=bare)
    with pytest.raises(ConnectorError) as caught:
        connect().find(outgoing)
    assert caught.value.unknown


def test_our_clock_may_be_wrong(server: Server, connect: Connect, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing = answer("Thank you!")
    sent = connect().reply(outgoing)

    class Ahead:
        now = staticmethod(lambda zone: datetime.now(zone) + timedelta(minutes=10))

    monkeypatch.setattr("connectors.channels.x.replies.datetime", Ahead)
    late = Outgoing(
        text=outgoing.text,
        original=outgoing.original,
        client_key=outgoing.client_key,
        queued_at=outgoing.queued_at + timedelta(minutes=10),
    )
    assert connect().find(late) == sent


def test_a_reply_is_found_behind_many_other_posts_and_the_search_has_an_end(
    server: Server, connect: Connect, answer: Any
) -> None:
    outgoing = answer("Thank you!")
    sent = connect().reply(outgoing)
    for n in range(350):
        server.world.add(f"news {n}", "halden")
    assert connect().find(outgoing) == sent
    for n in range(800):
        server.world.add(f"more news {n}", "halden")
    with pytest.raises(ConnectorError, match="too much") as caught:
        connect().find(outgoing)
    assert caught.value.unknown


@pytest.mark.parametrize("status", [401, 429, 503])
def test_where_x_cannot_be_asked_the_outcome_stays_unknown(
    status: int, server: Server, connect: Connect, answer: Any
) -> None:
    outgoing = answer()
    server.faults.add("status", status=status)
    with pytest.raises(ConnectorError) as caught:
        connect().find(outgoing)
    assert caught.value.unknown
    with pytest.raises(ConnectorError) as caught:
        connect(keys=BEARER).find(outgoing)
    assert caught.value.unknown


def test_r13_a_retry_that_x_refuses_as_a_duplicate_finds_the_first_one(
    server: Server, connect: Connect, answer: Any
) -> None:
    outgoing = answer()
    first = connect().reply(outgoing)
    assert connect().reply(outgoing) == first
    assert len(own(server)) == 1


def test_a_text_that_was_used_elsewhere_is_refused_with_a_remedy(server: Server, connect: Connect, answer: Any) -> None:
    connect().reply(answer("Thank you!"))
    with pytest.raises(ConnectorError, match="duplicate content") as caught:
        connect().reply(answer("Thank you!", said="@halden helped me"))
    assert caught.value.remedy == NO_SECOND_TIME
    assert (caught.value.permanent, caught.value.unknown) == (True, False)


def test_the_visible_version_of_an_edited_post_is_answered(server: Server, connect: Connect) -> None:
    first = server.world.add("@halden hlep")["id"]
    second = server.world.edit(first, "@halden help")["id"]
    (item,) = [item for page in connect().fetch({}) for item in page.items]
    assert (item.external_id, item.action) == (first, "edit")
    outgoing = Outgoing(text="Here.", original=original_of(item), client_key="k", queued_at=datetime.now(UTC))
    sent = connect().reply(outgoing)
    assert own(server)[0]["referenced_tweets"][0]["id"] == second
    assert connect().find(outgoing) == sent


def test_only_posts_that_name_or_quote_us_can_be_answered_and_the_reason_is_given(
    server: Server, connect: Connect, answer: Any
) -> None:
    named = answer().original
    assert connect().capability(named).can_reply
    stranger = answer(said="somebody help, my car sings").original
    assert (connect().capability(stranger).can_reply, connect().capability(stranger).reason) == (False, NOT_SUMMONED)
    with pytest.raises(ConnectorError, match="mentioned you") as caught:
        connect().reply(Outgoing(text="Hi", original=stranger, client_key="k", queued_at=datetime.now(UTC)))
    assert caught.value.permanent
    assert connect(keys=BEARER).capability(named).reason == NO_KEYS
    assert connect().capability(named).text_limit == 280
    assert connect().text_length("https://halden.example/a/long/way/to/go 👍") == 26


def test_another_account_answers_only_what_names_it_too(server: Server, connect: Connect, answer: Any) -> None:
    def named(handle: str) -> X:
        return X(replace(connect().account, handle=handle))

    for said, able in (("@halden helped me", False), ("@halden and @Halden_Care help", True)):
        original = answer(said=said).original
        other = named("@halden_care")
        assert other.may_stand_in(original)
        assert other.capability(original).can_reply == able
        # Whoever it came to may answer, however the name is written.
        assert named("@Halden").capability(original).can_reply
    assert not other.may_stand_in(replace(original, kind="direct"))


def test_another_account_answers_nothing_of_which_nobody_knows_whom_it_came_to(connect: Connect, answer: Any) -> None:
    original = answer(said="@halden helped me").original
    older = replace(original, raw={name: value for name, value in original.raw.items() if name != "read_by"})
    assert not X(replace(connect().account, handle="@halden_care")).may_stand_in(older)
    # The account that it came to answers all the same.
    assert connect().capability(older).can_reply


def test_capability_asks_nobody(server: Server, connect: Connect, answer: Any) -> None:
    original = answer().original
    asked = len(server.requests)
    connect().capability(original)
    assert len(server.requests) == asked
