"""Whoever moves one conversation is shown those that are like it, and moves them along."""

import re

import pytest
from django.test import Client

from inbox import similar, triage
from inbox.models import Conversation, Decision, Event
from routing.models import Example
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def client_of(user):
    client = Client(headers={"HX-Request": "true"})
    client.force_login(user)
    return client


def asks(cast, text, **fields):
    decision = fields.pop("decision", {})
    conversation = cast.asks(text=text, **fields)
    cast.decided(conversation.messages.get(), fields.get("department", "support"), **decision)
    return conversation


@pytest.fixture
def queue(cast):
    """One that was moved, three like it, and some that are not, or that may not be moved."""
    moved = asks(cast, "What does the new estate cost with a tow bar?")
    like = [
        asks(cast, text)
        for text in (
            "What does the new estate cost with a roof box?",
            "How much does the new estate cost?",
            "what would the new estate cost me with a tow bar",
        )
    ]
    asks(cast, "The brake light stays on since this morning.")
    asks(cast, "What does the new estate cost with a tow bar?", assignee=cast.bob)
    asks(cast, "What does the new estate cost with a tow bar?", department="pr")
    asks(cast, "What does the new estate cost with a tow bar?", moved_by_hand=True)
    asks(cast, "What does the new estate cost with a tow bar?", state="closed")
    asks(cast, "What does the new estate cost with a tow bar?", decision={"source": Decision.Source.RULE, "rule": 3})
    triage.hand_over(moved, to=cast.departments["sales"], by=cast.alice, reason="Wants a new car.")
    moved.refresh_from_db()
    return moved, like


def owners(conversations):
    return [Conversation.objects.get(pk=one.pk).department.slug for one in conversations]


def test_those_that_are_like_it_and_untouched_are_found(cast, queue):
    moved, like = queue
    found = similar.find(moved, by=cast.alice)
    assert {one.conversation for one in found.alike} == {one.pk for one in like}
    assert (found.before.slug, found.to.slug, found.is_all) == ("support", "sales", True)
    assert all(one.likeness >= similar.ALIKE for one in found.alike)


def test_the_toast_says_how_many_and_the_dialog_lists_them(cast, queue):
    moved, like = queue
    client = client_of(cast.alice)
    assert "3 more like this" in client.get(f"/c/{moved.pk}/similar/?brief").content.decode()
    page = client.get(f"/c/{moved.pk}/similar/").content.decode()
    assert page.count('name="chosen"') == 3
    assert "Wants a new car." in page
    assert "How much does the new estate cost?" in page


def test_after_a_move_the_page_asks_for_them(cast, queue):
    another = asks(cast, "The seat creaks.")
    said = client_of(cast.alice).post(f"/c/{another.pk}/move/", {"department": "pr", "reason": "In the papers."})
    assert f"/c/{another.pk}/similar/?brief" in said.content.decode()


def test_the_chosen_ones_go_with_the_same_reason_and_become_examples(cast, queue):
    moved, like = queue
    body = {"chosen": [one.pk for one in like[:2]], "reason": "Wants a new car."}
    said = client_of(cast.alice).post(f"/c/{moved.pk}/similar/", body).content.decode()
    assert "2 moved to Sales" in said
    assert owners(like) == ["sales", "sales", "support"]
    event = Event.objects.filter(kind="handover", conversation=like[0]).get()
    assert (event.actor, event.data["reason"]) == (cast.alice, "Wants a new car.")
    examples = Example.objects.filter(source=Example.Source.SIMILAR)
    assert {one.department for one in examples} == {"sales"}
    origin = Example.objects.get(source=Example.Source.HANDOVER)
    assert {one.is_held_back for one in examples} == {origin.is_held_back}
    assert len(examples) == 2


