"""What is watched of a channel: said in words, once a level, in a constant number of statements."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connectors import expiry, habits, watching
from connectors.models import Calls, Gap, Ledger, Pull, Receipt, Usage, Watch
from connectors.protocol import ConnectorError, Field, Meter
from inbox import live, watch
from inbox.pull import pull
from socialcrm import jobs
from tests.inbox.archive import Archive, enlist, open_channel, post
from tests.inbox.cast import Cast

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def archive(monkeypatch):
    enlist()
    monkeypatch.setattr(Archive, "error", None)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def channel(db, tmp_path, now):
    made = open_channel(tmp_path / "posts", [post(1, now)])
    made.connected_at = now - 90 * DAY
    made.save()
    Pull.objects.update(pulled_at=now, next_at=now + MINUTE)
    return made


def signs(channel, now):
    return {sign.kind: sign for sign in watching.health(now)[channel.pk].signs}


def alarmed(now):
    return {alarm.sign.kind: alarm.sign.level for alarm in watching.alarms(now)}


def test_a_healthy_channel_has_nothing_to_say(channel, now):
    assert signs(channel, now) == {}
    assert watching.alarms(now) == []


def test_a_broken_one_says_so_in_the_networks_words(channel, now):
    Pull.objects.update(state="broken", error="Token revoked.", remedy="Connect anew.", error_at=now)
    sign = signs(channel, now)["broken"]
    assert (sign.words, sign.remedy, sign.level) == ("Token revoked.", "Connect anew.", "bad")
    assert watching.alarms(now)[0].is_broken


@pytest.mark.parametrize(("errors", "level"), [(1, ""), (2, ""), (3, "warn")])
def test_a_hiccup_is_no_alarm(channel, now, errors, level):
    Pull.objects.update(state="retrying", error="503", errors=errors)
    assert signs(channel, now)["retrying"].level == level
    assert alarmed(now) == ({"retrying": "warn"} if level else {})


@pytest.mark.parametrize(("wait", "level"), [(10 * MINUTE, ""), (5 * HOUR, "warn")])
def test_a_short_wait_for_a_limit_is_no_alarm(channel, now, wait, level):
    Pull.objects.update(state="waiting", error="Too many calls.", next_at=now + wait)
    assert signs(channel, now)["waiting"].level == level


def test_r27_a_channel_that_nobody_pulls_is_named(channel, now):
    assert alarmed(now + 4 * MINUTE) == {}
    assert alarmed(now + 6 * MINUTE) == {"late": "bad"}


@pytest.mark.parametrize(
    ("ahead", "level", "key"),
    [(15 * DAY, None, None), (14 * DAY, "warn", "14"), (7 * DAY, "warn", "7"), (DAY, "bad", "1"), (-DAY, "bad", "1")],
)
def test_the_end_of_a_token_is_told_before_it_comes(channel, now, ahead, level, key):
    Watch.objects.create(channel=channel, expires_at=now + ahead)
    found = signs(channel, now).get("expiring")
    assert (found and found.level, found and found.key) == (level, key)


def test_a_silence_is_told_with_what_is_usual(channel, now):
    Watch.objects.create(channel=channel, silent_since=now - 3 * HOUR, usual=61.7)
    assert "Nothing has come since" in signs(channel, now)["silent"].words
    assert "62 messages are usual" in signs(channel, now)["silent"].words
    Watch.objects.update(came=4)
    assert signs(channel, now)["silent"].words.startswith("4 messages have come")


def test_refused_webhooks_are_told_until_a_genuine_one_comes(channel, now):
    Calls.objects.create(channel=channel, refused_at=now - HOUR, refused_reason="The signature is wrong.", refused=7)
    words = signs(channel, now)["refused"].words
    assert words.startswith("7 webhooks were refused")
    assert words.endswith(": The signature is wrong.")
    Calls.objects.update(heard_at=now)
    assert "refused" not in signs(channel, now)


def test_lost_webhooks_are_counted_and_many_of_them_are_told(channel, now):
    Calls.objects.create(channel=channel, subscribed_at=now - 9 * DAY)
    row = Ledger.objects.create(channel=channel, hour=now - HOUR, stored=400, lost=6)
    assert (watching.facts(channel)["lost"], signs(channel, now)) == (6, {})
    row.lost = 40
    row.save()
    assert "40 of 400 messages came by polling" in signs(channel, now)["lost"].words
    assert "The last webhook came: never" in signs(channel, now)["lost"].words


def test_a_backlog_is_told(channel, now):
    Receipt.objects.create(
        channel=channel, source="webhook", key="1", payload={}, state="pending", received_at=now - 10 * MINUTE
    )
    assert "1 delivery waits" in signs(channel, now)["pending"].words


def test_what_is_used_is_shown_with_its_cost_and_told_before_the_cap(channel, now, monkeypatch):
    meters = (
        Meter(name="posts", label="Posts read", price=0.005, cap="most_posts"),
        Meter(name="own", label="Own posts read", price=0.001, cap="most_posts"),
        Meter(name="calls", label="Calls"),
    )
    monkeypatch.setattr(Archive, "meters", meters)
    monkeypatch.setattr(Archive, "fields", (Field(name="most_posts", label="Most posts in a month", default="1000"),))
    month = now.date().replace(day=1)
    usage = Usage.objects.create(channel=channel, month=month, meter="posts", used=400)
    Usage.objects.create(channel=channel, month=month, meter="own", used=100)
    facts = watching.facts(channel)
    assert (facts["caps"][0]["share"], facts["cost"], signs(channel, now)) == (50, 2.1, {})
    usage.used = 750
    usage.save()
    assert "Most posts in a month: 850 of 1,000 used this month, 85 %" in signs(channel, now)["cap"].words
    channel.settings = {"most_posts": "850"}
    channel.save()
    assert signs(channel, now)["cap"].level == "bad"


def test_lag_and_gaps_are_shown(channel, now):
    Ledger.objects.create(channel=channel, hour=now - 2 * DAY, stored=1, lag=timedelta(hours=5))
    Ledger.objects.create(channel=channel, hour=now - HOUR, stored=1, lag=timedelta(seconds=52))
    Gap.objects.create(channel=channel, until=now - DAY, reason="The network keeps 800 posts.", noticed_at=now)
    facts = watching.facts(channel)
    assert facts["lag"] == "52 s"
    assert [gap.reason for gap in facts["gaps"]] == ["The network keeps 800 posts."]


def test_a_pull_notes_how_late_its_news_is_and_not_how_old_the_past_is(channel, tmp_path):
    channel.connected_at = timezone.now() - HOUR
    channel.save()
    with open(channel.base_url, "a") as file:
        for number, ago in enumerate((2 * MINUTE, 4 * MINUTE, 9 * MINUTE, 30 * DAY), start=10):
            file.write(json.dumps(post(number, timezone.now() - ago)) + "\n")
    pull(channel)
    row = Ledger.objects.get()
    assert (row.stored, row.past) == (5, 1)
    assert 3 * MINUTE < row.lag < 5 * MINUTE
    assert row.last_at is not None


def test_looking_again_that_has_stopped_is_told(channel, now):
    Watch.objects.create(channel=channel, looked_again_at=now - 5 * HOUR)
    assert signs(channel, now)["not looked"].level == "warn"


def test_the_number_of_statements_does_not_depend_on_the_number_of_channels(channel, now, tmp_path):
    def statements(ask):
        with CaptureQueriesContext(connection) as queries:
            ask(now)
        return len(queries)

    assert statements(watching.alarms) == 1
    before = statements(watching.health)
    for number in range(5):
        one = open_channel(tmp_path / f"{number}", [], name=f"Archive {number}")
        Pull.objects.filter(channel=one).update(state="broken", error="Token revoked.")
        Watch.objects.create(channel=one, silent_since=now)
    assert statements(watching.alarms) == 1
    assert statements(watching.health) == before <= 6


# Habits


def weeks(channel, now, count=8, each=20, until=timedelta()):
    """`each` messages an hour for so many weeks, up to a time before now."""
    first = (now - until).replace(minute=0, second=0, microsecond=0)
    Ledger.objects.bulk_create(
        Ledger(channel=channel, hour=first - n * HOUR, stored=each, last_at=first - n * HOUR + 55 * MINUTE)
        for n in range(1, count * 168 + 1)
    )
    channel.created_at = now - timedelta(weeks=count, hours=1) - until
    channel.save()


def test_a_sudden_stop_raises_an_alarm_and_messages_end_it(channel, now):
    weeks(channel, now, until=4 * HOUR)
    assert habits.listen(now) == [channel.pk]
    watched = Watch.objects.get()
    assert watched.silent_since is not None
    assert 70 < watched.usual < 110
    # Told once.
    assert habits.listen(now) == []

    hour = now.replace(minute=0, second=0, microsecond=0)
    for n in (0, 1):
        Ledger.objects.create(channel=channel, hour=hour - n * HOUR, stored=20, last_at=now)
    assert habits.listen(now) == [channel.pk]
    assert Watch.objects.get().silent_since is None


def test_a_channel_as_usual_raises_none(channel, now):
    weeks(channel, now)
    assert habits.listen(now) == []
    assert not Watch.objects.exists()


def test_what_was_not_pulled_is_not_called_silent(channel, now):
    weeks(channel, now, until=4 * HOUR)
    Pull.objects.update(pulled_at=now - 4 * HOUR, state="retrying")
    assert habits.listen(now) == []


def test_a_back_fill_is_no_habit(channel, now):
    weeks(channel, now, until=4 * HOUR)
    Ledger.objects.update(past=20, last_at=None)
    assert habits.listen(now) == []


def test_open_pages_are_told_when_an_alarm_begins(channel, now, monkeypatch, django_capture_on_commit_callbacks):
    weeks(channel, now, until=4 * HOUR)
    told = []
    monkeypatch.setattr(live, "changed", lambda **ids: told.append(ids))
    watch.watch(now)
    watch.watch(now)
    assert told == [{"channels": [channel.pk]}]


# Expiry


@pytest.fixture
def ending(monkeypatch, now):
    """The network says that its token lasts ten more days; counts how often it was asked."""
    asked = []

    def expires_at(self):
        asked.append(self.account.name)
        if Archive.error:
            raise Archive.error
        return now + 10 * DAY

    monkeypatch.setattr(Archive, "expires_at", expires_at)
    return asked


def test_a_network_is_asked_once_a_day_how_long_its_token_lasts(channel, now, ending):
    assert expiry.due(now) == [channel.pk]
    assert expiry.check(channel, now)
    assert Watch.objects.get().expires_at == now + 10 * DAY
    assert expiry.due(now + HOUR) == []
    assert expiry.due(now + 25 * HOUR) == [channel.pk]
    assert not expiry.check(channel, now + 25 * HOUR)
    assert len(ending) == 2


def test_it_is_asked_anew_after_connecting_and_after_errors(channel, now, ending):
    expiry.check(channel, now)
    Pull.objects.update(error_at=now + 90 * MINUTE)
    assert expiry.due(now + 30 * MINUTE) == []
    assert expiry.due(now + 91 * MINUTE) == [channel.pk]
    Pull.objects.update(error_at=None)
    channel.connected_at = now + MINUTE
    channel.save()
    assert expiry.due(now + 2 * MINUTE) == [channel.pk]


@pytest.mark.parametrize("error", [ConnectorError("503"), KeyError("expires")])
def test_what_cannot_be_found_out_stays_as_it_was(channel, now, ending, error):
    expiry.check(channel, now)
    Archive.error = error
    assert not expiry.check(channel, now + 25 * HOUR)
    assert Watch.objects.get().expires_at == now + 10 * DAY
    assert expiry.due(now + 26 * HOUR) == []


def test_networks_whose_tokens_never_end_are_not_asked(channel, now):
    assert expiry.due(now) == []


def test_the_question_is_handed_to_a_job(channel, now, ending, monkeypatch):
    rung = []
    monkeypatch.setattr(jobs, "later", lambda name, **ids: rung.append((name, ids)))
    watch.watch(now)
    assert rung == [(jobs.WATCH, {"channel_id": channel.pk})]


# Where it is shown


@pytest.fixture
def cast(db):
    return Cast()


def page_of(user, url):
    client = Client()
    client.force_login(user)
    return client.get(url).content.decode()


@pytest.fixture
def revoked(cast, now):
    Pull.objects.filter(channel=cast.channel).update(state="broken", error="Token revoked.", error_at=now)
    return cast


@pytest.mark.parametrize("name", ["inbox", "channels"])
def test_admins_see_a_broken_channel_on_every_page(revoked, name):
    page = page_of(revoked.adam, reverse(name))
    assert "Token revoked." in page
    assert f'href="{reverse("channel", args=[revoked.channel.pk])}"' in page
    assert "Repair" in page


def test_others_see_no_banner_and_may_not_repair(revoked):
    page = page_of(revoked.alice, reverse("inbox"))
    assert "Token revoked." not in page
    assert "Repair" not in page


def test_everybody_sees_the_mark_on_conversations_of_a_broken_channel(revoked):
    conversation = revoked.asks()
    page = page_of(revoked.alice, reverse("inbox"))
    assert "Our sample does not work" in page
    page = page_of(revoked.alice, reverse("conversation", args=["open", conversation.pk]))
    assert "Our sample</b> does not work: Token revoked." in page
    assert "until an admin repairs it" in page


def test_conversations_of_a_channel_that_works_have_no_mark(cast):
    conversation = cast.asks()
    assert "does not work" not in page_of(cast.alice, reverse("conversation", args=["open", conversation.pk]))


def test_a_warning_is_put_away_until_the_next_level(cast, now):
    watched = Watch.objects.create(channel=cast.channel, expires_at=now + 13 * DAY)
    client = Client()
    client.force_login(cast.adam)
    key = watching.alarms(now)[0].key
    assert "ends on" in client.get(reverse("inbox")).content.decode()

    part = client.post(reverse("alarm_read"), {"key": key}, headers={"HX-Request": "true"}).content.decode()
    assert "ends on" not in part
    assert "ends on" not in client.get(reverse("inbox")).content.decode()

    watched.expires_at = now + 6 * DAY
    watched.save()
    assert "ends on" in client.get(reverse("inbox")).content.decode()


def test_a_broken_channel_cannot_be_put_away(revoked, now):
    client = Client()
    client.force_login(revoked.adam)
    client.post(reverse("alarm_read"), {"key": watching.alarms(now)[0].key})
    assert "Token revoked." in client.get(reverse("inbox")).content.decode()


def test_many_alarms_are_no_wall_of_banners(revoked, tmp_path, now):
    for number in range(5):
        one = open_channel(tmp_path / f"{number}", [], name=f"Archive {number}")
        Pull.objects.filter(channel=one).update(state="broken", error="Token revoked.")
    page = page_of(revoked.adam, reverse("inbox"))
    assert page.count("Repair") == 1
    assert "5 more alarms" in page


def test_the_page_of_a_channel_shows_what_is_watched_and_its_back_fill(channel, now, cast):
    Watch.objects.create(channel=channel, silent_since=now - 3 * HOUR, usual=61.7)
    Gap.objects.create(channel=channel, since=None, until=now, reason="The network keeps 800 posts.", noticed_at=now)
    page = page_of(cast.adam, reverse("channel", args=[channel.pk]))
    assert "62 messages are usual" in page
    assert "The network keeps 800 posts." in page
    assert "Bring in messages since" in page


def test_a_name_and_an_error_from_outside_are_shown_as_text(channel, now, cast):
    Pull.objects.filter(channel=channel).update(state="broken", error="<script>alert(1)</script>")
    channel.name = "<b>bold</b>"
    channel.save()
    for name in ("inbox", "channels"):
        page = page_of(cast.adam, reverse(name))
        assert "<script>alert(1)" not in page
        assert "<b>bold</b>" not in page


def test_r27_readyz_names_the_channel_and_stays_ready_for_the_balancer(channel, now, client):
    before = client.get("/readyz").status_code
    Pull.objects.update(state="broken", error="Token revoked: secret-token")
    answer = client.get("/readyz")
    assert answer.status_code == before
    assert answer.json()["channels"] == {"broken": ["Archive"]}
    assert "secret" not in answer.content.decode()


def test_the_command_tells_the_same(channel, now, capsys):
    Watch.objects.create(channel=channel, silent_since=now - 3 * HOUR, usual=61.7)
    call_command("channels", "--json")
    row = json.loads(capsys.readouterr().out)[0]
    assert (row["level"], row["signs"][0]["kind"]) == ("warn", "silent")
    call_command("channels")
    assert "62 messages are usual" in capsys.readouterr().out
