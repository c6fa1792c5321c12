"""Pulling a channel, through the stand-in for X."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from connectors import credentials, ledger
from connectors.models import Channel, Pull, Receipt
from inbox import pull as pulling
from inbox.drain import drain
from inbox.models import Message
from inbox.pull import pull, ring_due
from people import departments
from people.models import Department
from tests.servers import x as stand_in
from tests.servers.x_world import World


@pytest.fixture
def server(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    world = World(brand="halden")
    for number in range(12):
        world.add(f"@halden message {number}", author=f"user{number % 5}")
    with stand_in.serving(world) as running:
        yield running


@pytest.fixture
def channel(db, server):
    departments.ensure(Department)
    made = Channel.objects.create(
        network="x", name="X", base_url=server.url, settings={"user_id": server.world.brand_id}, account="@halden"
    )
    Pull.objects.create(channel=made, next_at=timezone.now())
    credentials.store(made, {"bearer_token": "bearer-secret"})
    return made


def counts():
    return ledger.summary()[0]


def test_a_pull_takes_in_what_is_there_and_the_next_one_only_what_is_new(channel, server):
    assert pull(channel).outcomes == {"stored": 12}
    server.world.add("@halden and another", author="user9")

    assert pull(channel).outcomes["stored"] == 1

    state = Pull.objects.get()
    assert (state.state, state.error, state.lease_until) == ("ok", "", None)
    assert Message.objects.count() == 13


@contextmanager
def another_worker_at(channel):
    """Somebody alive holds the channel's lock, on a connection of its own."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [pulling._LOCK, channel.pk])
    try:
        yield
    finally:
        other.close()


def test_a_channel_that_a_living_worker_holds_is_left_alone(channel):
    Pull.objects.update(lease_until=timezone.now() + timedelta(seconds=30))

    with another_worker_at(channel):
        assert pull(channel) is None

    assert not Message.objects.exists()


def test_a_channel_whose_worker_has_died_is_taken_over_at_once(channel):
    Pull.objects.update(lease_until=timezone.now() + timedelta(seconds=30))

    assert pull(channel).outcomes == {"stored": 12}


def test_a_channel_whose_worker_is_frozen_is_taken_over_when_its_lease_ends(channel):
    Pull.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    with another_worker_at(channel):
        assert pull(channel).outcomes == {"stored": 12}


def test_a_worker_that_lost_its_lease_writes_nothing(channel, monkeypatch):
    claim = pulling.claim

    def claimed_by_another_as_well(one, **options):
        held = claim(one, **options)
        Pull.objects.update(fence=held.fence + 1)
        return held

    monkeypatch.setattr(pulling, "claim", claimed_by_another_as_well)
    pull(channel)

    assert not Message.objects.exists()
    assert counts()["received"] == 0


def test_due_channels_are_rung_once(channel):
    now = timezone.now()

    assert ring_due(now) == 1
    assert ring_due(now) == 0
    assert ring_due(now + timedelta(minutes=1)) == 1


def test_wrong_credentials_are_told_in_the_networks_own_words_with_a_remedy(channel):
    credentials.store(channel, {"bearer_token": "wrong"})

    pulled = pull(channel)

    state = Pull.objects.get()
    assert state.state == "broken"
    assert "Unauthorized" in state.error
    assert state.remedy
    assert pulled.error.message == state.error
    assert not Message.objects.exists()


def test_a_rate_limit_is_waited_for(channel, server):
    server.faults.add("ratelimit", path="/mentions", reset_in=300)

    pull(channel)

    state = Pull.objects.get()
    assert state.state == "waiting"
    assert timedelta(seconds=240) < state.next_at - timezone.now() < timedelta(seconds=360)
    assert ring_due(timezone.now()) == 0
    asked = len(server.requests)
    assert pull(channel).error.retry_at == state.next_at
    assert len(server.requests) == asked

    server.faults.clear()
    Pull.objects.update(calls_reset_at=timezone.now() - timedelta(seconds=1))
    assert pull(channel).outcomes == {"stored": 12}


def test_a_pull_that_has_everything_went_well_also_if_it_used_up_the_limit(channel, server):
    server.api.limit, server.api.window = 2, 300

    pulled = pull(channel)

    state = Pull.objects.get()
    assert (pulled.error, state.state, state.calls_left) == (None, "ok", 0)
    assert timedelta(seconds=240) < state.next_at - timezone.now() < timedelta(seconds=360)


def test_an_outage_is_asked_about_at_most_once_a_minute(channel, server):
    server.faults.add("status", path="/mentions", status=503)

    pull(channel)

    state = Pull.objects.get()
    assert state.state == "retrying"
    assert state.next_at - timezone.now() > timedelta(seconds=50)


def test_a_defect_of_a_connector_shows_on_its_channel(channel, monkeypatch):
    def broken(self, cursor):
        raise KeyError("data")
        yield

    monkeypatch.setattr("connectors.channels.x.X.fetch", broken)

    pull(channel)

    assert "KeyError" in Pull.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_a_page_that_cannot_be_written_is_taken_apart(server, monkeypatch):
    """One message that the database refuses is set aside; the eleven others arrive."""
    from inbox import messages

    departments.ensure(Department)
    made = Channel.objects.create(network="x", name="X", base_url=server.url, settings={"user_id": "1000"})
    Pull.objects.create(channel=made)
    credentials.store(made, {"bearer_token": "bearer-secret"})
    write = messages.write

    def refusing(channel, new, *arguments, **options):
        if any("message 7" in arrival.current.text for arrival in new):
            raise ValueError("out of range")
        return write(channel, new, *arguments, **options)

    monkeypatch.setattr("inbox.messages.write", refusing)
    assert pull(made).outcomes == {"pending": 12}
    for _ in range(6):
        Receipt.objects.update(lease_until=None)
        drain()

    assert Message.objects.count() == 11
    poison = Receipt.objects.get(state="quarantined")
    assert poison.payload["text"] == "@halden message 7"
    assert "out of range" in poison.reason
    row = counts()
    assert (row["stored"], row["quarantined"], row["pending"], row["received"]) == (11, 1, 0, 12)


def test_what_kills_three_workers_is_set_aside(channel):
    ledger.keep(
        channel,
        [ledger.Kept(payload={"external_id": "1"}, state=Receipt.State.PENDING)],
        source=Receipt.Source.PULL,
        now=timezone.now(),
    )
    ledger.add(channel.pk, {"pending": 1}, at=timezone.now())
    Receipt.objects.update(deaths=3)

    drain()

    assert Receipt.objects.get().state == "quarantined"
    assert (counts()["pending"], counts()["quarantined"]) == (0, 1)
