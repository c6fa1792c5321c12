"""Deadlines, steps and hours as managers lay them down, with every slip of the pen told."""

from datetime import timedelta

import pytest
from django.test import Client

from inbox import deadlines
from inbox.models import Conversation
from people.models import Department
from routing.models import Calendar, OpenInterval, Service, Step, Target
from tests.inbox.cast import Cast

WEEK = {f"day_{n}": "09:00-12:00, 13:00-18:00" for n in range(5)}
OFFICE = {"name": "Office", "time_zone": "Europe/Berlin", **WEEK}


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def client(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


def refused(client, url, body, why):
    answer = client.post(url, body)
    assert answer.status_code == 422
    assert why in answer.content.decode()


def add_hours(client, **changes):
    return client.post("/settings/hours/new/", OFFICE | changes, follow=True).content.decode()


def test_hours_are_written_as_people_write_them_and_read_back_in_words(client):
    page = add_hours(client, country="de", subdivision="be", exceptions="2030-12-24 09:00-12:00 Christmas Eve")
    made = Calendar.objects.get()
    assert made.hours[0] == [["09:00", "12:00"], ["13:00", "18:00"]]
    assert (made.hours[6], made.country, made.subdivision) == ([], "DE", "BE")
    assert made.exceptions == [{"date": "2030-12-24", "hours": [["09:00", "12:00"]], "name": "Christmas Eve"}]
    assert OpenInterval.objects.filter(calendar=made).count() > 400
    for words in ("Monday to Friday", "09:00–12:00, 13:00–18:00", "Saturday to Sunday", "closed", "Christmas Eve"):
        assert words in page
    assert "With 30 minutes to reply, a message of Friday 17:55 is due" in page
    assert "New Year" in page
    form = client.get(f"/settings/hours/{made.pk}/").content.decode()
    assert "2030-12-24 09:00–12:00 Christmas Eve" in form
    assert "09:00–12:00, 13:00–18:00" in form


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"day_0": "09:00-12:00, 11:00-14:00"}, "11:00–14:00 begins before the hours before it have ended."),
        ({"day_0": "22:00-06:00", "day_1": "05:00-09:00"}, "05:00–09:00 begins before"),
        ({"day_6": "20:00-06:00", "day_0": "05:00-09:00"}, "05:00–09:00 begins before"),
        ({"day_0": "18:00-09:00"}, "“18:00–09:00” ends before it begins"),
        ({"day_0": "09:00-09:00"}, "“09:00–09:00” takes no time"),
        ({"day_0": "09:00-25:00"}, "“25:00” is no time of the day"),
        ({"day_0": "nine to five"}, "“nine to five” cannot be read"),
        ({"day_0": ",".join(["09:00-09:10"] * 9)}, "too many for one day"),
        ({"time_zone": "Europe/Atlantis"}, "There is no time zone “Europe/Atlantis”"),
        ({"time_zone": ""}, "This field is required"),
        ({"country": "XX"}, "The holidays of “XX” are not known"),
        ({"country": "DE", "subdivision": "XX"}, "Choose one of these: BB, BE"),
        ({"subdivision": "BE"}, "no parts with holidays of their own"),
        ({"exceptions": "Christmas"}, "Line 1: “Christmas” has no day"),
        ({"exceptions": "2026-02-30 closed"}, "Line 1: “2026-02-30 closed” has no day"),
        ({"exceptions": "2026-12-24 closed\n2026-12-24 closed"}, "Line 2: 2026-12-24 is there already"),
        ({"exceptions": "2026-12-24 maybe"}, "says neither closed nor hours"),
        ({"exceptions": "2026-12-24 09:00-12:00, 11:00-13:00"}, "begins before the hours"),
        ({"name": ""}, "This field is required"),
        ({"name": "a\0b"}, "Null characters are not allowed"),
        ({"exceptions": "x" * 30_000}, "at most 20000 characters"),
    ],
)
def test_a_slip_of_the_pen_is_told_beside_its_field(client, changes, why):
    refused(client, "/settings/hours/new/", OFFICE | changes, why)
    assert not Calendar.objects.exists()


def test_hours_over_midnight_are_taken_as_such(client):
    add_hours(client, day_0="22:00-06:00", day_1="22:00 to 06:00")
    assert Calendar.objects.get().hours[1] == [["22:00", "06:00"]]


def test_a_name_is_given_once(client):
    add_hours(client)
    refused(client, "/settings/hours/new/", OFFICE, "There are hours of this name already.")


def test_hours_that_are_never_open_say_so(client, cast):
    page = add_hours(client, **dict.fromkeys(WEEK, ""))
    assert "no reply is ever due" in page
    Service.objects.create(department=cast.departments["support"], calendar=Calendar.objects.get())
    assert "never open" in client.get("/settings/deadlines/").content.decode()


