"""The board: who has how much, what moves where, and what does not."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from inbox.board.balance import MOST, propose
from inbox.board.columns import Column, Load, Person
from inbox.models import Conversation
from inbox.sidebar import Pill, Queue
from people.models import Presence, User
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def page(user, show=""):
    return client_of(user).get(f"/board/{show}").content.decode()


def column(text, slug):
    return text.split(f'data-department="{slug}"')[1].split("</section>")[0]


def test_each_department_shows_its_load_its_people_and_what_waits_longest(cast):
    cast.asks(cast.dana[0], assignee=cast.alice, ago=90)
    cast.asks(ago=10)
    support = column(page(cast.mia), "support")
    assert "of 20" in support and "1/10" in support and "0/10" in support
    assert "1 unassigned" in support and "Oldest 1h 30m" in support
    assert "Dana Whitlock" in support and "Dana Whitlock" not in column(page(cast.mia), "sales")


def test_what_is_due_first_stands_first_and_segments_narrow_it_down(cast):
    late = cast.asks(text="late", ago=60 * 24 * 3)
    cast.asks(text="fresh", ago=1, assignee=cast.alice)
    support = column(page(cast.mia), "support")
    assert support.index("late") < support.index("fresh")
    assert "fresh" not in column(page(cast.mia, "?show=risk"), "support")
    assert f'data-id="{late.pk}"' in column(page(cast.mia, "?show=unassigned"), "support")
    assert "fresh" not in column(page(cast.mia, "?show=unassigned"), "support")


def test_only_a_part_of_a_long_queue_is_drawn_and_the_rest_is_a_link(cast):
    for _ in range(23):
        cast.asks()
    support = column(page(cast.mia), "support")
    assert support.count('class="tile"') == 20 and "Show 3 more" in support


def test_the_board_costs_the_same_however_much_there_is(cast, django_assert_max_num_queries):
    client = client_of(cast.mia)
    for department in ("support", "sales", "pr", "triage"):
        for _ in range(5):
            cast.asks(department=department)
    with django_assert_max_num_queries(12):
        client.get("/board/")


def test_a_move_is_shown_before_it_happens_and_taken_back_at_once(cast):
    ids = [cast.asks(cast.dana[0]).pk, cast.asks(department="sales").pk]
    client = client_of(cast.mia)
    preview = client.get("/board/move/", {"ids": ",".join(map(str, ids)), "to": "sales"}).content.decode()
    assert "1 goes to Sales, which has 2 open then." in preview and "is there already" in preview
    said = {"ids": ids, "to": "sales", "why": "Safety or legal.", "reason": "Brakes."}
    client.post("/board/move/", said)
    moved = Conversation.objects.get(pk=ids[0])
    assert (moved.department.slug, moved.handovers) == ("sales", 1)
    assert moved.events.get(kind="handover").data["reason"] == "Safety or legal. Brakes."
    client.post("/inbox/undo/")
    moved.refresh_from_db()
    assert (moved.department.slug, moved.handovers) == ("support", 0)


@pytest.mark.parametrize(
    ("said", "status", "says"),
    [
        ({"to": "sales"}, 422, "Say why"),
        ({"to": "nowhere", "reason": "Why not."}, 422, "There is no such department."),
        ({"reason": "Why not."}, 422, "Choose a department."),
        ({"person": "999999"}, 422, "Choose one of these colleagues."),
    ],
)
def test_a_move_without_what_it_needs_says_what_is_missing(cast, said, status, says):
    conversation = cast.asks()
    answer = client_of(cast.mia).post("/board/move/", {"ids": conversation.pk, **said})
    assert answer.status_code == status and says in answer.content.decode()


@pytest.mark.parametrize("ids", ["", "x", "9" * 40, "-1", "1;2"])
def test_nothing_that_is_there_moves_nothing(cast, ids):
    answer = client_of(cast.mia).post("/board/move/", {"ids": ids, "to": "sales", "reason": "Why not."})
    assert answer.status_code in (302, 403)


def test_dropped_on_a_person_it_is_theirs(cast):
    conversation = cast.asks()
    client_of(cast.mia).post("/board/move/", {"ids": conversation.pk, "person": cast.bob.pk})
    conversation.refresh_from_db()
    assert conversation.assignee == cast.bob
    client_of(cast.mia).post(
        "/board/move/", {"ids": conversation.pk, "person": cast.carol.pk, "to": "sales", "reason": "A sale."}
    )
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("sales", cast.carol)


def test_a_person_is_named_where_they_work_and_dropped_where_not(cast):
    asked = {"ids": cast.asks().pk, "person": cast.carol.pk, "to": "sales"}
    mia = client_of(cast.mia)
    assert f"To {cast.carol}" in mia.get("/board/move/", asked).content.decode()
    elsewhere = mia.get("/board/move/", asked | {"to": "pr"}).content.decode()
    assert f"{cast.carol} is not in PR" in elsewhere and 'name="person"' not in elsewhere
    refused = mia.post("/board/move/", asked | {"to": "pr", "reason": "A sale."})
    assert refused.status_code == 422 and 'name="person"' not in refused.content.decode()


def test_without_channels_it_leads_to_connecting_one(cast):
    cast.channel.delete()
    assert "An admin can do that." in page(cast.alice) and "/settings/channels/" in page(cast.adam)
    assert "Nothing here." not in page(cast.adam)


def test_agents_move_what_is_theirs_and_nothing_else(cast):
    ours, theirs = cast.asks(), cast.asks(department="pr")
    client_of(cast.alice).post("/board/move/", {"ids": [ours.pk, theirs.pk], "to": "sales", "reason": "A sale."})
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.department.slug, theirs.department.slug) == ("sales", "pr")
    answer = client_of(cast.charlie).post(
        "/board/move/", {"ids": theirs.pk, "to": "sales", "reason": "A sale."}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize("behind", ["/board/", "/contacts/1/"])
def test_a_page_that_is_not_the_inbox_is_told_to_ask_again(cast, behind):
    conversation = cast.asks()
    client, headers = client_of(cast.mia), {"HX-Request": "true", "HX-Current-URL": f"http://testserver{behind}"}
    moved = client.post("/board/move/", {"ids": conversation.pk, "to": "sales", "reason": "A sale."}, headers=headers)
    back = client.post("/inbox/undo/", headers=headers)
    for answer in (moved, back):
        assert json.loads(answer["HX-Trigger"])["inbox:done"]["ids"] == [conversation.pk]
        assert 'hx-target="#toasts"' in answer.content.decode()
        assert 'hx-target="#views"' not in answer.content.decode()
    conversation.refresh_from_db()
    assert conversation.department.slug == "support"


def test_who_may_not_is_told_on_the_page_they_come_from(cast):
    theirs = cast.asks(department="pr")
    for behind, after in (
        (f"/c/{theirs.pk}/snooze/", f"/inbox/open/c/{theirs.pk}/"),
        (f"/contacts/{theirs.pk}/", "/inbox/open/"),
    ):
        answer = client_of(cast.mia).post("/inbox/undo/", headers={"Referer": f"http://testserver{behind}"})
        assert answer.status_code == 302 and answer["Location"] == after


def test_load_is_shared_out_to_whoever_is_here_and_has_room(cast):
    Presence.objects.create(user=cast.bob, state="online", since=timezone.now(), seen_at=timezone.now())
    User.objects.filter(pk=cast.alice.pk).update(capacity=1)
    mine = [cast.asks(assignee=cast.alice).pk for _ in range(2)]
    free = cast.asks()
    client = client_of(cast.mia)
    proposal = client.get("/board/share/").content.decode()
    assert f'value="{free.pk}:{cast.bob.pk}"' in proposal
    assert sum(f'value="{pk}:{cast.bob.pk}"' in proposal for pk in mine) == 1
    client.post("/board/share/", {"shift": [f"{free.pk}:{cast.bob.pk}", "x:y", f"{10**17}:{cast.bob.pk}"]})
    free.refresh_from_db()
    assert free.assignee == cast.bob


def test_what_nobody_has_is_shared_out_however_much_others_have_that_is_due_before(cast):
    Presence.objects.create(user=cast.bob, state="online", since=timezone.now(), seen_at=timezone.now())
    User.objects.filter(pk=cast.alice.pk).update(capacity=1)
    cast.like(cast.asks(assignee=cast.alice, ago=500), 5 * MOST)
    free = cast.asks(ago=1)
    assert f'value="{free.pk}:{cast.bob.pk}"' in client_of(cast.mia).get("/board/share/").content.decode()


def test_nobody_gets_more_than_they_take_and_nobody_gives_what_they_have_room_for():
    def person(pk, has, most, here=True):
        return Person(pk, None, Load(has, most), here)

    queue = Queue(1, "support", "Support", "support", "", 60, False, 9, Pill())
    people = [person(1, 8, 4), person(2, 1, 3), person(3, 0, 2, here=False)]
    waiting = {1: [(10, None), (11, None), (12, 1), (13, 1)]}
    shifts = propose([Column(queue, Load(9, 9), people, 2, "", [])], waiting)
    assert [(one.conversation, one.to) for one in shifts] == [(10, 2), (11, 2)]


def test_the_third_hand_over_is_flagged_on_the_tile(cast):
    conversation = cast.asks(cast.dana[0])
    for department in ("sales", "pr", "marketing"):
        client_of(cast.mia).post(f"/c/{conversation.pk}/move/", {"department": department, "reason": "Theirs."})
    assert "Handed over 3 times" in column(page(cast.mia), "marketing")


def test_to_a_department_and_to_a_person_happen_both_or_not_and_are_taken_back_at_once(cast):
    conversation = cast.asks(assignee=cast.bob)
    mia = client_of(cast.mia)
    asked = {"ids": conversation.pk, "to": "sales", "reason": "A sale."}
    mia.post("/board/move/", asked | {"person": cast.bob.pk})
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("support", cast.bob)
    mia.post("/board/move/", asked | {"person": cast.carol.pk})
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("sales", cast.carol)
    mia.post("/inbox/undo/")
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("support", cast.bob)


def test_what_was_shared_out_among_several_is_taken_back_at_once(cast):
    one, two = cast.asks(), cast.asks()
    mia = client_of(cast.mia)
    mia.post("/board/share/", {"shift": [f"{one.pk}:{cast.bob.pk}", f"{two.pk}:{cast.alice.pk}"]})
    assert set(Conversation.objects.values_list("assignee", flat=True)) == {cast.bob.pk, cast.alice.pk}
    mia.post("/inbox/undo/")
    assert set(Conversation.objects.values_list("assignee", flat=True)) == {None}
