"""Several workers and colleagues at once: nothing is given twice, nobody is given too much, or while away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.incoming import Author, Incoming
from inbox import assigning, triage
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Assignment, Conversation, Event
from inbox.releasing import release
from people import presence
from people.models import Membership, Presence, User
from routing.models import Service
from tests.inbox.cast import Cast
from tests.inbox.test_merging_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast():
    cast = Cast()
    for slug in ("support", "sales"):
        Service.objects.update_or_create(department=cast.departments[slug], defaults={"assigns": True})
    Membership.objects.create(user=cast.alice, department=cast.departments["sales"])
    now = timezone.now()
    for user in (cast.alice, cast.bob, cast.carol):
        Presence.objects.create(user=user, state="online", since=now, seen_at=now)
    return cast


def give_out():
    assigning.give_out(timezone.now())


def open_of(user):
    return Conversation.objects.filter(assignee=user, state="open").count()


def test_two_workers_give_nothing_twice_and_nobody_more_than_they_take(cast):
    User.objects.update(capacity=7)
    for number in range(30):
        cast.asks(department="support" if number % 2 else "sales")
    assert at_once(*[give_out] * 4) == []
    assert [open_of(user) for user in (cast.alice, cast.bob, cast.carol)] == [7, 7, 7]
    assert Assignment.objects.count() == Event.objects.filter(kind="given").count() == 21
    assert Assignment.objects.values("conversation").distinct().count() == 21


def test_a_colleague_who_takes_one_meanwhile_keeps_it(cast):
    waits = [cast.asks(ago=ago) for ago in range(12, 0, -1)]
    takes = [lambda one=one: triage.assign(one, to=cast.mia, by=cast.mia) for one in waits[:4]]
    assert at_once(give_out, *takes, give_out) == []
    assert open_of(cast.mia) == 4
    assert Conversation.objects.filter(assignee=None).count() == 0


def test_who_goes_away_is_given_nothing_after_that(cast):
    waits = [cast.asks() for _ in range(10)]
    gone = []

    def leave():
        presence.say(cast.bob, Presence.State.AWAY, timezone.now())
        gone.append(timezone.now())

    assert at_once(give_out, leave, give_out) == []
    late = Assignment.objects.filter(user=cast.bob, at__gt=gone[0] + timedelta(seconds=1))
    assert not late.exists()
    before = open_of(cast.bob)
    cast.asks()
    give_out()
    assert open_of(cast.bob) == before
    assert Conversation.objects.filter(pk__in=[one.pk for one in waits], assignee=None).count() == 0


def test_browsers_that_are_heard_and_people_who_are_given_something_never_wait_for_one_another_in_a_ring(cast):
    for _ in range(20):
        cast.asks()
    everybody = [user.pk for user in User.objects.all()]
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=2))

    def hear():
        for step in range(5):
            presence.heard(everybody, timezone.now() + timedelta(minutes=step))

    assert at_once(hear, give_out, hear, give_out) == []


def test_what_is_released_while_it_is_given_out_ends_with_one_person_or_nobody(cast):
    for _ in range(12):
        cast.asks(assignee=cast.bob)
    Presence.objects.filter(user=cast.bob).update(state="away")
    assert at_once(lambda: release(cast.bob, by=cast.mia, now=timezone.now()), give_out, give_out) == []
    give_out()
    assert open_of(cast.bob) == 0
    assert open_of(cast.alice) == 10


def test_messages_that_arrive_meanwhile_are_neither_lost_nor_given_twice(cast):
    channel = channel_named("Import")

    def arrive(number):
        at = timezone.now()
        items = [
            Incoming(
                network="import",
                external_id=f"{number}-{one}",
                author=Author(external_id=f"a{number}-{one}", name="Somebody"),
                text="My parcel never arrived, please help me, where is my order?",
                posted_at=at,
                thread_id=f"t{number}-{one}",
            )
            for one in range(5)
        ]
        ingest(channel, items)

    works = [lambda number=number: arrive(number) for number in range(3)]
    assert at_once(*works, give_out, give_out) == []
    give_out()
    assert Conversation.objects.filter(channel=channel).count() == 15
    given = Assignment.objects.values_list("conversation", flat=True)
    assert len(given) == len(set(given))
