"""Taking back: every verb of triage, several steps, only what still is as it was left; and what one did."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox import noise, priorities, seen, snoozing, tagging, triage, undo
from inbox.models import Contributor, Conversation, Deed, Delivery, Seen
from people.models import User
from routing.models import Example
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def look(conversation):
    """All that triage can change of a conversation."""
    now = Conversation.objects.get(pk=conversation.pk)
    tags = sorted(now.tags.values_list("name", flat=True))
    asked = sorted(now.contributors.values_list("department__slug", "reason"))
    examples = list(
        Example.objects.filter(message__in=now.messages.values("pk"))
        .order_by("pk")
        .values_list("department", "source", "by")
    )
    return (
        now.state, now.snoozed_until, now.department.slug, now.assignee_id, now.priority, now.moved_by_hand,
        now.handovers, now.due_at, now.paused_since, now.paused_seconds, tags, asked, examples,
    )  # fmt: skip


def later(hours=3):
    return timezone.now() + timedelta(hours=hours)


VERBS = {
    "close": lambda cast, about, by: triage.close(about, by=by),
    "reopen": lambda cast, about, by: triage.reopen(about, by=by),
    "take": lambda cast, about, by: triage.assign(about, to=by, by=by),
    "nobody": lambda cast, about, by: triage.assign(about, to=None, by=by),
    "to triage": lambda cast, about, by: triage.hand_over(
        about, to=cast.departments["triage"], by=by, reason="Not ours."
    ),
    "to sales": lambda cast, about, by: triage.hand_over(about, to=cast.departments["sales"], by=by, reason="Buys."),
    "urgent": lambda cast, about, by: priorities.prioritise(about, to=3, by=by),
    "snooze": lambda cast, about, by: snoozing.snooze(about, until=later(), by=by),
    "spam": lambda cast, about, by: noise.set_aside(about, by=by),
    "back": lambda cast, about, by: noise.bring_back(about, by=by),
    "tag": lambda cast, about, by: tagging.tag(about, add=["vip", "brakes"], by=by),
    "untag": lambda cast, about, by: tagging.tag(about, remove=["VIP"], by=by),
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_taken_back_as_if_it_had_not_been(cast, verb):
    conversation = cast.asks(state="noise" if verb == "back" else "closed" if verb == "reopen" else "open")
    Contributor.objects.create(
        conversation=conversation,
        department=cast.departments["sales"],
        reason="Asks for a price.",
        created_at=timezone.now(),
    )
    if verb == "nobody":
        triage.assign(conversation, to=cast.alice, by=cast.mia)
    if verb == "untag":
        tagging.tag(conversation, add=["vip"], by=cast.mia)
    before = look(conversation)
    done = VERBS[verb](cast, conversation, cast.alice)
    assert look(conversation) != before
    assert undo.take_back(done.deed, by=cast.alice).ids == [conversation.pk]
    assert look(conversation) == before
    assert conversation.events.filter(kind="undone", actor=cast.alice).count() == 1
    assert undo.take_back(done.deed, by=cast.alice) is None


def test_what_was_learnt_before_is_said_again(cast):
    conversation = cast.asks()
    triage.hand_over(conversation, to=cast.departments["sales"], by=cast.mia, reason="Buys.")
    example = Example.objects.values().get()
    done = triage.hand_over(conversation, to=cast.departments["pr"], by=cast.mia, reason="A journalist.")
    assert Example.objects.get().department == "pr"
    undo.take_back(done.deed, by=cast.mia)
    assert Example.objects.values().get() == example


def test_several_steps_go_back_one_after_the_other(cast):
    alice, conversation = client_of(cast.alice), cast.asks()
    steps = []
    for verb in ("take", "urgent", "tag", "close"):
        steps.append(look(conversation))
        VERBS[verb](cast, conversation, cast.alice)
    for before in reversed(steps):
        alice.post(reverse("take_back"))
        assert look(conversation) == before
    answer = alice.post(reverse("take_back"), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "nothing to take back" in answer.content.decode()


def test_what_somebody_else_changed_meanwhile_stays_and_is_said(cast):
    some = [cast.asks() for _ in range(3)]
    done = triage.close([one.pk for one in some], by=cast.alice)
    triage.reopen(some[0], by=cast.bob)
    back = undo.take_back(done.deed, by=cast.alice)
    assert back.said() == "2 of 3 taken back. Bob Brandt has changed the other since."
    assert look(some[1])[0] == "open"
    assert some[0].events.filter(kind="undone").count() == 0
    lost = triage.close(some[1], by=cast.alice)
    triage.assign(some[1], to=cast.bob, by=cast.bob)  # touches something else
    triage.reopen(some[1], by=cast.bob)
    answer = client_of(cast.alice).post(reverse("deed_undo", args=[lost.deed]), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Bob Brandt has changed it since" in answer.content.decode()
    assert look(some[1])[3] == cast.bob.pk


def test_who_was_moved_out_of_reach_is_brought_back_by_whoever_moved_it(cast):
    conversation = cast.asks()
    before = look(conversation)
    done = VERBS["to sales"](cast, conversation, cast.alice)
    with pytest.raises(triage.NotAllowed):
        triage.close(conversation, by=cast.alice)
    undo.take_back(done.deed, by=cast.alice)
    assert look(conversation) == before


def test_nobody_takes_back_what_is_not_theirs_any_more(cast):
    conversation = cast.asks()
    done = VERBS["close"](cast, conversation, cast.alice)
    assert client_of(cast.mia).post(reverse("deed_undo", args=[done.deed])).status_code == 404
    cast.alice.departments.clear()
    assert undo.take_back(done.deed, by=cast.alice).ids == []
    assert look(conversation)[0] == "closed"


def test_nothing_is_given_to_somebody_who_has_left(cast):
    conversation = cast.asks(assignee=cast.bob)
    done = triage.assign(conversation, to=None, by=cast.alice)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert undo.take_back(done.deed, by=cast.alice).left == [conversation.pk]
    assert look(conversation)[3] is None


def test_unread_is_read_again(cast):
    alice, conversation = client_of(cast.alice), cast.asks(department="sales")
    Seen.objects.create(user=cast.alice, conversation=conversation, at=timezone.now())
    alice.post(reverse("unread", args=[conversation.pk]))
    assert not Seen.objects.exists()
    alice.post(reverse("take_back"))
    assert Seen.objects.get().user == cast.alice
    assert seen.unmark([cast.asks().pk], by=cast.alice) is None


def test_what_is_marked_as_unread_while_it_is_open_stays_so(cast):
    alice, conversation = client_of(cast.alice), cast.asks()
    alice.get(f"/inbox/open/c/{conversation.pk}/")
    alice.post(reverse("unread", args=[conversation.pk]))
    alice.post(f"/c/{conversation.pk}/tags/", {"new": "vip"})
    # As the page asks when it hears of what it did itself.
    alice.get(f"/inbox/open/changes/?open={conversation.pk}&reading=1&known=1", headers={"HX-Request": "true"})
    assert not Seen.objects.exists()
    for _ in range(2):
        alice.post(reverse("take_back"))
    assert Seen.objects.get().user == cast.alice


def test_the_newest_of_deeds_and_replies_is_taken_back(cast):
    alice, conversation = client_of(cast.alice), cast.asks()
    triage.assign(conversation, to=cast.alice, by=cast.alice)
    reply = cast.says(conversation, "We look into it.", direction="out", author=cast.alice)
    Delivery.objects.create(
        message=reply, channel=cast.channel, state="queued", click=uuid4(), client_key=uuid4(), send_after=later()
    )
    alice.post(reverse("take_back"))
    assert Delivery.objects.get().state == "draft"
    assert look(conversation)[3] == cast.alice.pk
    alice.post(reverse("take_back"))
    assert look(conversation)[3] is None


def test_the_history_shows_what_one_did_and_takes_it_back(cast):
    alice, conversation = client_of(cast.alice), cast.asks(cast.dana[0])
    done = triage.close(conversation, by=cast.alice)
    triage.close(cast.asks(), by=cast.bob)
    page = alice.get(reverse("history")).content.decode()
    assert "Dana Whitlock" in page
    assert page.count("Undo: Closed") == 1
    answer = alice.post(
        reverse("deed_undo", args=[done.deed]), headers={"Referer": f"http://testserver{reverse('history')}"}
    )
    assert answer["Location"] == reverse("history")
    assert look(conversation)[0] == "open"
    assert "Taken back" in alice.get(reverse("history")).content.decode()


def test_old_deeds_are_forgotten(cast):
    done = triage.close(cast.asks(), by=cast.alice)
    Deed.objects.update(at=timezone.now() - timedelta(days=8))
    assert undo.newest(cast.alice) is None
    assert undo.take_back(done.deed, by=cast.alice) is None
    assert undo.forget(timezone.now()) == 1


def test_taking_back_brings_the_line_back_for_the_page(cast):
    conversation = cast.asks()
    done = triage.close(conversation, by=cast.alice)
    answer = client_of(cast.alice).post(reverse("deed_undo", args=[done.deed]), headers={"HX-Request": "true"})
    assert f'data-returns="{conversation.pk}"' in answer.content.decode()
    some = [cast.asks().pk for _ in range(2)]
    many = triage.close(some, by=cast.alice)
    answer = client_of(cast.alice).post(reverse("deed_undo", args=[many.deed]), headers={"HX-Request": "true"})
    assert json.loads(answer["HX-Trigger"])["inbox:done"]["ids"] == some


_STEP = st.tuples(
    st.sampled_from(["alice", "mia"]), st.sampled_from(sorted(VERBS)), st.sets(st.integers(0, 2), min_size=1)
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_STEP, max_size=6))
def test_whatever_was_done_all_that_nobody_else_touched_is_as_before_once_taken_back(cast, steps):
    """Two people act in any order on three conversations; then one takes back all that they did."""
    with transaction.atomic():
        three = [cast.asks(), cast.asks(assignee=cast.bob), cast.asks(department="triage")]
        before = [look(one) for one in three]
        touched = set()
        for name, verb, which in steps:
            about = [three[at].pk for at in sorted(which)]
            try:
                done = VERBS[verb](cast, about, cast.users[name])
            except (triage.NotAllowed, triage.Conflict):
                continue
            if name == "mia":
                touched |= set(done.ids)
        while (deed := undo.newest(cast.alice)) is not None:
            undo.take_back(deed.pk, by=cast.alice)
        for one, was in zip(three, before, strict=True):
            if one.pk not in touched:
                assert look(one) == was
        transaction.set_rollback(True)
