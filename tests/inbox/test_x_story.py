"""X from the network to the timeline and back, in every way in which it tells of a message: nothing comes twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors import credentials, ledger
from connectors.models import Channel, Gap, Pull, Usage
from connectors.registry import connector_for
from inbox.deliver import deliver_due
from inbox.drain import drain
from inbox.models import Conversation, Delivery, Message
from inbox.pull import pull
from inbox.replies import capability, original_of, queue
from people import departments
from people.models import Department
from tests.connectors.conftest import ALL_KEYS
from tests.inbox.cast import Cast
from tests.servers import x as stand_in
from tests.servers.x_hooks import account_activity

SETTINGS = {"username": "halden", "direct": "1"}


@pytest.fixture
def server(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.UNDO_SECONDS = 0
    with stand_in.serving() as running:
        yield running


@pytest.fixture
def channel(db, server):
    departments.ensure(Department)
    made = Channel.objects.create(
        network="x", name="X", base_url=server.url, settings=SETTINGS, account="@halden", connected_at=timezone.now()
    )
    Pull.objects.create(channel=made, next_at=timezone.now())
    credentials.store(made, ALL_KEYS)
    return made


def deliver(channel, server, body):
    headers = {name.title(): value for name, value in server.sign(body).items()}
    answer = Client().post(f"/webhooks/{channel.uuid}/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    drain()


def texts():
    return sorted(Message.objects.filter(deleted_at=None).values_list("text", flat=True))


def test_a_message_that_a_webhook_brought_is_a_duplicate_for_the_pull_and_the_other_way_round(channel, server):
    first, second = server.world.add("@halden one"), server.world.add("@halden two")
    message = server.world.say("three")
    deliver(channel, server, server.event("post", first["id"]))
    deliver(channel, server, account_activity(server.world, tweets=[second["id"]], directs=[message["id"]]))
    assert texts() == ["@halden one", "@halden two", "three"]
    assert pull(channel).outcomes == {"duplicate": 3}
    last = server.world.add("@halden four")
    pull(channel)
    deliver(channel, server, server.event("post", last["id"]))
    assert len(texts()) == 4
    assert [one["pending"] for one in ledger.summary()] == [0]


def test_what_a_webhook_brings_does_not_wait_until_somebody_has_signed_in_again(channel, server):
    """X takes a renewal token once; when it is lost, pulling is over until somebody acts."""
    Channel.objects.update(settings=SETTINGS | {"client_id": "app"})
    ended = {"user_token": "old", "refresh_token": "lost", "user_token_until": "2025-01-01T00:00:00+00:00"}
    credentials.store(channel, ALL_KEYS | ended)
    channel.refresh_from_db()
    pull(channel)
    assert Pull.objects.get().state == "broken"
    deliver(channel, server, server.event("post", server.world.add("@halden one")["id"]))
    assert texts() == ["@halden one"]


def test_edits_and_deletions_arrive_by_webhook(channel, server):
    first = server.world.add("@halden hlep")["id"]
    deliver(channel, server, server.event("post", first))
    deliver(channel, server, server.event("post", server.world.edit(first, "@halden help")["id"]))
    assert texts() == ["@halden help"]
    author = server.world.user("dana")["id"]
    deliver(channel, server, account_activity(server.world, deletes=[(first, author)]))
    assert texts() == []


def test_a_direct_message_is_answered_in_its_conversation(channel, server):
    cast = Cast()
    server.world.say("Where is my car?")
    pull(channel)
    conversation = Conversation.objects.get()
    able = capability(conversation)
    assert (able.can_reply, able.public, able.text_limit) == (True, False, 10_000)
    sent = queue(conversation, by=cast.adam, text="On its way. " * 40, click=uuid4()).message
    deliver_due()
    sent.refresh_from_db()
    assert sent.delivery.state == Delivery.State.SENT
    assert sent.external_id == server.world.direct[-1]["id"]
    assert server.world.direct[-1]["text"] == sent.text
    # Our own words come back with the next pull, and are no news.
    assert pull(channel).outcomes["stored"] == 0
    assert original_of(sent).kind == "direct"


def test_what_was_used_is_written_down_and_the_cap_ends_the_pull(channel, server):
    for n in range(120):
        server.world.add(f"@halden {n}")
    pull(channel)
    used = dict(Usage.objects.values_list("meter", "used"))
    assert (used["own_posts"], used["users"]) == (120, 1)
    Channel.objects.update(settings=SETTINGS | {"cap_posts": "120"})
    channel.refresh_from_db()
    server.world.add("@halden one more")
    asked = len(server.requests)
    error = pull(channel).error
    assert error.permanent
    assert "120 of 120" in error.message
    assert len(server.requests) == asked
    Channel.objects.update(settings=SETTINGS | {"cap_posts": "1000"})
    channel.refresh_from_db()
    assert pull(channel).outcomes["stored"] == 1


def test_r6_what_x_has_dropped_is_written_down(channel, server):
    server.world.add("@halden before")
    pull(channel)
    held = Pull.objects.get()
    held.cursor["mentions"]["at"] = (timezone.now() - timedelta(days=3)).isoformat()
    held.save()
    server.api.reach = 5
    for n in range(9):
        server.world.add(f"@halden {n}")
    assert pull(channel).outcomes["stored"] == 5
    assert "newest 800 mentions" in Gap.objects.get().reason


def test_a_page_asks_nothing_about_what_was_used(channel, server):
    server.world.add("@halden hello")
    pull(channel)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        capability(Conversation.objects.get())
    assert not [query for query in asked.captured_queries if "connectors_usage" in query["sql"]]
    with CaptureQueriesContext(connection) as asked:
        assert dict(connector_for(channel).account.used_this_month)["own_posts"] == 1
    assert len([query for query in asked.captured_queries if "connectors_usage" in query["sql"]]) == 1
