"""Out of sight until a time, or until the customer writes; and the words in which a time is named."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from connectors.incoming import Author, Incoming
from inbox import snoozing, triage
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Conversation, Seen
from inbox.moments import moment
from inbox.presentation import coming
from tests.inbox.cast import Cast

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # a Wednesday


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in 3 hours", "2026-11-18 13:30"),
        ("45m", "2026-11-18 11:15"),
        ("2d", "2026-11-20 10:30"),
        ("1 week", "2026-11-25 10:30"),
        ("Tomorrow", "2026-11-19 09:00"),
        ("tomorrow 2pm", "2026-11-19 14:00"),
        ("fri 9am", "2026-11-20 09:00"),
        ("Friday, 14:30", "2026-11-20 14:30"),
        ("wed", "2026-11-25 09:00"),
        ("wed 17:00", "2026-11-18 17:00"),
        ("9am", "2026-11-19 09:00"),
        ("18:15", "2026-11-18 18:15"),
        ("next week", "2026-11-23 09:00"),
        ("1 dec", "2026-12-01 09:00"),
        ("Jan 7 8:15", "2027-01-07 08:15"),
        ("2026-12-24 14:00", "2026-12-24 14:00"),
        ("2026-12-24T14:00", "2026-12-24 14:00"),
    ],
)
def test_a_time_is_typed_as_people_say_it(text, meant):
    assert f"{moment(text, NOW):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "2020-01-01", "25:00", "99d99", "31 feb", "fri fri", "3", "0000-00-00", "wed 25am"]
)
def test_what_names_no_time_to_come_is_none(text):
    assert moment(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("in 2 Stunden", "2026-11-18 12:30"),
        ("in einer Stunde", "2026-11-18 11:30"),
        ("45 Min.", "2026-11-18 11:15"),
        ("3 Tage", "2026-11-21 10:30"),
        ("2T", "2026-11-20 10:30"),
        ("in 2 Wochen", "2026-12-02 10:30"),
        ("morgen", "2026-11-19 09:00"),
        ("morgen 14:00", "2026-11-19 14:00"),
        ("Morgen um 9", "2026-11-19 09:00"),
        ("morgen früh", "2026-11-19 09:00"),
        ("heute Abend", "2026-11-18 18:00"),
        ("übermorgen, 8.30 Uhr", "2026-11-20 08:30"),
        ("U\u0308bermorgen", "2026-11-20 09:00"),
        ("Fr 9 Uhr", "2026-11-20 09:00"),
        ("Fr. 9:15", "2026-11-20 09:15"),
        ("am Freitag um 14 Uhr", "2026-11-20 14:00"),
        ("Mi", "2026-11-25 09:00"),
        ("mi 17 Uhr", "2026-11-18 17:00"),
        ("nächsten Montag", "2026-11-23 09:00"),
        ("naechsten mittwoch", "2026-11-25 09:00"),
        ("nächste Woche", "2026-11-23 09:00"),
        ("18 Uhr", "2026-11-18 18:00"),
        ("9 Uhr", "2026-11-19 09:00"),
        ("24. Dez", "2026-12-24 09:00"),
        ("am 3. März 8 Uhr", "2027-03-03 08:00"),
        ("24.12.", "2026-12-24 09:00"),
        ("24.12. 14 Uhr", "2026-12-24 14:00"),
        ("7.1.2028 08:15", "2028-01-07 08:15"),
        ("1.12", "2026-12-01 09:00"),
        ("3.10", "2027-10-03 09:00"),
        ("am 1.12 um 9.10", "2026-12-01 09:10"),
        ("1.12 8:15", "2026-12-01 08:15"),
        ("um 9.10", "2026-11-19 09:10"),
        ("9.10 Uhr", "2026-11-19 09:10"),
        ("Fr 9.10 Uhr", "2026-11-20 09:10"),
        ("14.30", "2026-11-18 14:30"),
        ("Freitag morgen", "2026-11-20 09:00"),
        ("am Fr. Morgen", "2026-11-20 09:00"),
        ("9 Uhr 30", "2026-11-19 09:30"),
        ("Fr um 9 Uhr 30", "2026-11-20 09:30"),
    ],
)
def test_a_time_is_typed_as_germans_say_it(text, meant):
    assert f"{moment(text, NOW, 'de'):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "text",
    ["", " ", "am", "um 25", "bald", "Fr Fr", "9", "31.2.", "24.12.2020", "in Stunden", "keiner Tag", "Fr 1.12", "31.4"]
    + ["9:15 Uhr 30", "9 am 30", "9 Uhr 75", "heute morgen"],
)
def test_what_names_no_time_in_german_is_none(text):
    assert moment(text, NOW, "de") is None


def test_german_is_for_those_who_read_german():
    assert moment("morgen", NOW) is None
    assert moment("morgen", NOW, "fr") is None
    assert moment("fri 9am", NOW, "fr") == moment("Fr 9 Uhr", NOW, "de")


_WEEKDAYS = [
    *zip("Mo Di Mi Do Fr Sa So".split(), "mon tue wed thu fri sat sun".split(), strict=True),
    *zip(
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split(),
        "monday tuesday wednesday thursday friday saturday sunday".split(),
        strict=True,
    ),
]
_TYPED = (
    st.text(max_size=80)
    | st.from_regex(r"(in )?[0-9]{1,4} ?(m|h|d|w|t|hours|days|Stunden|Tagen)", fullmatch=True)
    | st.from_regex(r"(am )?[0-9]{1,2}\.[0-9]{1,2}\.([0-9]{4})?( um)?( [0-9]{1,2}( Uhr|:[0-9]{2})?)?", fullmatch=True)
)


@given(_TYPED, st.sampled_from(["en", "de", "fr"]))
def test_whatever_is_typed_is_a_time_to_come_or_none(text, language):
    found = moment(text, NOW, language)
    assert found is None or found > NOW


@given(_TYPED)
def test_german_takes_no_english_away(text):
    in_english = moment(text, NOW)
    assert in_english is None or moment(text, NOW, "de") == in_english


@given(st.sampled_from(_WEEKDAYS), st.times().map(lambda at: at.replace(second=0, microsecond=0)), st.booleans())
def test_a_weekday_is_the_same_in_both_languages(names, at, is_next):
    german, english = names
    said = f"{'nächsten ' if is_next else ''}{german} um {at.hour}:{at:%M} Uhr"
    assert moment(said, NOW, "de") == moment(f"{'next ' if is_next else ''}{english} {at:%H:%M}", NOW)


@given(st.datetimes(min_value=datetime(2026, 11, 19), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001
def test_a_date_with_dots_is_that_date(at):
    found = moment(f"{at.day}.{at.month}.{at.year} {at:%H:%M}", NOW, "de")
    assert found.replace(tzinfo=None) == at.replace(second=0, microsecond=0)


def test_what_is_snoozed_is_out_of_the_queue_and_says_until_when(cast, alice):
    conversation = cast.asks()
    page = alice.get(reverse("snooze", args=[conversation.pk])).content.decode()
    assert "Tomorrow morning" in page
    alice.post(reverse("snooze", args=[conversation.pk]), {"words": "in 3 hours", "until": "never"})
    slept = fresh(conversation)
    assert slept.state == "snoozed"
    assert abs(slept.snoozed_until - timezone.now() - timedelta(hours=3)) < timedelta(minutes=1)
    assert slept.due_at is None
    assert conversation.events.get(kind="snoozed").actor == cast.alice
    assert f"row-{conversation.pk}" not in alice.get("/inbox/open/").content.decode()
    shown = alice.get("/inbox/snoozed/").content.decode()
    assert f"row-{conversation.pk}" in shown
    assert "Until" in shown


@pytest.mark.parametrize(
    ("now", "names"),
    [
        ("2026-11-23 01:30", ["This morning", "Tomorrow morning", "In a week"]),
        ("2026-11-23 14:30", ["Later today", "Tomorrow morning", "In a week"]),
        ("2026-11-24 05:30", ["This morning", "Tomorrow morning", "Monday morning", "In a week"]),
        ("2026-11-28 16:00", ["This evening", "Tomorrow morning", "Monday morning", "In a week"]),
        ("2026-11-29 23:00", ["Tomorrow morning", "In a week"]),
    ],
)
def test_each_moment_is_offered_once_as_people_call_it(now, names):
    with timezone.override("Europe/Berlin"):
        at = timezone.make_aware(datetime.fromisoformat(now))
        found = snoozing.choices(at)
    assert [one.name for one in found] == names
    assert [one.at for one in found] == sorted({one.at for one in found})
    assert all(one.at > at for one in found)


def test_a_day_is_written_as_its_language_writes_it():
    later = NOW + timedelta(days=30)
    with timezone.override("Europe/Berlin"):
        assert coming(later, NOW) == "18 December, 10:30"
        with translation.override("de"):
            assert coming(later, NOW) == "18. Dezember, 10:30"


def test_a_german_types_german(cast, alice):
    conversation = cast.asks()
    in_german = {"HTTP_ACCEPT_LANGUAGE": "de"}
    assert "Fr 9 Uhr" in alice.get(reverse("snooze", args=[conversation.pk]), **in_german).content.decode()
    alice.post(reverse("snooze", args=[conversation.pk]), {"words": "in 3 Stunden"}, **in_german)
    assert abs(fresh(conversation).snoozed_until - timezone.now() - timedelta(hours=3)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"words": "soon"},
        {"until": "x"},
        {"at": "2020-01-01T10:00"},
        {"words": "\0"},
        {"at": "9999-12-31T23:59"},
        {"words": "x" * 100},
    ],
)
def test_a_time_that_makes_no_sense_is_said_in_the_dialog(cast, alice, said):
    conversation = cast.asks()
    answer = alice.post(reverse("snooze", args=[conversation.pk]), said)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert fresh(conversation).state == "open"


def test_the_list_of_what_is_snoozed_begins_with_what_comes_back_first(cast, alice):
    later, sooner = cast.asks(), cast.asks()
    for one, hours in ((later, 9), (sooner, 2)):
        snoozing.snooze(one, until=timezone.now() + timedelta(hours=hours), by=cast.alice)
    page = alice.get("/inbox/snoozed/").content.decode()
    assert page.index(f"row-{sooner.pk}") < page.index(f"row-{later.pk}")


def test_it_comes_back_unread_for_whoever_has_it_and_says_so(cast):
    conversation, other = cast.asks(assignee=cast.bob), cast.asks()
    for one in (conversation, other):
        snoozing.snooze(one, until=timezone.now() + timedelta(hours=1), by=cast.alice)
    for user in (cast.alice, cast.bob):
        Seen.objects.create(user=user, conversation=conversation, at=timezone.now())
    assert snoozing.wake(timezone.now()) == 0
    assert snoozing.wake(timezone.now() + timedelta(hours=2)) == 2
    awake = fresh(conversation)
    assert (awake.state, awake.snoozed_until) == ("open", None)
    assert awake.due_at is not None
    assert conversation.events.filter(kind="woken").count() == 1
    assert list(conversation.seen.values_list("user__username", flat=True)) == ["alice"]
    assert snoozing.wake(timezone.now() + timedelta(hours=2)) == 0


def test_the_customer_wakes_it_at_once(cast):
    channel = channel_named("Shop")
    said = Incoming(
        network="import",
        external_id="1",
        author=Author(external_id="ann", name="Ann"),
        posted_at=timezone.now() - timedelta(hours=2),
        text="My car does not start.",
    )
    ingest(channel, [said])
    conversation = Conversation.objects.get()
    snoozing.snooze(conversation, until=timezone.now() + timedelta(days=2), by=cast.mia)
    ingest(channel, [replace(said, external_id="2", parent_id="1", text="Anybody there?", posted_at=timezone.now())])
    awake = fresh(conversation)
    assert (awake.state, awake.snoozed_until) == ("open", None)
    assert awake.due_at is not None
    assert conversation.events.get(kind="woken").data == {"reason": "They wrote"}


def test_what_nobody_may_touch_is_not_snoozed(cast, alice):
    theirs = cast.asks(department="sales")
    assert alice.get(reverse("snooze", args=[theirs.pk])).status_code == 403
    assert alice.post(reverse("snooze", args=[theirs.pk]), {"words": "1h"}).status_code == 403
    with pytest.raises(triage.NotAllowed):
        snoozing.snooze(theirs, until=timezone.now() + timedelta(hours=1), by=cast.alice)
