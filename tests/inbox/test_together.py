"""Departments that share a conversation: who takes part, the way back, links, and who follows."""

import pytest
from django.test import Client
from django.utils import timezone

from inbox import events, undo
from inbox.models import Contributor, Conversation, Deed, Follow, Link
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def card(user, conversation):
    return client_of(user).get(f"/c/{conversation.pk}/together/").content.decode()


def test_a_department_that_is_asked_may_answer_and_sees_why(cast):
    conversation = cast.asks(cast.dana[0])
    carol = client_of(cast.carol)
    assert carol.post(f"/c/{conversation.pk}/close/").status_code == 403
    client_of(cast.alice).post(f"/c/{conversation.pk}/ask/", {"department": "sales", "reason": "Wants a new car."})
    assert carol.post(f"/c/{conversation.pk}/close/").status_code == 302
    assert "Wants a new car." in card(cast.carol, conversation) and "asked by Alice Arnold" in card(
        cast.bob, conversation
    )
    page = client_of(cast.bob).get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    assert "Sales takes part" in page


@pytest.mark.parametrize(
    ("department", "reason", "status", "says"),
    [
        ("support", "Why not.", 302, "owns this conversation already"),
        ("sales", " ", 422, "Say why"),
        ("nobody", "Why not.", 422, "There is no such department."),
    ],
)
def test_nobody_is_asked_who_cannot_be(cast, department, reason, status, says):
    conversation = cast.asks()
    client = client_of(cast.alice)
    answer = client.post(f"/c/{conversation.pk}/ask/", {"department": department, "reason": reason})
    assert answer.status_code == status
    shown = answer if status == 422 else client.get("/inbox/")
    assert says in shown.content.decode()
    assert not Contributor.objects.exists()


def test_asking_and_leaving_can_be_taken_back(cast):
    conversation = cast.asks()
    alice = client_of(cast.alice)
    alice.post(f"/c/{conversation.pk}/ask/", {"department": "sales", "reason": "Wants a new car."})
    alice.post(f"/c/{conversation.pk}/leave/", {"department": "sales"})
    assert not Contributor.objects.exists()
    alice.post("/inbox/undo/")
    assert Contributor.objects.get().reason == "Wants a new car."
    alice.post("/inbox/undo/")
    assert not Contributor.objects.exists()
    assert [event.kind for event in conversation.events.order_by("pk")][-2:] == ["undone", "undone"]


def test_it_goes_back_to_where_it_came_from_with_a_reason_and_the_way_is_shown(cast):
    conversation = cast.asks(cast.dana[0])
    client_of(cast.alice).post(f"/c/{conversation.pk}/move/", {"department": "sales", "reason": "Wants a new car."})
    client_of(cast.carol).post(f"/c/{conversation.pk}/back/", {"reason": "Only a spare part."})
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.handovers) == ("support", 2)
    shown = card(cast.bob, conversation)
    assert "Moved 2 times" in shown and shown.index("Wants a new car.") < shown.index("Only a spare part.")


def test_a_hand_over_that_was_taken_back_is_no_step_of_the_way(cast):
    conversation = cast.asks(cast.dana[0])
    mia = client_of(cast.mia)
    for department in ("sales", "support"):
        mia.post(f"/c/{conversation.pk}/move/", {"department": department, "reason": f"Theirs: {department}."})
    mia.post("/inbox/undo/")
    shown = card(cast.mia, conversation)
    assert "Moved 1 time<" in shown and "Theirs: sales." in shown and "Hand back" in shown
    mia.post("/inbox/undo/")
    shown = card(cast.mia, conversation)
    assert "Moved" not in shown and "Hand back" not in shown
    assert mia.get(f"/c/{conversation.pk}/back/", headers={"HX-Request": "true"}).status_code == 409


def test_what_the_router_moved_cannot_be_handed_back(cast):
    conversation = cast.asks(cast.dana[0])
    data = {"from": "Sales", "to": "Support"}
    events.record([events.Entry.of(conversation, "routed", at=timezone.now(), data=data)])
    shown = card(cast.alice, conversation)
    assert "Moved 1 time<" in shown and "Hand back" not in shown


