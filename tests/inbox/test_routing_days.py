"""What the router decided is counted by day, and what people put right of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inbox import routing_days, triage, undo
from inbox.models import Decision, RoutingDay
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def decided(cast, outcome="support", *, days=0, **fields):
    conversation = cast.asks(department=outcome if outcome != "noise" else "triage")
    at = timezone.now() - timedelta(days=days)
    cast.decided(conversation.messages.get(), outcome, at=at, **fields)
    return conversation


def counts():
    return {
        (str(one.day), one.outcome, one.source, one.rule): (one.decided, one.corrected)
        for one in RoutingDay.objects.all()
    }


def day(days=0):
    return str((timezone.now() - timedelta(days=days)).date())


def test_decisions_are_counted_by_day_outcome_and_who_decided(cast):
    decided(cast)
    decided(cast)
    decided(cast, "sales", source=Decision.Source.RULE, rule=7)
    decided(cast, "pr", days=3)
    assert routing_days.roll_up(timezone.now()) == 4
    assert counts() == {
        (day(), "support", "classifier", None): (2, 0),
        (day(), "sales", "rule", 7): (1, 0),
        (day(3), "pr", "classifier", None): (1, 0),
    }


def test_what_people_put_right_counts_for_the_day_of_the_decision(cast):
    conversation = decided(cast, days=9, source=Decision.Source.RULE, rule=7)
    decided(cast)
    routing_days.roll_up(timezone.now())
    done = triage.hand_over(conversation, to=cast.departments["sales"], by=cast.mia, reason="A new car.")
    routing_days.roll_up(timezone.now())
    assert counts()[day(9), "support", "rule", 7] == (1, 1)
    undo.take_back(done.deed, by=cast.mia)
    routing_days.roll_up(timezone.now())
    assert counts()[day(9), "support", "rule", 7] == (1, 0)


def test_moved_back_to_where_the_router_had_put_it_is_no_mistake(cast):
    conversation = decided(cast)
    for to in ("sales", "support"):
        triage.hand_over(conversation, to=cast.departments[to], by=cast.mia, reason="To and fro.")
    routing_days.roll_up(timezone.now())
    assert counts()[day(), "support", "classifier", None] == (1, 0)


def test_counting_twice_counts_once(cast):
    decided(cast)
    decided(cast, days=1)
    routing_days.roll_up(timezone.now())
    first = counts()
    decided(cast, days=1)
    assert routing_days.roll_up(timezone.now()) == 2
    assert counts()[day(1), "support", "classifier", None] == (2, 0)
    assert counts()[day(), "support", "classifier", None] == first[day(), "support", "classifier", None]


def test_the_past_counts_nowhere_and_nothing_is_no_trouble(cast):
    assert routing_days.roll_up(timezone.now()) == 0
    conversation = decided(cast)
    conversation.messages.update(is_past=True)
    routing_days.roll_up(timezone.now())
    assert counts() == {}


def test_the_number_of_statements_depends_on_the_days_alone(cast, django_assert_num_queries):
    for _ in range(30):
        decided(cast)
    routing_days.roll_up(timezone.now())
    with django_assert_num_queries(2 + 2 * 5):
        routing_days.roll_up(timezone.now())
