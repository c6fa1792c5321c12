"""Steps before and after a reply is due: each once, on what waits and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from inbox import escalation, warnings
from inbox.models import Contributor, Conversation, Escalation
from people.models import Membership
from routing import calendars
from routing.models import Calendar, Service, Step, Target
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def due(cast, minutes, **fields):
    """A conversation whose reply is due in so many minutes; below zero it is late."""
    conversation = cast.asks(**fields)
    at = timezone.now() + timedelta(minutes=minutes)
    Conversation.objects.filter(pk=conversation.pk).update(due_at=at)
    return conversation


def step(minutes, action, **fields):
    return Step.objects.create(minutes=minutes, action=action, **fields)


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


def test_each_step_is_taken_once_for_one_deadline(cast):
    soon, later = due(cast, 10), due(cast, 40)
    step(-15, "warn")
    assert escalation.escalate() == 1
    assert escalation.escalate() == 0
    event = soon.events.get(kind="due_soon")
    assert event.actor is None
    assert not later.events.filter(kind="due_soon").exists()


def test_another_question_is_another_deadline(cast):
    conversation = due(cast, -5)
    step(0, "managers")
    assert escalation.escalate() == 1
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=timezone.now())
    assert escalation.escalate() == 1
    assert conversation.events.filter(kind="late").count() == 2


@pytest.mark.parametrize("state", ["closed", "snoozed", "noise"])
def test_nothing_happens_to_what_is_not_open(cast, state):
    due(cast, -5, state=state)
    step(0, "warn")
    assert escalation.escalate() == 0


def test_a_step_of_a_department_is_for_it_alone_and_can_be_switched_off(cast):
    here, there = due(cast, -5), due(cast, -5, department="sales")
    off = step(0, "managers", department=cast.departments["sales"], is_active=False)
    step(0, "warn", department=cast.departments["support"])
    assert escalation.escalate() == 1
    assert [one.conversation for one in Escalation.objects.all()] == [here]
    off.is_active = True
    off.save()
    assert escalation.escalate() == 1
    assert there.events.filter(kind="late").exists()


def test_what_was_missed_long_ago_is_left_alone(cast):
    due(cast, -8 * 24 * 60)
    step(0, "priority")
    assert escalation.escalate() == 0


def test_minutes_are_minutes_of_business_time(cast):
    """Closed until tomorrow at the earliest: what is due after that is not due soon, however few open minutes away."""
    now = timezone.now()
    days = [{"date": f"{now + timedelta(days=n):%Y-%m-%d}", "hours": [], "name": ""} for n in (-1, 0, 1)]
    office = Calendar.objects.create(name="Office", hours=[[["00:00", "24:00"]]] * 7, exceptions=days)
    calendars.build(office, now)
    Service.objects.create(department=cast.departments["support"], calendar=office)
    opens = calendars.timetables()[office.pk].after(now, 1) - timedelta(seconds=1)
    conversation = cast.asks()
    Conversation.objects.filter(pk=conversation.pk).update(due_at=opens + timedelta(minutes=10))
    step(-5, "warn")
    assert escalation.escalate() == 0
    step(-15, "warn")
    assert escalation.escalate() == 1


def test_the_priority_rises_and_the_deadline_with_it_but_not_beyond_urgent(cast):
    Target.objects.create(priority=2, first_minutes=5, next_minutes=5)
    high, urgent = due(cast, -5), due(cast, -5, priority=3)
    step(0, "priority")
    assert escalation.escalate() == 2
    assert (fresh(high).priority, fresh(urgent).priority) == (2, 3)
    assert fresh(high).due_at == high.waiting_since + timedelta(minutes=5)
    assert high.events.get(kind="prioritised").data["to"] == "High"
    assert not urgent.events.filter(kind="prioritised").exists()
    assert escalation.escalate() == 0


def test_who_did_not_come_to_it_gives_it_back_to_the_queue(cast):
    conversation = due(cast, -5, assignee=cast.alice)
    step(0, "unassign")
    escalation.escalate()
    assert fresh(conversation).assignee is None
    assert {"late", "unassigned"} <= set(conversation.events.values_list("kind", flat=True))


def test_another_department_is_asked_to_take_part_once(cast):
    conversation = due(cast, -5, ago=1000)
    step(0, "share", to=cast.departments["pr"])
    escalation.escalate()
    assert Contributor.objects.get(conversation=conversation).department == cast.departments["pr"]
    assert conversation.events.get(kind="contributor").data["department"] == "PR"
    step(1, "share", to=cast.departments["pr"])
    assert escalation.escalate() == 1
    assert conversation.events.filter(kind="contributor").count() == 1


def test_handing_over_ends_although_two_departments_hand_over_to_one_another(cast):
    support, sales = cast.departments["support"], cast.departments["sales"]
    conversation = due(cast, -500, ago=1000, assignee=cast.alice)
    both = due(cast, -500, ago=1000, assignee=cast.bob)
    Membership.objects.create(user=cast.bob, department=sales)
    step(60, "move", department=support, to=sales)
    step(60, "move", department=sales, to=support)
    assert escalation.escalate() == 4
    assert escalation.escalate() == 0
    assert conversation.events.filter(kind="handover").count() == 2
    assert fresh(conversation).department == support
    assert (fresh(conversation).assignee, fresh(both).assignee) == (None, cast.bob)


def test_a_step_for_all_departments_leaves_alone_the_one_that_it_hands_over_to(cast):
    conversation = due(cast, -5, department="sales")
    step(0, "move", to=cast.departments["sales"])
    assert escalation.escalate() == 0
    assert fresh(conversation).department == cast.departments["sales"]


def test_many_are_taken_with_as_many_statements_as_few(cast, django_assert_max_num_queries):
    for _ in range(40):
        due(cast, -5)
    step(0, "priority")
    with django_assert_max_num_queries(15):
        assert escalation.escalate() == 40


def test_what_an_interrupted_worker_left_is_done_by_the_next(cast, monkeypatch):
    conversation = due(cast, -5)
    step(0, "priority")
    with monkeypatch.context() as broken:
        broken.setattr(escalation.events, "record", lambda entries: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            escalation.escalate()
    assert fresh(conversation).priority == 1
    assert escalation.escalate() == 1
    assert fresh(conversation).priority == 2


@pytest.mark.django_db(transaction=True)
def test_a_warning_is_shown_once_and_to_whom_it_concerns(transactional_db):
    cast = Cast()
    mine, nobodys = due(cast, -1, assignee=cast.alice), due(cast, -1)
    step(0, "warn")
    escalation.escalate()
    ids, now = [mine.pk, nobodys.pk], timezone.now()
    assert len(warnings.unheard(cast.alice, ids, now)) == 2
    assert warnings.unheard(cast.alice, ids, now) == []
    assert [one["url"] for one in warnings.unheard(cast.bob, ids, now)] == [f"/inbox/open/c/{nobodys.pk}/"]
    assert warnings.unheard(cast.carol, ids, now) == []
    assert warnings.unheard(cast.bob, ids, now + timedelta(minutes=3)) == []


@pytest.mark.django_db(transaction=True)
def test_managers_are_told_on_any_page_of_the_inbox_and_find_what_is_late(transactional_db):
    cast = Cast()
    late = due(cast, -1)
    step(0, "managers")
    escalation.escalate()
    client = Client()
    client.force_login(cast.mia)
    page = client.get(f"/inbox/mine/changes/?ids={late.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "is late" in page
    assert f"/inbox/open/c/{late.pk}/" in page
    assert "Late now" in client.get("/inbox/").content.decode()
    client.force_login(cast.alice)
    assert "Late now" not in client.get("/inbox/").content.decode()


def test_what_is_due_is_found_by_its_index_among_many(cast):
    one = cast.asks()
    for minutes in range(30):
        cast.like(one, 100, due_at=one.due_at + timedelta(minutes=minutes))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inbox_conversation")
        cursor.execute("SET LOCAL enable_seqscan = off")
        values = {
            "step": 1,
            "minutes": 0,
            "department": None,
            "to": None,
            "now": timezone.now(),
            "back": escalation.LOOKS_BACK,
            "most": 10,
        }
        cursor.execute("EXPLAIN " + escalation._CLAIM, values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "open_due" in plan