def test_it_goes_back_to_the_person_who_had_it_and_says_so(cast):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice)
    client_of(cast.bob).post(f"/c/{conversation.pk}/move/", {"department": "sales", "reason": "Wants a new car."})
    client_of(cast.carol).post(f"/c/{conversation.pk}/assign/", {"to": cast.carol.pk})
    carol = client_of(cast.carol)
    assert "Alice Arnold, who had it, gets it again." in carol.get(f"/c/{conversation.pk}/back/").content.decode()
    carol.post(f"/c/{conversation.pk}/back/", {"reason": "Only a spare part."})
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("support", cast.alice)
    assert "Moved to Support, Alice Arnold has it" in carol.get("/inbox/").content.decode()
    # In one deed: who takes it back has all of it back.
    assert undo.take_back(Deed.objects.filter(user=cast.carol).latest("pk").pk, by=cast.carol).ids == [conversation.pk]
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("sales", cast.carol)


@pytest.mark.parametrize("why", ["switched off", "works elsewhere"])
def test_who_can_have_it_no_more_is_named_and_it_goes_to_the_department(cast, why):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice)
    client_of(cast.mia).post(f"/c/{conversation.pk}/move/", {"department": "sales", "reason": "Wants a new car."})
    if why == "switched off":
        type(cast.alice).objects.filter(pk=cast.alice.pk).update(is_active=False)
    else:
        cast.alice.departments.clear()
    carol = client_of(cast.carol)
    shown = carol.get(f"/c/{conversation.pk}/back/").content.decode()
    assert "Alice Arnold, who had it, does not work there any more" in shown
    carol.post(f"/c/{conversation.pk}/back/", {"reason": "Only a spare part."})
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("support", None)


def test_what_nobody_handed_over_cannot_go_back(cast):
    conversation = cast.asks()
    client = client_of(cast.alice)
    client.post(f"/c/{conversation.pk}/back/", {"reason": "Not ours."})
    assert "Nobody has handed this conversation over" in client.get("/inbox/").content.decode()


def test_a_third_hand_over_is_flagged(cast):
    conversation = cast.asks(cast.dana[0])
    for department in ("sales", "pr", "marketing"):
        client_of(cast.mia).post(f"/c/{conversation.pk}/move/", {"department": department, "reason": "Theirs."})
    assert "moved 3 times" in client_of(cast.alice).get(f"/inbox/open/c/{conversation.pk}/").content.decode()


def test_linked_conversations_stand_on_both_and_once(cast):
    one, other = cast.asks(cast.dana[0]), cast.asks(cast.dana[1], department="sales")
    alice = client_of(cast.alice)
    for _ in range(2):
        alice.post(f"/c/{one.pk}/link/", {"other": f"#{other.pk}", "reason": "The same car."})
    assert Link.objects.count() == 1
    assert f"#{other.pk}" in card(cast.alice, one) and f"#{one.pk}" in card(cast.carol, other)
    assert [event.kind for event in other.events.order_by("pk")] == ["message", "linked"]
    client_of(cast.carol).post(f"/c/{other.pk}/unlink/", {"other": one.pk})
    assert not Link.objects.exists()


def test_links_are_taken_back_step_by_step_with_their_reason_and_told_at_both_ends(cast):
    one, other = cast.asks(cast.dana[0]), cast.asks(cast.dana[1], department="sales")
    alice = client_of(cast.alice)
    alice.post(f"/c/{one.pk}/link/", {"other": other.pk, "reason": "The same car."})
    alice.post(f"/c/{one.pk}/unlink/", {"other": other.pk})
    assert not Link.objects.exists()
    alice.post("/inbox/undo/")
    link = Link.objects.get()
    assert (link.one, link.other, link.reason, link.by) == (one, other, "The same car.", cast.alice)
    alice.post("/inbox/undo/")
    assert not Link.objects.exists()
    assert [event.kind for event in one.events.order_by("pk")][1:] == ["linked", "unlinked", "undone", "undone"]
    assert [event.kind for event in other.events.order_by("pk")][1:] == ["linked", "unlinked", "linked", "unlinked"]


