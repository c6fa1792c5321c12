import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from connectors import registry
from connectors.disconnect import disconnect, pause
from connectors.incoming import Author, Incoming
from connectors.models import Channel, Pull
from connectors.protocol import Sent
from inbox import outbox, replies
from inbox.deliver import deliver_due
from inbox.ingest import ingest
from inbox.models import Conversation, Delivery, Draft, Event, Message
from inbox.triage import Conflict, NotAllowed
from people import departments
from people.models import Department, User
from socialcrm import crash
from tests.inbox.platforms import PLATFORMS

POINTS = ["deliver.claimed", "deliver.before_network", "deliver.after_network", "deliver.recorded"]
STEP = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings):
    settings.UNDO_SECONDS = 0
    for name, connector in PLATFORMS.items():
        monkeypatch.setitem(registry.CLASSES, name, f"{connector.__module__}.{connector.__qualname__}")


def conversation_on(network, folder, **settings):
    departments.ensure(Department)
    channel = Channel.objects.create(
        network=network, name=network, base_url=str(folder / "posts.jsonl"), settings=settings
    )
    Pull.objects.create(channel=channel)
    author = Author(external_id="dana", handle="dana")
    ingest(
        channel,
        [
            Incoming(
                network="x", external_id="1", author=author, posted_at=datetime(2026, 5, 1, tzinfo=UTC), text="help"
            )
        ],
    )
    return Conversation.objects.get(channel=channel)


@pytest.fixture
def mia(db):
    return User.objects.create_user("mia", name="Mia", role="manager")


def reply(conversation, by, text="On our way.", **fields):
    return replies.queue(conversation, by=by, text=text, click=uuid.uuid4(), **fields).message


def posts(folder):
    path = folder / "posts.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def end_leases():
    Delivery.objects.filter(state="sending").update(lease_until=timezone.now() - STEP)


def run_worker(env, crash_at=""):
    program = [sys.executable, "-m", "tests.inbox.platforms"]
    return subprocess.run(program, env={**env, "CRASH_AT": crash_at}, check=False, timeout=60).returncode


def test_a_reply_is_sent_once_and_the_customer_no_longer_waits(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    message = reply(conversation, mia)

    deliver_due()
    deliver_due()

    message.refresh_from_db()
    assert message.delivery.state == "sent"
    assert message.external_id.startswith("post-")
    assert len(posts(tmp_path)) == 1
    assert Conversation.objects.get().waiting_since is None


def test_one_click_is_one_reply(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    click = uuid.uuid4()

    first = replies.queue(conversation, by=mia, text="Yes.", click=click)
    again = replies.queue(conversation, by=mia, text="Yes.", click=click)

    assert (first.message, first.is_new, again.is_new) == (again.message, True, False)
    with pytest.raises(Conflict):
        replies.queue(conversation, by=mia, text="No.", click=click)
    assert Delivery.objects.count() == 1


def test_a_reply_can_be_taken_back_until_it_leaves(tmp_path, mia, settings):
    settings.UNDO_SECONDS = 10
    conversation = conversation_on("reads-back", tmp_path)
    message = reply(conversation, mia, close_after=True)
    assert Conversation.objects.get().state == "closed"

    assert replies.take_back(message, by=mia) is True
    deliver_due()

    assert posts(tmp_path) == []
    conversation.refresh_from_db()
    assert (conversation.state, conversation.waiting_since is not None) == ("open", True)
    assert Draft.objects.get().text == "On our way."
    assert not Event.objects.filter(message=message).exists()


def test_a_reply_that_has_left_cannot_be_taken_back(tmp_path, mia):
    message = reply(conversation_on("reads-back", tmp_path), mia)
    deliver_due()

    assert replies.take_back(message, by=mia) is False
    assert len(posts(tmp_path)) == 1


def test_who_has_not_seen_a_colleagues_answer_is_told(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    seen = Message.objects.latest("pk").pk
    jonas = User.objects.create_user("jonas", name="Jonas", role="manager")
    reply(conversation, jonas, "A truck is coming.")

    with pytest.raises(replies.Stale) as stale:
        reply(conversation, mia, seen=seen)

    assert stale.value.message.text == "A truck is coming."
    assert Delivery.objects.count() == 1


def test_an_agent_of_another_department_may_not_answer(tmp_path, db):
    conversation = conversation_on("reads-back", tmp_path)
    other = Department.objects.exclude(pk=conversation.department_id).exclude(slug="triage").first()
    Conversation.objects.update(department=Department.objects.exclude(pk=other.pk).exclude(slug="triage").first())
    charlie = User.objects.create_user("charlie", name="Charlie")
    charlie.departments.add(other)

    with pytest.raises(NotAllowed):
        reply(conversation, charlie)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 281])
def test_what_the_network_would_not_take_is_refused_at_once(tmp_path, mia, text):
    with pytest.raises((ValueError, replies.CannotReply)):
        reply(conversation_on("reads-back", tmp_path), mia, text)


def test_a_permanent_refusal_is_shown_in_the_networks_words_and_can_be_tried_again(tmp_path, mia):
    conversation = conversation_on("refusing", tmp_path, permanent=True)
    message = reply(conversation, mia, close_after=True)

    deliver_due()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error, delivery.remedy) == (
        "failed",
        "Token revoked.",
        "Connect the account again.",
    )
    conversation.refresh_from_db()
    assert conversation.state == "open"
    assert conversation.waiting_since is not None
    outbox.retry(message, by=mia)
    assert Delivery.objects.get().state == "queued"


