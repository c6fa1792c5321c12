"""Presence, capacity, languages and skills, through the pages; and who may change what of whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from inbox import assigning, triage
from inbox.models import Conversation, Event
from people.models import Presence, User
from routing.models import Service
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def mia(cast):
    return client_of(cast.mia)


@pytest.fixture
def adam(cast):
    return client_of(cast.adam)


def said(cast, **others):
    return {
        "capacity": "5",
        "languages": "German, en",
        "skills": "Refunds, heat pump,refunds",
        "departments": [cast.departments["support"].pk],
        **others,
    }


def change(client, user, data):
    return client.post(reverse("person", args=[user.pk]), data)


def here(user, ago=0):
    at = timezone.now() - timedelta(minutes=ago)
    Presence.objects.update_or_create(user=user, defaults={"state": "online", "since": at, "seen_at": at})


def page(client, *, name="people"):
    return client.get(reverse(name)).content.decode()


def test_what_a_colleague_takes_on_and_can_do_is_kept(cast, mia):
    assert change(mia, cast.bob, said(cast, departments=[cast.departments["sales"].pk])).status_code == 302
    bob = User.objects.get(pk=cast.bob.pk)
    assert (bob.capacity, bob.languages, bob.skills) == (5, ["de", "en"], ["refunds", "heat pump"])
    assert [one.slug for one in bob.departments.all()] == ["sales"]
    shown = page(mia)
    assert "German, English" in shown
    assert "0 of 5" in shown


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"capacity": "-1"}, "greater than or equal to 0"),
        ({"capacity": "many"}, "whole number"),
        ({"capacity": "99999999999999999999"}, "less than or equal to 1000"),
        ({"languages": "Klingonish"}, "no language that is known here"),
        ({"languages": "de, <b>"}, "&lt;b&gt;"),
        ({"skills": "x" * 51}, "longer than 50"),
        ({"skills": ",".join(map(str, range(31)))}, "too many"),
        ({"skills": "a\0b"}, "Null characters"),
        ({"departments": ["999999"]}, "no such department"),
        ({"departments": ["x\0"]}, 'role="alert"'),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast, mia, wrong, says):
    answer = change(mia, cast.bob, said(cast, **wrong))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert User.objects.get(pk=cast.bob.pk).capacity == 10


def test_managers_change_no_roles_whatever_they_send(cast, mia):
    assert 'name="role"' not in mia.get(reverse("person", args=[cast.bob.pk])).content.decode()
    change(mia, cast.mia, said(cast, role="admin", is_active="on"))
    assert User.objects.get(pk=cast.mia.pk).role == "manager"


def test_an_admin_gives_a_role_and_switches_somebody_off_who_then_has_nothing_any_more(cast, adam):
    theirs = cast.asks(assignee=cast.bob)
    change(adam, cast.bob, said(cast, role="manager", is_active="on"))
    assert User.objects.get(pk=cast.bob.pk).is_manager
    change(adam, cast.bob, said(cast, role="manager"))
    assert not User.objects.get(pk=cast.bob.pk).is_active
    assert Conversation.objects.get(pk=theirs.pk).assignee is None
    assert "may not log in" in page(adam)


@pytest.mark.parametrize("others", [{"role": "agent", "is_active": "on"}, {"role": "admin"}])
def test_an_admin_does_not_shut_themselves_out(cast, adam, others):
    answer = change(adam, cast.adam, said(cast, **others))
    assert answer.status_code == 422
    assert "you would shut yourself out" in answer.content.decode()


def test_departments_are_chosen_that_give_new_conversations_out(cast, mia):
    Service.objects.create(department=cast.departments["pr"], assigns=True)
    mia.post(reverse("people"), {"assigns": ["support", "sales"]})
    assert sorted(Service.objects.filter(assigns=True).values_list("department__slug", flat=True)) == [
        "sales",
        "support",
    ]
    mia.post(reverse("people"), {})
    assert not Service.objects.filter(assigns=True).exists()
    assert mia.post(reverse("people"), {"assigns": ["nowhere"]}).status_code == 422


def test_everybody_says_whether_they_are_there_and_is_led_back_to_their_page(cast):
    alice = client_of(cast.alice)
    answer = alice.post(reverse("presence"), {"state": "online"}, headers={"Referer": "http://testserver/contacts/"})
    assert answer["Location"] == "http://testserver/contacts/"
    assert Presence.objects.get().state == "online"
    answer = alice.post(reverse("presence"), {"state": "away"}, headers={"Referer": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("inbox")
    assert Presence.objects.get().state == "away"
    part = alice.post(reverse("presence"), {"state": "online"}, headers={"HX-Request": "true"})
    assert 'value="online" aria-pressed="true"' in part.content.decode()


@pytest.mark.parametrize("state", ["", "busy", "a\0", "x" * 10_000])
def test_another_state_is_refused(cast, state):
    alice = client_of(cast.alice)
    assert alice.post(reverse("presence"), {"state": state}, headers={"HX-Request": "true"}).status_code == 422
    assert not Presence.objects.exists()


def test_logging_in_makes_nobody_available(cast):
    client_of(cast.alice).get(reverse("inbox"))
    assert not Presence.objects.exists()


def test_who_is_there_is_shown_where_somebody_is_chosen(cast):
    here(cast.bob)
    conversation = cast.asks(cast.dana[0])
    shown = client_of(cast.alice).get(reverse("assign", args=[conversation.pk])).content.decode()
    assert shown.split("assign-title")[-1].count('data-there="yes"') == 1
    assert ">away<" in shown


def test_the_card_says_why_somebody_has_it_until_a_person_chooses(cast, mia):
    Service.objects.create(department=cast.departments["support"], assigns=True)
    conversation = cast.asks(cast.dana[0])
    here(cast.alice)
    assigning.give_out(timezone.now())
    address = reverse("conversation", args=["open", conversation.pk])
    shown = mia.get(address).content.decode()
    assert "Why Alice?" in shown
    assert "Given by itself: here, 0 of 10 open, nobody else is free" in shown
    assert "Given to Alice Arnold: here, 0 of 10 open" in shown
    triage.assign(conversation, to=cast.bob, by=cast.mia)
    triage.assign(conversation, to=cast.alice, by=cast.mia)
    assert "Given by itself" not in mia.get(address).content.decode()


def test_what_somebody_who_is_away_has_is_said_and_given_to_others_by_a_manager(cast, mia):
    conversation = cast.asks(cast.dana[0], assignee=cast.bob)
    here(cast.bob, ago=30)
    assert "Bob is away" in mia.get(reverse("conversation", args=["open", conversation.pk])).content.decode()
    assert "Give what Bob Brandt has to others" in page(mia)
    asks = mia.get(reverse("person_give", args=[cast.bob.pk])).content.decode()
    assert "1 conversation goes back to its queue" in asks
    mia.post(reverse("person_give", args=[cast.bob.pk]))
    mia.post(reverse("person_give", args=[cast.bob.pk]))
    assert Conversation.objects.get(pk=conversation.pk).assignee is None
    assert Event.objects.filter(kind="released", actor=cast.mia).count() == 1


def test_the_list_of_people_costs_the_same_however_many_they_are(cast, mia, django_assert_max_num_queries):
    for number in range(30):
        user = User.objects.create_user(f"user{number}", name=f"User {number}")
        user.departments.add(cast.departments["support"])
        cast.asks(assignee=user)
    with django_assert_max_num_queries(8):
        page(mia)