def test_hours_that_somebody_works_by_cannot_be_taken_away(client, cast):
    add_hours(client)
    made = Calendar.objects.get()
    service = Service.objects.create(department=cast.departments["support"], calendar=made)
    page = client.post(f"/settings/hours/{made.pk}/remove/", follow=True).content.decode()
    assert "Support work by these hours" in page
    service.delete()
    client.post(f"/settings/hours/{made.pk}/remove/")
    assert not Calendar.objects.exists()


def test_what_is_changed_reaches_the_conversations_that_are_open(client, cast):
    conversation = cast.asks(ago=1)
    body = {"first": "1h 30m", "later": "2h", "calendar": "", "snoozed": "on"}
    assert client.post("/settings/deadlines/of/support/", body).status_code == 302
    deadlines.work()
    changed = Conversation.objects.get(pk=conversation.pk)
    assert changed.due_at - changed.waiting_since == timedelta(minutes=90)
    assert Department.objects.get(slug="support").reply_minutes == 90
    page = client.get("/settings/deadlines/").content.decode()
    assert "1h 30m" in page
    assert "while snoozed" in page


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("", "This field is required"),
        ("soon", "“soon” is no stretch of time"),
        ("0", "Choose between 1m and 1440h"),
        ("-5", "is no stretch of time"),
        ("9999h", "Choose between"),
        ("٣", "is no stretch of time"),
        ("9" * 400, "at most 20 characters"),
    ],
)
def test_a_time_that_is_none_is_told(client, first, why):
    refused(client, "/settings/deadlines/of/support/", {"first": first, "later": "1h"}, why)


def test_an_exception_is_added_replaced_and_taken_away(client):
    body = {"priority": "3", "role": "influencer", "department": "support", "first": "15", "later": "30m"}
    client.post("/settings/deadlines/exceptions/new/", body)
    client.post("/settings/deadlines/exceptions/new/", body | {"first": "10m"})
    target = Target.objects.get()
    assert (target.priority, target.role, target.first_minutes, target.next_minutes) == (3, "influencer", 10, 30)
    page = client.get("/settings/deadlines/").content.decode()
    assert "Urgent" in page
    assert "from a customer who is <b>Influencer</b>" in page
    client.post(f"/settings/deadlines/exceptions/{target.pk}/remove/")
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"priority": "", "role": ""}, "Choose a priority, a role, or both."),
        ({"priority": "7"}, "There is no such priority."),
        ({"role": "wizard"}, "There is no such role."),
        ({"department": "nowhere"}, "There is no such department."),
    ],
)
def test_an_exception_from_nothing_is_none(client, changes, why):
    refused(client, "/settings/deadlines/exceptions/new/", {"priority": "3", "first": "5", "later": "5"} | changes, why)


def test_a_departments_own_target_is_not_taken_away_as_an_exception(client, cast):
    own = Target.objects.create(department=cast.departments["support"], first_minutes=5, next_minutes=5)
    assert client.post(f"/settings/deadlines/exceptions/{own.pk}/remove/").status_code == 404


def test_a_step_reads_as_a_sentence_and_can_be_switched_off_changed_and_taken_away(client):
    new = {"amount": "15m", "side": "before", "action": "warn", "to": "", "department": ""}
    client.post("/settings/deadlines/steps/new/", new)
    step = Step.objects.get()
    assert (step.minutes, step.to) == (-15, None)
    assert "15m before a reply is due, warn whoever has it." in client.get("/settings/deadlines/").content.decode()
    client.post(f"/settings/deadlines/steps/{step.pk}/switch/", {"on": "0"})
    assert not Step.objects.get().is_active
    changed = new | {"amount": "0", "side": "after", "action": "share", "to": "pr", "department": "support"}
    client.post(f"/settings/deadlines/steps/{step.pk}/", changed)
    assert "When it is due, ask PR to take part." in client.get("/settings/deadlines/").content.decode()
    client.post(f"/settings/deadlines/steps/{step.pk}/remove/")
    assert not Step.objects.exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"action": "move"}, "Choose the department that is asked."),
        ({"action": "share", "to": "pr", "department": "pr"}, "Choose another department"),
        ({"action": "explode"}, "There is no such step."),
        ({"side": "during"}, "Choose before or after."),
        ({"amount": "x"}, "is no stretch of time"),
    ],
)
def test_a_step_that_leads_nowhere_is_refused(client, changes, why):
    body = {"amount": "15m", "side": "before", "action": "warn"} | changes
    refused(client, "/settings/deadlines/steps/new/", body, why)


def test_the_pages_cost_the_same_however_much_is_laid_down(client, cast, django_assert_max_num_queries):
    for n in range(20):
        Target.objects.create(priority=n % 4, role=f"r{n}", first_minutes=5, next_minutes=5)
        Step.objects.create(minutes=n, action="warn", department=cast.departments["support"])
        add_hours(client, name=f"Office {n}")
    for url in ("/settings/deadlines/", "/settings/hours/"):
        with django_assert_max_num_queries(14):
            assert client.get(url).status_code == 200