def test_a_disconnected_channel_offers_no_reply_and_a_queued_one_fails_with_what_to_do(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    message = reply(conversation, mia)
    disconnect(conversation.channel)

    deliver_due()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == ("failed", "The channel is disconnected.")
    assert "connect it again" in delivery.remedy
    conversation = Conversation.objects.select_related("channel").get()
    assert replies.capability(conversation).reason == f"{delivery.error} {delivery.remedy}"
    with pytest.raises(replies.CannotReply):
        reply(conversation, mia, "Still there?")
    outbox.retry(message, by=mia)
    deliver_due()
    assert Delivery.objects.get().state == "failed"
    assert posts(tmp_path) == []


def test_a_reply_that_was_interrupted_before_disconnecting_is_left_to_a_person(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    reply(conversation, mia)
    Delivery.objects.update(state="sending", attempted_at=timezone.now(), lease_until=timezone.now() - STEP, tries=1)
    disconnect(conversation.channel)

    deliver_due()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == ("unconfirmed", "The channel is disconnected.")


def test_a_paused_channel_sends_replies_all_the_same(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    Channel.objects.update(connected_at=timezone.now())
    pause(conversation.channel)
    reply(Conversation.objects.get(), mia)

    deliver_due()

    assert Delivery.objects.get().state == "sent"
    assert len(posts(tmp_path)) == 1


def test_a_channel_whose_connector_is_gone_refuses_a_reply_with_the_reason(tmp_path, mia):
    conversation = conversation_on("reads-back", tmp_path)
    Channel.objects.update(network="gone")

    with pytest.raises(replies.CannotReply, match="no connector for “gone”"):
        reply(Conversation.objects.get(pk=conversation.pk), mia)


def test_a_passing_refusal_is_tried_again_later_and_not_for_ever(tmp_path, mia):
    reply(conversation_on("refusing", tmp_path), mia)

    tries = 0
    while Delivery.objects.get().state == "queued" and tries < 20:
        Delivery.objects.update(send_after=timezone.now())
        deliver_due(limit=1)
        tries += 1

    assert Delivery.objects.get().state == "failed"
    assert 3 <= tries <= 10


def test_a_connection_that_breaks_off_after_the_network_took_it_doubles_nothing(tmp_path, mia):
    message = reply(conversation_on("breaking", tmp_path), mia)

    deliver_due()
    assert Delivery.objects.get().state == "sending"
    end_leases()
    deliver_due()

    message.refresh_from_db()
    assert message.delivery.state == "sent"
    assert len(posts(tmp_path)) == 1


@pytest.mark.parametrize("outcome", ["arrived", "again", "drop"])
def test_what_nobody_can_know_a_person_decides(tmp_path, mia, outcome):
    message = reply(conversation_on("neither", tmp_path), mia)
    Delivery.objects.update(state="sending", attempted_at=timezone.now(), lease_until=timezone.now() - STEP, tries=1)
    deliver_due()
    assert Delivery.objects.get().state == "unconfirmed"
    assert posts(tmp_path) == []

    outbox.settle(message, by=mia, outcome=outcome)
    deliver_due()

    assert Delivery.objects.get().state == {"arrived": "sent", "again": "sent", "drop": "failed"}[outcome]
    assert len(posts(tmp_path)) == (1 if outcome == "again" else 0)
    with pytest.raises(Conflict):
        outbox.settle(message, by=mia, outcome="arrived")


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("network", ["takes-key", "reads-back", "neither"])
def test_a_worker_killed_anywhere_loses_no_reply_and_doubles_none(tmp_path, process_env, network, point):
    mia = User.objects.create_user("mia", name="Mia", role="manager")
    reply(conversation_on(network, tmp_path), mia)

    assert run_worker(process_env, crash_at=point) == 137
    for _ in range(2):
        end_leases()
        deliver_due()

    sent, state = len(posts(tmp_path)), Delivery.objects.get().state
    assert sent <= 1
    if network == "neither" and point != "deliver.recorded":
        assert state == "unconfirmed"
        assert sent == (1 if point == "deliver.after_network" else 0)
    else:
        assert (state, sent) == ("sent", 1)


def test_every_place_where_a_sender_can_die_is_tried():
    assert {name for name in crash.declared() if name.startswith("deliver.")} == set(POINTS)


def test_a_frozen_worker_whose_lease_has_ended_sends_nothing(tmp_path, mia, monkeypatch):
    reply(conversation_on("reads-back", tmp_path), mia)
    monkeypatch.setattr("inbox.deliver._LEASE", timedelta(seconds=0))

    deliver_due(limit=1)

    assert posts(tmp_path) == []
    assert Delivery.objects.get().state == "sending"


def test_a_network_that_gives_two_replies_the_same_id_has_taken_both(tmp_path, mia, monkeypatch):
    conversation = conversation_on("reads-back", tmp_path)
    connector = PLATFORMS["reads-back"]
    post = connector.post
    monkeypatch.setattr(connector, "post", lambda self, outgoing: (post(self, outgoing), Sent(external_id="777"))[1])
    first, second = reply(conversation, mia), reply(conversation, mia, "And another thing.")

    deliver_due()

    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.external_id, second.external_id) == ("777", None)


@pytest.mark.parametrize("method", ["reply", "find"])
def test_a_defect_of_a_connector_holds_up_one_reply_and_no_other(tmp_path, mia, monkeypatch, method):
    broken = reply(conversation_on("reads-back", tmp_path), mia)
    other = reply(conversation_on("takes-key", tmp_path), mia)
    if method == "find":
        now = timezone.now()
        Delivery.objects.filter(message=broken).update(state="sending", attempted_at=now, lease_until=now - STEP)

    def trip(self, outgoing):
        raise KeyError("id")

    monkeypatch.setattr(PLATFORMS["reads-back"], method, trip)
    deliver_due()
    monkeypatch.setattr(PLATFORMS["reads-back"], "find", trip)
    end_leases()
    deliver_due()

    broken.delivery.refresh_from_db()
    other.delivery.refresh_from_db()
    assert other.delivery.state == "sent"
    assert (broken.delivery.state, broken.delivery.error) == ("unconfirmed", "KeyError: 'id'")
