"""Taking in what is pending: many deliveries at once, and one at a time what makes trouble."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors import ledger
from connectors.channels.generic import Generic
from connectors.ledger import Kept
from connectors.models import Calls, Ledger, Receipt
from connectors.protocol import ConnectorError
from inbox import drain as draining
from inbox.drain import drain, retry
from inbox.ingest import ingest
from inbox.models import Conversation, Message
from inbox.sweep import sweep
from tests.connectors.test_webhook_conformance import MAPPING, payload
from tests.inbox.hooked import hooked, message, post


@pytest.fixture
def channel(db):
    return hooked()


def counts(channel):
    row = next(one for one in ledger.summary() if one["channel"] == channel.name)
    assert row["received"] == sum(row[name] for name in ledger.OUTCOMES)
    return row


def settle_all():
    """As if all the waiting were over."""
    for _ in range(8):
        Receipt.objects.filter(state="pending").update(lease_until=None)
        drain()


def refuse(monkeypatch, word, error):
    """Reading a delivery that holds `word` ends in `error`."""
    read = Generic.read

    def picky(self, payload, received_at):
        if word in json.dumps(payload):
            raise error
        return read(self, payload, received_at)

    monkeypatch.setattr(Generic, "read", picky)


def test_deliveries_are_taken_in_as_one_page(channel):
    for _ in range(60):
        post(channel, message())
    with CaptureQueriesContext(connection) as many:
        assert drain() == 60
    for _ in range(5):
        post(channel, message())
    with CaptureQueriesContext(connection) as few:
        drain()
    assert Message.objects.count() == 65
    assert len(many) <= len(few) + 6
    assert len(many) < 60


def test_the_channel_that_waited_longest_comes_first(channel):
    other = hooked("Other")
    post(other, message())
    post(channel, message())
    Receipt.objects.filter(channel=channel).update(received_at=timezone.now() - timedelta(minutes=1))
    assert draining._channels() == [channel.pk, other.pk]


def test_a_channel_that_another_worker_is_at_keeps_no_other_waiting(channel):
    other = hooked("Other")
    post(channel, message())
    post(other, message("other"))
    elsewhere = connection.copy()
    with closing(elsewhere), elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [draining._LOCK, channel.pk])
        drain()
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [draining._LOCK, channel.pk])
    assert Message.objects.get().external_id == "other"
    drain()
    assert Message.objects.count() == 2


def test_r11_everything_counts_in_the_hour_in_which_it_came(channel):
    for _ in range(4):
        post(channel, message())
    first = datetime(2025, 6, 1, 9, 59, 59, tzinfo=UTC)
    late = list(Receipt.objects.values_list("pk", flat=True)[:1])
    Receipt.objects.update(received_at=first + timedelta(seconds=1))
    Receipt.objects.filter(pk__in=late).update(received_at=first)
    drain()
    assert dict(Ledger.objects.values_list("hour__hour", "stored")) == {9: 1, 10: 3}


def test_a_delivery_that_cannot_be_read_is_rejected_alone(channel):
    post(channel, message("good"))
    post(channel, {"event": "ping"})
    drain()
    assert Message.objects.get().external_id == "good"
    assert Receipt.objects.get(state="rejected").reason.endswith("give text or attachments.")
    row = counts(channel)
    assert (row["stored"], row["rejected"], row["pending"], row["received"]) == (1, 1, 0, 2)


def test_an_item_that_cannot_be_read_becomes_a_receipt_of_its_own(channel):
    post(channel, [message("good"), {"external_id": "bad"}])
    delivery = Receipt.objects.get().pk
    drain()
    bad = Receipt.objects.get(state="rejected")
    assert (bad.payload, bad.position) == ({"external_id": "bad"}, f"{delivery} 2")
    row = counts(channel)
    assert (row["stored"], row["rejected"], row["received"]) == (1, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_r10_one_delivery_that_makes_the_page_fail_keeps_no_other_out(monkeypatch):
    channel = hooked()
    for name in ("one", "poison", "two"):
        post(channel, message(name))
    from inbox import messages

    write = messages.write

    def refusing(channel, new, *arguments, **options):
        if any(one.external_id == "poison" for one in new):
            raise ValueError("out of range")
        return write(channel, new, *arguments, **options)

    monkeypatch.setattr("inbox.messages.write", refusing)
    drain()
    assert set(Message.objects.values_list("external_id", flat=True)) == {"one", "two"}
    settle_all()
    poison = Receipt.objects.get(state="quarantined")
    assert "out of range" in poison.reason
    row = counts(channel)
    assert (row["stored"], row["quarantined"], row["pending"], row["received"]) == (2, 1, 0, 3)


@pytest.mark.parametrize("error", [KeyError("data"), AttributeError("None"), RecursionError(), TypeError("?")])
def test_r10_a_defect_in_reading_keeps_no_other_delivery_out(channel, monkeypatch, error):
    refuse(monkeypatch, "poison", error)
    for name in ("one", "poison", "two"):
        post(channel, message(name))
    drain()
    assert Message.objects.count() == 2
    settle_all()
    assert type(error).__name__ in Receipt.objects.get(state="quarantined").reason


def test_r10_what_kills_three_workers_is_set_aside(channel):
    post(channel, message("poison"))
    for deaths in range(1, 4):
        Receipt.objects.update(deaths=deaths, lease_until=None)
        assert draining._claim_together(channel.pk) == []
    drain()
    assert (Receipt.objects.get().state, counts(channel)["quarantined"]) == ("quarantined", 1)


def test_deliveries_whose_worker_died_are_taken_in_one_by_one(channel):
    for _ in range(3):
        post(channel, message())
    assert len(draining._claim_together(channel.pk)) == 3
    Receipt.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    drain()
    assert Message.objects.count() == 3
    assert counts(channel)["stored"] == 3


def test_while_the_network_cannot_be_asked_deliveries_wait_without_being_blamed(channel, monkeypatch):
    refuse(monkeypatch, "m-", ConnectorError("The network is away."))
    other = hooked("Other")
    post(channel, message())
    post(channel, message())
    post(other, message("fine"))
    drain()
    assert list(Message.objects.values_list("external_id", flat=True)) == ["fine"]
    waiting = Receipt.objects.filter(channel=channel)
    assert {(one.state, one.errors, one.deaths) for one in waiting} == {("pending", 0, 0)}
    assert "away" in waiting.first().reason
    assert counts(channel)["pending"] == 2

    monkeypatch.undo()
    settle_all()
    assert Message.objects.count() == 3


def test_a_delivery_for_which_the_network_is_away_lets_the_others_pass(channel, monkeypatch):
    refuse(monkeypatch, "slow", ConnectorError("Not found."))
    for name in ("one", "slow", "two"):
        post(channel, message(name))
    drain()
    first = dict(Receipt.objects.filter(state="pending").values_list("payload__external_id", "lease_until"))
    assert set(first) == {"slow", "two"}
    assert first["slow"] > first["two"]
    Receipt.objects.filter(payload__external_id="two").update(lease_until=None)
    drain()
    assert set(Message.objects.values_list("external_id", flat=True)) == {"one", "two"}


def test_credentials_that_do_not_open_make_deliveries_wait(channel, settings):
    post(channel, message())
    keys = settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = ["other:" + "A" * 43 + "="]
    drain()
    assert Receipt.objects.get().state == "pending"
    settings.CREDENTIAL_KEYS = keys
    settle_all()
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_overtaken_writes_nothing(monkeypatch):
    channel = hooked()
    post(channel, message("m"))
    read = Generic.read

    def overtaken(self, payload, received_at):
        Receipt.objects.update(lease_until=timezone.now() + timedelta(seconds=99))
        return read(self, payload, received_at)

    monkeypatch.setattr(Generic, "read", overtaken)
    drain(limit=1)
    assert not Message.objects.exists()
    assert counts(channel)["pending"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_is_not_the_deliveries_fault(monkeypatch):
    channel = hooked()
    post(channel, message("m"))

    def away(*_, **__):
        raise OperationalError("terminating connection")

    with monkeypatch.context() as patch:
        patch.setattr("inbox.messages.write", away)
        drain()
    assert (Receipt.objects.get().state, Receipt.objects.get().errors) == ("pending", 0)
    settle_all()
    assert counts(channel)["stored"] == 1


def test_what_was_quarantined_can_be_tried_again(channel, monkeypatch):
    with monkeypatch.context() as patch:
        refuse(patch, "poison", KeyError("data"))
        post(channel, message("poison"))
        settle_all()
    assert counts(channel)["quarantined"] == 1

    assert retry([Receipt.objects.get().pk]) == 1

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.errors, receipt.deaths) == ("pending", 0, 0)
    assert (counts(channel)["pending"], counts(channel)["quarantined"], counts(channel)["received"]) == (1, 0, 1)
    drain()
    assert (counts(channel)["stored"], counts(channel)["received"]) == (1, 1)


def test_what_arrived_before_the_mapping_was_drawn_can_be_tried_again(channel):
    post(channel, payload("foreign"))
    drain()
    assert counts(channel)["rejected"] == 1
    channel.settings = {"mapping": json.dumps(MAPPING)}
    channel.save()
    retry(Receipt.objects.values_list("pk", flat=True))
    drain()
    row = counts(channel)
    assert (row["stored"], row["rejected"], row["received"]) == (2, 0, 2)
    assert Receipt.objects.get().reason == ""


def test_an_item_of_a_pull_that_is_still_no_message_keeps_its_first_reason(channel):
    kept = [Kept(payload={"id": 7}, state=Receipt.State.REJECTED, reason="It has no author.")]
    ingest(channel, (), kept=kept)
    for _ in range(2):
        assert retry([Receipt.objects.get().pk]) == 1
        drain()
        first, again = Receipt.objects.get().reason.split("\n")
        assert (first, again[:19]) == ("It has no author.", "Tried again: text: ")
    assert counts(channel)["rejected"] == 1


def test_only_what_was_set_aside_can_be_tried_again(channel):
    post(channel, message())
    assert retry([Receipt.objects.get().pk, 10**9]) == 0
    drain()
    assert retry([Receipt.objects.get().pk]) == 0
    assert counts(channel)["received"] == 1


def test_receipts_that_were_taken_in_are_forgotten_after_two_weeks(channel):
    for name in ("done", "young", "rejected"):
        post(channel, message(name) if name != "rejected" else {"event": "ping"})
    drain()
    before = counts(channel)
    Receipt.objects.exclude(payload__external_id="young").update(received_at=timezone.now() - timedelta(days=15))
    sweep(timezone.now())
    assert set(Receipt.objects.values_list("state", flat=True)) == {"done", "rejected"}
    assert Receipt.objects.count() == 2
    assert counts(channel) == before


def test_r4_the_same_event_in_several_deliveries_makes_one_of_each(channel):
    for copy in range(50):
        post(channel, message("m", copy=copy))
    drain()
    assert (Message.objects.count(), Conversation.objects.count()) == (1, 1)
    row = counts(channel)
    assert (row["stored"], row["duplicate"], row["received"]) == (1, 49, 50)


def test_when_the_network_was_last_heard_is_written_once_for_many_deliveries(channel):
    for _ in range(5):
        post(channel, message())
    with CaptureQueriesContext(connection) as captured:
        drain()
    assert len([one for one in captured if "connectors_calls" in one["sql"]]) == 1
    assert Calls.objects.get().heard_at == Receipt.objects.latest("received_at").received_at


def test_the_ledger_by_the_hour_counts_what_is_pending_where_it_came(channel):
    post(channel, message())
    hour = Receipt.objects.get().received_at.replace(minute=0, second=0, microsecond=0)
    (row,) = ledger.by_hour(hour, hour + timedelta(hours=1))
    assert (row["channel_id"], row["pending"], row["stored"], row["received"]) == (channel.pk, 1, 0, 1)
    assert ledger.by_hour(hour - timedelta(hours=1), hour) == []