def test_it_can_be_taken_back_once(cast, queue):
    moved, like = queue
    client = client_of(cast.alice)
    body = {"chosen": [one.pk for one in like], "reason": "Wants a new car."}
    page = client.post(f"/c/{moved.pk}/similar/", body).content.decode()
    (address,) = set(re.findall(r'hx-post="(/inbox/undo/\d+/)"', page))
    triage.assign(like[2], to=cast.mia, by=cast.mia)
    assert client_of(cast.bob).post(address).status_code == 404
    assert "2 of 3 taken back. Mia Meyer has changed the other since." in client.post(address).content.decode()
    assert owners(like) == ["support", "support", "sales"]
    assert Example.objects.filter(source=Example.Source.SIMILAR).count() == 1
    back = Conversation.objects.get(pk=like[0].pk)
    assert (back.moved_by_hand, back.handovers) == (False, 0)
    assert client.post(address).status_code == 409


def test_it_is_one_of_the_things_that_the_key_and_the_history_take_back(cast, queue):
    moved, like = queue
    client = client_of(cast.alice)
    client.post(f"/c/{moved.pk}/similar/", {"chosen": [one.pk for one in like], "reason": "Wants a new car."})
    assert "3 moved to Sales" in client.get("/inbox/history/").content.decode()
    assert "Taken back: 3 moved to Sales" in client.post("/inbox/undo/").content.decode()
    assert owners([moved, *like]) == ["sales", *["support"] * 3]
    assert not Example.objects.filter(source=Example.Source.SIMILAR).exists()
    # The next press takes back the move that all began with.
    client.post("/inbox/undo/")
    assert owners([moved, *like]) == ["support"] * 4


def test_nothing_moves_that_somebody_has_touched_meanwhile(cast, queue):
    moved, like = queue
    client = client_of(cast.alice)
    triage.hand_over(like[0], to=cast.departments["pr"], by=cast.mia, reason="In the papers.")
    said = client.post(f"/c/{moved.pk}/similar/", {"chosen": [like[0].pk], "reason": "Wants a new car."})
    assert said.status_code == 422
    assert owners(like[:1]) == ["pr"]


def test_what_was_taken_up_meanwhile_does_not_hold_up_the_others(cast, queue):
    moved, like = queue
    triage.assign(like[0], to=cast.mia, by=cast.mia)
    client, url = client_of(cast.alice), f"/c/{moved.pk}/similar/"
    alone = client.post(url, {"chosen": [like[0].pk], "reason": "Wants a new car."})
    assert alone.status_code == 422
    assert "What you chose is not there any more." in alone.content.decode()
    page = client.post(url, {"chosen": [one.pk for one in like], "reason": "Wants a new car."})
    assert "2 moved to Sales" in page.content.decode()
    assert owners(like) == ["support", "sales", "sales"]


def test_agents_move_only_where_they_may_act(cast, queue):
    moved, like = queue
    assert similar.find(moved, by=cast.charlie).alike == []
    said = client_of(cast.charlie).post(f"/c/{moved.pk}/similar/", {"chosen": [like[0].pk], "reason": "No."})
    assert said.status_code == 422
    assert owners(like) == ["support"] * 3


@pytest.mark.parametrize(
    "body", [{}, {"chosen": ["x"], "reason": "a"}, {"chosen": ["1\0"], "reason": "\0"}, {"chosen": ["9" * 30]}]
)
def test_nonsense_is_refused_where_the_person_looks(cast, queue, body):
    moved, like = queue
    said = client_of(cast.alice).post(f"/c/{moved.pk}/similar/", body)
    assert said.status_code == 422
    assert 'role="alert"' in said.content.decode()
    assert owners(like) == ["support"] * 3


def test_without_a_move_there_is_nothing_to_move_along(cast):
    conversation = asks(cast, "Hello")
    client = client_of(cast.alice)
    assert client.get(f"/c/{conversation.pk}/similar/?brief").content.strip() == b""
    assert client.get(f"/c/{conversation.pk}/similar/").status_code == 409


def test_looking_costs_as_many_statements_however_many_there_are(cast, queue, django_assert_max_num_queries):
    moved, _ = queue
    for number in range(30):
        asks(cast, f"What does the new estate cost with option {number}?")
    with django_assert_max_num_queries(7):
        found = similar.find(moved, by=cast.alice)
    assert len(found.alike) == similar.SHOWN
