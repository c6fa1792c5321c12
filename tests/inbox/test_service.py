"""When a reply is due: hours, targets, pauses, and that the database and the arithmetic without it agree."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contacts import roles
from contacts.models import RoleKind
from inbox import conversations, deadlines, departments, notes, priorities, replies, snoozing, triage
from inbox.facts import telling
from inbox.models import Contributor, Conversation, Restating
from people.models import Department
from routing import calendars, targets
from routing.models import Calendar, OpenInterval, Service, Target
from tests.inbox.cast import Cast

WORKDAYS = [[["09:00", "12:00"], ["13:00", "18:00"]]] * 5 + [[], []]


@pytest.fixture
def cast(db):
    return Cast()


def calendar(hours=WORKDAYS, name="Office", zone="Europe/Berlin", **fields):
    made = Calendar.objects.create(name=name, time_zone=zone, hours=hours, **fields)
    calendars.build(made, timezone.now())
    return made


def serve(cast, slug="support", **fields):
    return Service.objects.update_or_create(department=cast.departments[slug], defaults=fields)[0]


def business_due(of, start, seconds):
    with connection.cursor() as cursor:
        cursor.execute("SELECT business_due(%s, %s, %s)", [of and of.pk, start, seconds])
        return cursor.fetchone()[0]


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


def restated(conversation, at=None):
    deadlines.restate([conversation.pk], at)
    return fresh(conversation)


def near(one, two):
    return abs(one - two) < timedelta(seconds=1.5)


@pytest.mark.parametrize("hours", [WORKDAYS, [[["22:00", "06:00"]]] * 7, [[["00:00", "24:00"]]] * 7, [[]] * 7])
def test_the_database_counts_business_time_as_the_arithmetic_does(db, hours):
    made = calendar(hours)
    table = calendars.timetables()[made.pk]
    chance = random.Random(3)
    now = timezone.now().replace(microsecond=0)
    for _ in range(60):
        start = now + timedelta(seconds=chance.randrange(-380 * 86400, 380 * 86400))
        seconds = chance.choice([0, 60, -60, 1800, 3 * 3600, -3 * 3600, chance.randrange(-(10**6), 10**6), 10**9])
        assert business_due(made, start, seconds) == table.after(start, seconds), (start, seconds)
        end = start + timedelta(seconds=chance.randrange(0, 10**6))
        with connection.cursor() as cursor:
            cursor.execute("SELECT business_seconds(%s, %s, %s)", [made.pk, start, end])
            assert cursor.fetchone()[0] == table.seconds(start, end)


def test_who_has_no_hours_is_always_there(db):
    start = datetime(2026, 5, 2, 3, tzinfo=UTC)
    assert business_due(None, start, 3600) == start + timedelta(hours=1)


def test_open_times_reach_a_good_year_ahead_and_are_worked_out_once(db, django_assert_num_queries):
    made = calendar()
    last = OpenInterval.objects.filter(calendar=made).latest("starts_at")
    assert last.starts_at > timezone.now() + timedelta(days=390)
    with django_assert_num_queries(1):
        assert calendars.build_due(timezone.now()) == 0
    assert calendars.build_due(timezone.now() + timedelta(days=40)) == 1


def test_a_department_that_is_never_open_owes_nobody_a_reply_in_time(cast):
    serve(cast, calendar=calendar([[]] * 7))
    assert restated(cast.asks()).due_at is None


@pytest.mark.parametrize("seed", range(6))
def test_the_most_particular_target_counts_in_the_database_as_without_it(cast, seed):
    chance = random.Random(seed)
    kinds = ["customer", "critic", "influencer"]
    possible = [
        (department, priority, role)
        for department in (None, cast.departments["support"], cast.departments["sales"])
        for priority in (None, 0, 2, 3)
        for role in ("", *kinds)
    ]
    for department, priority, role in chance.sample(possible, 14):
        first, later = chance.sample(range(1, 500), 2)
        Target.objects.create(
            department=department, priority=priority, role=role, first_minutes=first, next_minutes=later
        )
    serve(cast, calendar=calendar())
    loaded = targets.load()
    for _ in range(12):
        person = cast.contact("Somebody")[0]
        has = chance.sample(kinds, chance.randrange(3))
        for kind in has:
            give(person.contact_id, kind, cast.alice)
        slug, priority = chance.choice(["support", "sales", "pr"]), chance.randrange(4)
        conversation = cast.asks(person, department=slug, priority=priority, ago=chance.randrange(3000))
        assert restated(conversation).due_at == loaded.due(slug, priority, has, conversation.waiting_since)


def give(contact_id, kind, by):
    now = timezone.now()
    roles.give(contact_id, RoleKind.objects.get(slug=kind), since=now, reason="Says so.", at=now, by=by)


def test_an_exception_beats_the_departments_own_target_and_of_two_the_one_that_names_more(cast):
    Target.objects.create(department=cast.departments["support"], first_minutes=60, next_minutes=90)
    Target.objects.create(priority=3, first_minutes=30, next_minutes=30)
    assert targets.load().minutes("support", 3) == 30
    Target.objects.create(department=cast.departments["support"], priority=3, first_minutes=45, next_minutes=45)
    assert targets.load().minutes("support", 3) == 45
    assert targets.load().minutes("support", 1) == 60
    assert targets.load().minutes("sales", 1) == cast.departments["sales"].reply_minutes


def test_once_somebody_has_replied_the_next_reply_has_its_own_target(cast):
    Target.objects.create(department=cast.departments["support"], first_minutes=60, next_minutes=600)
    conversation = restated(cast.asks(ago=5))
    assert conversation.due_at - conversation.waiting_since == timedelta(minutes=60)
    replies.queue(conversation, by=cast.alice, text="We look into it.", click=uuid4())
    assert fresh(conversation).due_at is None
    cast.says(conversation, "And?", at=timezone.now() + timedelta(seconds=30))
    with transaction.atomic():
        conversations.refresh([conversation.pk])
    again = fresh(conversation)
    assert again.due_at - again.waiting_since == timedelta(minutes=600)


def test_a_colleague_says_how_urgent_it_is_and_the_deadline_follows(cast):
    Target.objects.create(priority=3, first_minutes=15, next_minutes=15)
    conversation = cast.asks(ago=5)
    priorities.prioritise(conversation, to=3, by=cast.alice)
    assert fresh(conversation).priority == 3
    assert fresh(conversation).due_at == conversation.waiting_since + timedelta(minutes=15)
    event = conversation.events.get(kind="prioritised")
    assert (event.data["from"], event.data["to"], event.actor) == ("Normal", "Urgent", cast.alice)
    priorities.prioritise(conversation, to=3, by=cast.alice)
    assert conversation.events.filter(kind="prioritised").count() == 1


def test_who_becomes_something_else_to_us_is_owed_a_reply_by_another_time(cast):
    Target.objects.create(role="influencer", first_minutes=10, next_minutes=10)
    conversation = restated(cast.asks(cast.dana[0], ago=5))
    person = conversation.identity.contact_id
    give(person, "influencer", cast.alice)
    said = {"role": "Influencer", "role_id": 1, "reason": ""}
    telling.tell(person, "role_given", by=cast.alice, at=timezone.now(), **said)
    assert fresh(conversation).due_at == conversation.waiting_since + timedelta(minutes=10)


def test_another_department_has_other_hours_and_targets(cast):
    serve(cast, "sales", calendar=calendar([[]] * 7))
    conversation = cast.asks()
    triage.hand_over(conversation, to=cast.departments["sales"], by=cast.alice, reason="Wants a car.")
    assert fresh(conversation).due_at is None
    triage.hand_over(conversation, to=cast.departments["support"], by=cast.mia, reason="Does not.")
    assert fresh(conversation).due_at is not None


# --- clocks that stand still


def test_a_snoozed_clock_stands_still_and_goes_on_where_it_stood(cast):
    conversation = restated(cast.asks(ago=60))
    minutes = cast.departments["support"].reply_minutes
    snoozed_at = timezone.now() - timedelta(minutes=40)
    Conversation.objects.filter(pk=conversation.pk).update(state="snoozed", snoozed_until=timezone.now())
    sleeping = restated(conversation, snoozed_at)
    assert (sleeping.due_at, sleeping.paused_since) == (None, snoozed_at)
    assert restated(conversation).paused_since == snoozed_at
    snoozing.wake(timezone.now())
    awake = fresh(conversation)
    assert awake.paused_since is None
    assert abs(awake.paused_seconds - 2400) <= 2
    assert near(awake.due_at, conversation.waiting_since + timedelta(minutes=minutes + 40))


def test_a_department_may_let_the_clock_run_while_it_sleeps(cast):
    serve(cast, pauses_when_snoozed=False)
    conversation = restated(cast.asks(ago=60))
    Conversation.objects.filter(pk=conversation.pk).update(state="snoozed", snoozed_until=timezone.now())
    assert restated(conversation).paused_since is None
    snoozing.wake(timezone.now())
    assert fresh(conversation).due_at == conversation.due_at


def test_nights_are_not_counted_as_a_pause(cast):
    made = calendar([[["00:00", "24:00"]]] * 7, exceptions=[])
    serve(cast, calendar=made)
    conversation = restated(cast.asks(ago=600))
    began = timezone.now() - timedelta(hours=8)
    Conversation.objects.filter(pk=conversation.pk).update(state="snoozed", snoozed_until=timezone.now())
    restated(conversation, began)
    closed = [{"date": f"{began + timedelta(days=n):%Y-%m-%d}", "hours": [], "name": ""} for n in (-1, 0, 1)]
    made.exceptions = closed
    made.save()
    calendars.build(made, timezone.now())
    snoozing.wake(timezone.now())
    assert fresh(conversation).paused_seconds == 0


def test_a_new_question_begins_a_new_clock(cast):
    conversation = restated(cast.asks(ago=60))
    Conversation.objects.filter(pk=conversation.pk).update(paused_seconds=900)
    replies.queue(fresh(conversation), by=cast.alice, text="Done.", click=uuid4())
    cast.says(conversation, "Again!", at=timezone.now() + timedelta(seconds=30))
    with transaction.atomic():
        conversations.refresh([conversation.pk])
    assert fresh(conversation).paused_seconds == 0


def test_the_clock_waits_for_a_department_that_was_asked_until_it_says_something(cast):
    serve(cast, pauses_elsewhere=True)
    conversation = restated(cast.asks(ago=30))
    asked = timezone.now() - timedelta(minutes=20)
    Contributor.objects.create(
        conversation=conversation, department=cast.departments["sales"], reason="Price?", created_at=asked
    )
    waiting = restated(conversation, asked)
    assert (waiting.due_at, waiting.paused_since) == (None, asked)
    notes.add(waiting, by=cast.bob, text="Sales is asked.")
    assert fresh(conversation).paused_since == asked
    notes.add(waiting, by=cast.carol, text="It costs 900.")
    goes_on = fresh(conversation)
    assert goes_on.paused_since is None
    assert abs(goes_on.paused_seconds - 1200) <= 2
    assert goes_on.due_at is not None


def test_closing_ends_the_clock_and_opening_again_starts_it_where_it_was(cast):
    conversation = restated(cast.asks(ago=60))
    triage.close(conversation, by=cast.alice)
    assert fresh(conversation).due_at is None
    triage.reopen(conversation, by=cast.alice)
    assert fresh(conversation).due_at == conversation.due_at


# --- all of them anew


def test_what_changes_for_all_is_worked_out_in_batches_that_go_on_where_they_stopped(cast, monkeypatch):
    open_ones = [cast.asks(ago=n) for n in range(7)]
    snoozed, closed = cast.asks(state="snoozed"), cast.asks(state="closed")
    Target.objects.create(department=cast.departments["support"], first_minutes=7, next_minutes=7)
    deadlines.ask()
    monkeypatch.setattr(deadlines, "_BATCH", 3)
    monkeypatch.setattr(deadlines, "_BATCHES", 1)
    assert deadlines.work() == 3
    assert Restating.objects.get().reached == open_ones[2].pk
    monkeypatch.setattr(deadlines, "_BATCHES", 50)
    assert deadlines.work() == 5
    assert not Restating.objects.exists()
    assert {fresh(one).due_at - one.waiting_since for one in open_ones} == {timedelta(minutes=7)}
    assert fresh(snoozed).paused_since is not None
    assert fresh(closed).due_at is None


def test_asked_for_twice_before_it_began_is_done_once(cast):
    cast.asks()
    deadlines.ask()
    deadlines.ask()
    assert deadlines.work() == 1


def test_a_departments_time_on_its_page_is_the_target_of_its_first_reply(cast):
    support = cast.departments["support"]
    Target.objects.create(department=support, first_minutes=30, next_minutes=90)
    words = {"name": support.name, "about": "", "mark": support.mark, "starter": ""}
    departments.change("support", reply_minutes=75, **words)
    assert Target.objects.get().first_minutes == 75
    assert Restating.objects.exists()
    assert Department.objects.get(slug="support").reply_minutes == 75