def test_what_a_colleague_has_unlinked_meanwhile_is_not_taken_back(cast):
    one, other = cast.asks(cast.dana[0]), cast.asks(cast.dana[1], department="sales")
    alice = client_of(cast.alice)
    alice.post(f"/c/{one.pk}/link/", {"other": other.pk})
    client_of(cast.carol).post(f"/c/{other.pk}/unlink/", {"other": one.pk})
    answer = alice.post("/inbox/undo/", headers={"HX-Request": "true"})
    assert answer.status_code == 409 and "has changed it since" in answer.content.decode()


def test_following_is_taken_back_and_begun_again(cast):
    conversation = cast.asks(cast.dana[0])
    charlie = client_of(cast.charlie)
    charlie.post(f"/c/{conversation.pk}/follow/")
    charlie.post(f"/c/{conversation.pk}/follow/")
    charlie.post("/inbox/undo/")
    assert Follow.objects.get().conversation == conversation
    charlie.post("/inbox/undo/")
    assert not Follow.objects.exists()
    assert [event.kind for event in conversation.events.all()] == ["message"]


@pytest.mark.parametrize("other", ["", "0", "x", "9" * 30, "self"])
def test_what_cannot_be_linked_is_told(cast, other):
    one = cast.asks()
    given = str(one.pk) if other == "self" else other
    answer = client_of(cast.alice).post(f"/c/{one.pk}/link/", {"other": given}, headers={"HX-Request": "true"})
    assert answer.status_code in (409, 422) and not Link.objects.exists()


def test_links_are_found_by_number_and_by_name(cast):
    one, other = cast.asks(), cast.asks(cast.dana[0])
    alice = client_of(cast.alice)
    for q in (f"#{other.pk}", "whitl"):
        page = alice.get(f"/c/{one.pk}/link/", {"q": q}, headers={"HX-Request": "true"}).content.decode()
        assert f'value="{other.pk}"' in page
    assert (
        "Nothing found"
        in alice.get(f"/c/{one.pk}/link/", {"q": "nobody at all"}, headers={"HX-Request": "true"}).content.decode()
    )


def test_following_is_seen_by_colleagues_and_ends_with_the_same_button(cast):
    conversation = cast.asks(cast.dana[0])
    carol = client_of(cast.carol)
    carol.post(f"/c/{conversation.pk}/follow/")
    assert "Carol Costa" in card(cast.alice, conversation)
    assert "Dana Whitlock" in carol.get("/inbox/following/").content.decode()
    carol.post(f"/c/{conversation.pk}/follow/")
    assert not Follow.objects.exists()


def test_a_person_is_followed_on_their_page(cast):
    contact = cast.dana[0].contact_id
    carol = client_of(cast.carol)
    carol.post(f"/contacts/{contact}/follow/")
    assert 'aria-pressed="true"' in carol.get(f"/contacts/{contact}/follow/").content.decode()
    assert "Carol Costa" in card(cast.alice, cast.asks(cast.dana[1]))


def test_the_card_costs_the_same_however_much_there_is(cast, django_assert_max_num_queries):
    conversation = cast.asks(cast.dana[0])
    alice = client_of(cast.mia)
    for slug in ("sales", "pr", "marketing"):
        alice.post(f"/c/{conversation.pk}/ask/", {"department": slug, "reason": "All of us."})
    for _ in range(8):
        alice.post(f"/c/{conversation.pk}/link/", {"other": cast.asks().pk})
    with django_assert_max_num_queries(10):
        alice.get(f"/c/{conversation.pk}/together/")
    assert Conversation.objects.count() == 9


def test_whose_department_left_by_mistake_comes_back_by_taking_that_back(cast):
    conversation = cast.asks()
    client_of(cast.alice).post(f"/c/{conversation.pk}/ask/", {"department": "sales", "reason": "Wants a new car."})
    carol = client_of(cast.carol)
    carol.post(f"/c/{conversation.pk}/leave/", {"department": "sales"})
    assert not Contributor.objects.exists()
    carol.post("/inbox/undo/")
    assert Contributor.objects.get().reason == "Wants a new car."
