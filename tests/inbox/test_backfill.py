"""A back-fill: the past comes in, nobody is alarmed, and pulling goes on."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connectors import backfills, ledger
from connectors.disconnect import disconnect
from connectors.models import Backfill, Ledger, Pull, Receipt, Usage
from connectors.protocol import ConnectorError
from inbox import backfill as work
from inbox import live
from inbox.backfill import fill, ring_due
from inbox.drain import drain, retry
from inbox.models import Conversation, Message
from inbox.pull import pull
from people.models import User
from tests.inbox.archive import NOW, Archive, enlist, open_channel, post

YEAR = timedelta(days=365)


@pytest.fixture
def adam(db):
    return User.objects.create_user("adam", "correct horse battery", name="Adam Abt", role="admin")


@pytest.fixture(autouse=True)
def archive(monkeypatch):
    enlist()
    for name in ("error", "history_calls_left"):
        monkeypatch.setattr(Archive, name, None)


@pytest.fixture
def channel(db, tmp_path):
    """120 posts, one every three days, the newest three days old."""
    return open_channel(tmp_path / "posts", [post(n, NOW - timedelta(days=3 * (120 - n))) for n in range(120)])


def start(channel, since=NOW - 2 * YEAR, by=None):
    return backfills.start(channel, since=since, by=by)


def run(backfill):
    fill(Backfill.objects.select_related("channel").get(pk=backfill.pk))
    backfill.refresh_from_db()
    return backfill


def test_it_brings_everything_since_the_day_with_its_own_times(channel, adam):
    done = run(start(channel, since=NOW - timedelta(days=100), by=adam))

    assert (done.state, done.stored, done.duplicate, done.error) == ("done", 33, 0, "")
    assert done.reached_at == NOW - timedelta(days=99)
    times = set(Message.objects.values_list("posted_at", flat=True))
    assert times == {NOW - timedelta(days=3 * n) for n in range(1, 34)}


def test_nobody_is_alarmed_by_the_past(channel):
    run(start(channel))

    assert set(Conversation.objects.values_list("state", "due_at", "waiting_since")) == {("closed", None, None)}


@pytest.mark.django_db(transaction=True)
def test_no_open_page_is_told_of_closed_conversations_from_the_past(tmp_path, monkeypatch):
    channel = open_channel(tmp_path / "posts", [post(n, NOW - timedelta(days=9)) for n in range(3)])
    told = []
    monkeypatch.setattr(live, "publish", told.append)

    run(start(channel))

    assert Conversation.objects.count() == 3
    assert told == []


def test_what_is_so_new_that_nobody_has_pulled_it_is_news(channel, tmp_path):
    Pull.objects.update(pulled_at=NOW - timedelta(hours=5))
    with open(channel.base_url, "a") as file:
        file.write(json.dumps(post(500, NOW - timedelta(hours=2))) + "\n")

    run(start(channel))

    fresh = Message.objects.get(external_id="post-500").conversation
    assert (fresh.state, fresh.due_at is not None) == ("open", True)
    assert Conversation.objects.filter(state="open").count() == 1


def test_messages_that_are_known_are_counted_and_left_alone(channel):
    pull(channel)
    before = list(Conversation.objects.order_by("pk").values_list("state", "due_at"))

    done = run(start(channel))

    assert (done.stored, done.duplicate) == (0, 120)
    assert list(Conversation.objects.order_by("pk").values_list("state", "due_at")) == before
    row = ledger.summary()[0]
    assert (row["stored"], row["duplicate"], row["received"]) == (120, 120, 240)


def test_pulling_goes_on_meanwhile(channel, monkeypatch):
    monkeypatch.setattr(work, "_SLICE_SECONDS", 0)
    under_way = run(start(channel))
    assert (under_way.state, under_way.stored) == ("running", 50)

    assert pull(channel).outcomes["stored"] == 70

    assert run(under_way).state == "running"
    assert run(under_way).state == "running"
    assert run(under_way).state == "done"
    assert (under_way.stored, under_way.duplicate) == (50, 70)


def test_the_first_pull_goes_ahead(channel):
    Pull.objects.update(pulled_at=None)
    waiting = run(start(channel))
    assert waiting.state == "running"
    assert waiting.next_at > timezone.now()
    assert not Message.objects.exists()


def test_due_back_fills_are_rung_once(channel):
    start(channel)
    now = timezone.now()
    assert [ring_due(now), ring_due(now), ring_due(now + timedelta(minutes=1))] == [1, 0, 1]


def test_it_waits_while_a_limit_lasts(channel):
    until = timezone.now() + timedelta(minutes=10)
    Pull.objects.update(calls_left=0, calls_reset_at=until)

    waiting = run(start(channel))

    assert (waiting.state, waiting.next_at) == ("running", until)
    assert not Message.objects.exists()


def test_it_leaves_pulling_the_calls_that_it_needs(channel, monkeypatch):
    # Fifteen minutes with a pull a minute, two calls each: the thirty and some that are left are not for the past.
    monkeypatch.setattr(Archive, "history_calls_left", 30)
    waiting = run(start(channel))
    assert (waiting.state, waiting.stored) == ("running", 50)
    assert waiting.next_at > timezone.now() + timedelta(minutes=14)

    monkeypatch.setattr(Archive, "history_calls_left", 400)
    assert run(waiting).state == "done"


def test_a_limit_that_it_meets_holds_for_everybody(channel, monkeypatch):
    until = timezone.now() + timedelta(minutes=10)
    monkeypatch.setattr(Archive, "error", ConnectorError("Too many calls.", retry_at=until))

    waiting = run(start(channel))

    assert (waiting.state, waiting.error, waiting.next_at) == ("running", "Too many calls.", until)
    assert pull(channel).error.retry_at == until


def test_an_outage_is_waited_for_and_told(channel, monkeypatch):
    monkeypatch.setattr(Archive, "error", ConnectorError("Service unavailable.", remedy="Nothing to do."))
    waiting = run(start(channel))
    assert (waiting.state, waiting.error, waiting.remedy) == ("running", "Service unavailable.", "Nothing to do.")
    assert waiting.next_at > timezone.now() + timedelta(seconds=50)

    monkeypatch.setattr(Archive, "error", None)
    assert (run(waiting).state, waiting.error) == ("done", "")


def test_what_only_a_person_can_mend_stops_it_and_it_can_go_on_afterwards(channel, monkeypatch):
    monkeypatch.setattr(Archive, "error", ConnectorError("Token revoked.", remedy="Connect anew.", permanent=True))
    failed = run(start(channel))
    assert (failed.state, failed.error, failed.remedy) == ("failed", "Token revoked.", "Connect anew.")

    monkeypatch.setattr(Archive, "error", None)
    backfills.resume(channel)
    assert (run(failed).state, failed.stored) == ("done", 120)


def test_a_defect_of_a_connector_shows_where_its_work_is_shown(channel, monkeypatch):
    monkeypatch.setattr(Archive, "error", KeyError("data"))
    assert "KeyError" in run(start(channel)).error


def test_it_can_be_paused_resumed_and_stopped(channel, adam, monkeypatch):
    monkeypatch.setattr(work, "_SLICE_SECONDS", 0)
    one = run(start(channel))
    backfills.pause(channel)
    run(one)
    assert (one.state, one.stored) == ("paused", 50)
    with pytest.raises(backfills.Refused, match="under way already"):
        start(channel)

    backfills.resume(channel)
    assert run(one).stored == 100
    backfills.cancel(channel, by=adam)
    run(one)
    assert (one.state, one.stored, one.error) == ("done", 100, "Stopped by Adam Abt.")
    with pytest.raises(backfills.Refused):
        backfills.pause(channel)


def test_a_worker_whose_back_fill_was_paused_in_the_middle_writes_nothing_more(channel, monkeypatch):
    take = work.past.take_in

    def paused_meanwhile(*arguments):
        backfills.pause(channel)
        take(*arguments)

    monkeypatch.setattr(work.past, "take_in", paused_meanwhile)
    assert run(start(channel)).stored == 0
    assert not Message.objects.exists()


def test_disconnecting_pauses_it_and_its_worker_writes_nothing_more(channel, monkeypatch):
    take = work.past.take_in

    def disconnected_meanwhile(*arguments):
        disconnect(channel)
        take(*arguments)

    monkeypatch.setattr(work.past, "take_in", disconnected_meanwhile)
    backfill = run(start(channel))
    assert (backfill.state, backfill.next_at, backfill.stored) == ("paused", None, 0)
    assert not Message.objects.exists()


def test_r9_a_worker_that_lost_its_lease_writes_nothing(channel, monkeypatch):
    take = work.past.take_in

    def claimed_by_another_meanwhile(*arguments):
        Backfill.objects.update(fence=F("fence") + 1)
        take(*arguments)

    monkeypatch.setattr(work.past, "take_in", claimed_by_another_meanwhile)
    assert run(start(channel)).stored == 0
    assert not Message.objects.exists()
    assert ledger.summary()[0]["received"] == 0


def test_one_message_that_cannot_be_written_is_set_aside_and_the_others_arrive(channel, monkeypatch):
    from inbox import messages

    write = messages.write

    def refusing(channel, new, *arguments, **options):
        if any("one? 7" in arrival.current.text.split("red ")[1][:6] for arrival in new):
            raise ValueError("out of range")
        return write(channel, new, *arguments, **options)

    monkeypatch.setattr("inbox.messages.write", refusing)
    done = run(start(channel, since=NOW - timedelta(days=400)))

    stored = Message.objects.count()
    assert (done.state, done.stored, done.troubled) == ("done", stored, 120 - stored)
    assert 100 < stored < 120
    poison = Receipt.objects.filter(state="quarantined").first()
    assert "out of range" in poison.reason
    assert poison.payload["is_past"] is True


def test_a_page_that_kills_its_workers_is_taken_apart_and_stays_the_past(channel):
    one = start(channel, since=NOW - timedelta(days=30))
    Backfill.objects.update(deaths=6)

    assert (run(one).state, one.stored) == ("done", 0)
    assert Receipt.objects.filter(state="pending").count() == 10
    drain()
    assert set(Conversation.objects.values_list("state", "due_at")) == {("closed", None)}
    assert Message.objects.count() == 10


def test_what_was_set_aside_stays_the_past_when_it_is_tried_again(channel, monkeypatch):
    one = start(channel, since=NOW - timedelta(days=4))
    with monkeypatch.context() as broken:
        broken.setattr("inbox.messages.write", lambda *arguments, **options: 1 / 0)
        assert (run(one).state, one.troubled) == ("done", 1)

    retry(Receipt.objects.values_list("pk", flat=True))
    drain()

    assert Conversation.objects.get().state == "closed"
    assert Ledger.objects.get().past == 1


def test_what_it_used_is_written_down(channel):
    run(start(channel))
    assert Usage.objects.get(meter="posts").used == 120


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"network": "x-unknown"}, "past"),
        ({"is_active": False}, "switched off"),
        ({"connected_at": None}, "connecting"),
    ],
)
def test_it_is_refused_where_it_makes_no_sense(channel, change, why):
    for name, value in change.items():
        setattr(channel, name, value)
    with pytest.raises(backfills.Refused, match=why):
        start(channel)


@pytest.mark.parametrize("since", [NOW + timedelta(days=1), NOW - 100 * YEAR])
def test_the_day_has_to_be_a_sensible_one(channel, since):
    with pytest.raises(backfills.Refused):
        start(channel, since=since)


def test_an_admin_starts_watches_pauses_and_stops_it_on_the_page(channel, adam):
    client = Client()
    client.force_login(adam)
    url = reverse("backfill", args=[channel.pk])
    htmx = {"HX-Request": "true"}

    assert "Choose a day" in client.post(url, {"since": "yesterday"}, headers=htmx).content.decode()
    page = client.post(url, {"since": f"{NOW - YEAR:%Y-%m-%d}"}, headers=htmx).content.decode()
    assert "every 2s" in page
    one = run(Backfill.objects.get())
    assert one.started_by == adam
    page = client.get(url, headers=htmx).content.decode()
    assert "every 2s" not in page
    assert "119 brought in" in page or "120 brought in" in page or "121 brought in" in page

    client.post(url, {"since": f"{NOW - YEAR:%Y-%m-%d}"})
    assert "Go on" in client.post(reverse("backfill_pause", args=[channel.pk]), headers=htmx).content.decode()
    assert "every 2s" in client.post(reverse("backfill_resume", args=[channel.pk]), headers=htmx).content.decode()
    assert "Stopped" in client.post(reverse("backfill_cancel", args=[channel.pk]), headers=htmx).content.decode()
    assert client.post(reverse("backfill_cancel", args=[channel.pk]), headers=htmx).status_code == 422


def test_its_cost_does_not_depend_on_the_size_of_a_page(channel, tmp_path):
    few = open_channel(tmp_path / "few", [post(n, NOW - timedelta(days=5)) for n in range(3)], name="Few")
    counts = []
    for one in (few, channel):
        begun = start(one)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run(begun)
        pages = 1 if one is few else 3
        counts.append((len(queries) - 8) / pages)
    assert counts[1] <= counts[0] + 4


def test_the_past_is_no_part_of_a_channels_habit(channel):
    run(start(channel))
    row = Ledger.objects.get()
    assert (row.stored, row.past, row.last_at, row.lag) == (120, 120, None, None)
