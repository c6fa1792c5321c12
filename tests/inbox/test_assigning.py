"""What waits is given to whoever is there, each with its reason; and what a person decided stays as they decided."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inbox import assigning, triage
from inbox.models import Assignment, Conversation, Event
from inbox.releasing import release
from people import presence
from people.models import Membership, Presence, User
from routing.models import Service
from tests.inbox.cast import Cast

NOW = timezone.now()


@pytest.fixture
def cast(db):
    cast = Cast()
    gives(cast, "support")
    return cast


def gives(cast, *slugs, assigns=True):
    for slug in slugs:
        Service.objects.update_or_create(department=cast.departments[slug], defaults={"assigns": assigns})


def arrives(*users, ago=0):
    for user in users:
        at = timezone.now() - timedelta(minutes=ago)
        Presence.objects.update_or_create(user=user, defaults={"state": "online", "since": at, "seen_at": at})


def give_out():
    return assigning.give_out(timezone.now())


def assignee(conversation):
    return Conversation.objects.get(pk=conversation.pk).assignee


def test_what_waits_is_given_with_an_event_and_its_reason(cast):
    waits = cast.asks(cast.dana[0])
    arrives(cast.alice)
    assert give_out() == 1
    assert assignee(waits) == cast.alice
    given = Assignment.objects.get()
    assert (given.conversation, given.user, given.explanation["by"]) == (waits, cast.alice, "only")
    event = Event.objects.get(kind="given")
    assert event.data == {"to": "Alice Arnold", "reason": "here, 0 of 10 open, nobody else is free"}
    assert event.actor is None
    assert give_out() == 0


@pytest.mark.parametrize(
    ("state", "ago"), [("away", 0), ("online", 5), ("online", 600)], ids=["says so", "gone", "long gone"]
)
def test_nobody_who_is_away_is_given_anything(cast, state, ago):
    cast.asks()
    arrives(cast.alice, ago=ago)
    Presence.objects.update(state=state)
    assert give_out() == 0


def test_a_department_gives_nothing_unless_it_is_switched_on(cast):
    gives(cast, "support", assigns=False)
    cast.asks()
    cast.asks(department="sales")
    arrives(cast.alice, cast.carol)
    assert give_out() == 0


def test_managers_and_other_departments_are_not_given_what_is_not_theirs(cast):
    cast.asks()
    arrives(cast.carol, cast.mia, cast.adam)
    assert give_out() == 0


def test_somebody_who_was_switched_off_is_given_nothing(cast):
    cast.asks()
    arrives(cast.alice)
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    assert give_out() == 0


@pytest.mark.parametrize(
    "facts", [{"state": "snoozed"}, {"state": "closed"}, {"state": "noise"}, {"waiting_since": None}], ids=str
)
def test_what_nobody_waits_for_is_not_given(cast, facts):
    waits = cast.asks()
    Conversation.objects.filter(pk=waits.pk).update(
        **facts, snoozed_until=NOW + timedelta(days=1) if facts.get("state") == "snoozed" else None
    )
    arrives(cast.alice)
    assert give_out() == 0


@pytest.mark.parametrize(("look", "ago", "given"), [("quick", 0, 0), ("quick", 3, 1), ("second", 0, 1), ("full", 0, 1)])
def test_what_awaits_its_second_look_is_given_after_it_or_after_a_while(cast, look, ago, given):
    waits = cast.asks()
    cast.decided(waits.messages.get(), look=look, at=timezone.now() - timedelta(minutes=ago))
    arrives(cast.alice)
    assert give_out() == given


def test_capacity_counts_all_that_somebody_has_open_and_the_rest_waits_until_they_close_one(cast):
    User.objects.filter(pk=cast.alice.pk).update(capacity=2)
    theirs = cast.asks(assignee=cast.alice, department="sales")
    waits = [cast.asks(ago=ago) for ago in (30, 20)]
    arrives(cast.alice)
    assert give_out() == 1
    assert [assignee(one) for one in waits] == [cast.alice, None]
    triage.close(theirs, by=cast.mia)
    assert give_out() == 1
    assert assignee(waits[1]) == cast.alice


def test_who_works_in_two_departments_has_one_capacity(cast):
    gives(cast, "sales")
    Membership.objects.create(user=cast.alice, department=cast.departments["sales"])
    User.objects.filter(pk=cast.alice.pk).update(capacity=3)
    for department in ("support", "sales"):
        for _ in range(3):
            cast.asks(department=department)
    arrives(cast.alice)
    assert give_out() == 3


def test_work_is_fair_over_the_day_and_yesterday_does_not_count(cast):
    before = cast.asks(state="closed")
    for at in (timezone.now() - timedelta(days=2),) * 5:
        Assignment.objects.create(conversation=before, user=cast.alice, at=at)
    waits = [cast.asks(ago=ago) for ago in range(9, 1, -1)]
    arrives(cast.alice, cast.bob)
    give_out()
    taken = [assignee(one) for one in waits]
    assert (taken.count(cast.alice), taken.count(cast.bob)) == (4, 4)


def test_the_urgent_then_the_oldest_comes_first(cast):
    User.objects.filter(pk=cast.alice.pk).update(capacity=2)
    newer, oldest = cast.asks(ago=5), cast.asks(ago=50)
    urgent = cast.asks(ago=1, priority=3)
    arrives(cast.alice)
    give_out()
    assert [assignee(one) for one in (urgent, oldest, newer)] == [cast.alice, cast.alice, None]


def test_a_language_goes_to_who_speaks_it(cast):
    User.objects.filter(pk=cast.alice.pk).update(languages=["en"])
    User.objects.filter(pk=cast.bob.pk).update(languages=["de"])
    waits = [cast.asks(), cast.asks()]
    cast.decided(waits[0].messages.get(), signals={"senses": {"language": "de"}})
    waits[1].messages.update(language="de-AT")
    arrives(cast.alice, cast.bob)
    give_out()
    assert [assignee(one) for one in waits] == [cast.bob, cast.bob]
    assert "speaks German" in Event.objects.filter(kind="given").first().data["reason"]


def test_tags_and_products_are_looked_up_among_skills(cast):
    User.objects.filter(pk=cast.bob.pk).update(skills=["Heat pump", "refund"])
    tagged, named = cast.asks(ago=3), cast.asks(ago=2)
    tagged.tags.create(name="refund", at=NOW)
    cast.decided(named.messages.get(), signals={"senses": {"language": "", "products": ["heat pump"]}})
    arrives(cast.alice, cast.bob)
    give_out()
    assert [assignee(one) for one in (tagged, named)] == [cast.bob, cast.bob]


def test_who_has_answered_somebody_before_gets_them_again_on_another_network_too(cast):
    before = cast.asks(cast.dana[0], state="closed", ago=500)
    cast.says(before, "We look into it.", direction="out", author=cast.bob)
    waits = cast.asks(cast.dana[1])
    arrives(cast.alice, cast.bob)
    give_out()
    assert assignee(waits) == cast.bob
    assert Assignment.objects.get().explanation["before"]


def test_what_was_taken_from_its_assignee_by_hand_stays_with_nobody_until_the_customer_writes(cast):
    waits = cast.asks(cast.dana[0], assignee=cast.bob)
    triage.assign(waits, to=None, by=cast.bob)
    arrives(cast.alice, cast.bob)
    assert give_out() == 0
    cast.says(waits, "Is anybody there?", at=timezone.now())
    assert give_out() == 1


def test_what_was_handed_over_is_given_in_its_new_department(cast):
    waits = cast.asks(department="sales", assignee=cast.carol)
    triage.assign(waits, to=None, by=cast.carol)
    triage.hand_over(waits, to=cast.departments["support"], by=cast.carol, reason="A fault.")
    arrives(cast.alice)
    assert give_out() == 1


def test_what_somebody_who_is_away_has_stays_theirs_until_a_manager_gives_it_to_others(cast):
    theirs = [cast.asks(assignee=cast.bob), cast.asks(assignee=cast.bob, state="snoozed")]
    others = cast.asks(assignee=cast.carol, department="sales")
    arrives(cast.alice, cast.bob)
    presence.say(cast.bob, Presence.State.AWAY, timezone.now())
    assert give_out() == 0
    assert release(cast.bob, by=cast.mia, now=timezone.now()) == 2
    assert give_out() == 1
    assert [assignee(one) for one in (*theirs, others)] == [cast.alice, None, cast.carol]
    assert Event.objects.filter(kind="released", actor=cast.mia).count() == 2


def test_what_was_taken_from_somebody_goes_to_others_first_and_back_where_there_are_none(cast):
    waits = cast.asks()
    arrives(cast.bob)
    give_out()
    release(cast.bob, by=cast.mia, now=timezone.now())
    arrives(cast.alice, cast.bob)
    give_out()
    assert assignee(waits) == cast.alice
    release(cast.alice, by=cast.mia, now=timezone.now())
    Presence.objects.filter(user=cast.bob).update(state="away")
    give_out()
    assert assignee(waits) == cast.alice


def test_whoever_comes_back_finds_the_queue_given_to_them(cast):
    User.objects.filter(pk=cast.alice.pk).update(capacity=100)
    for _ in range(60):
        cast.asks()
    assert give_out() == 0
    assert presence.heard([cast.alice.pk], timezone.now()) == {cast.alice.pk}
    assert give_out() == 60


def test_the_number_of_statements_does_not_depend_on_how_much_waits(cast, django_assert_max_num_queries):
    for count in (1, 40):
        User.objects.update(capacity=1_000)
        for _ in range(count):
            cast.asks()
        arrives(cast.alice, cast.bob)
        with django_assert_max_num_queries(9):
            assert give_out() == count


def test_odd_lists_of_languages_and_skills_are_no_reason_to_give_nothing(cast):
    User.objects.filter(pk=cast.alice.pk).update(languages={"de": 1}, skills=[1, None, "x"])
    waits = cast.asks()
    cast.decided(waits.messages.get(), signals={"senses": "odd"})
    arrives(cast.alice)
    assert give_out() == 1
