"""The second look at what had only a quick opinion: what it replaces, what it moves, and whose hand it leaves alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.incoming import Author, Incoming
from connectors.models import Channel
from inbox import events, notes, second_look, triage
from inbox.decisions import AT_ONCE
from inbox.ingest import ingest
from inbox.models import Assignment, Contributor, Conversation, Decision, Draft, Event, Seen
from people import departments
from people.models import Department, Membership, User
from routing import versions

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
HELP = "My order arrived broken and nobody answers my emails, please help me"
SPAM = "Make money fast!! Click the link in my bio http://x.example"


@pytest.fixture
def channel(db):
    departments.ensure(Department)
    return Channel.objects.create(network="x", name="Our X", account="us")


@pytest.fixture
def mia(channel):
    return User.objects.create_user("mia", "correct horse battery", name="Mia", role="manager")


def said(external_id="1", text=HELP, **fields):
    author = Author(external_id=fields.pop("author", "dana"), handle="dana", name="Dana")
    common = {"network": "x", "external_id": external_id, "author": author, "posted_at": T0, "text": text}
    return Incoming(**common | fields)


def department(slug):
    return Department.objects.get(slug=slug)


def mistaken(channel, outcome="sales", text=HELP, **kept):
    """A conversation that a quick look has put into the wrong place."""
    ingest(channel, [said("1", text)])
    state = "noise" if outcome == "noise" else "open"
    owner = "triage" if outcome == "noise" else outcome
    Conversation.objects.update(department=department(owner), state=state)
    Decision.objects.update(outcome=outcome, look="quick", confidence=0.71, source="classifier", **kept)
    return Conversation.objects.get()


def test_a_small_page_gets_the_full_model_at_once_and_a_burst_a_quick_look_first(channel):
    ingest(channel, [said(str(at), thread_id=f"t{at}") for at in range(AT_ONCE)])
    assert set(Decision.objects.values_list("look", flat=True)) == {"full"}
    ingest(channel, [said(f"b{at}", thread_id=f"b{at}") for at in range(AT_ONCE + 1)])
    ingest(channel, [said("past", thread_id="past")], past=True)
    assert Decision.objects.filter(look="quick").count() == AT_ONCE + 2
    assert second_look.work() == AT_ONCE + 2
    assert not Decision.objects.filter(look="quick").exists()
    replaced = Decision.objects.filter(look="second")
    assert all(one.first["outcome"] and one.first["replaced_at"] for one in replaced)
    assert second_look.work() == 0


def test_a_conversation_that_nobody_touched_moves_and_the_quick_decision_stays_readable(channel):
    conversation = mistaken(channel)
    second_look.work()
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.state, conversation.moved_by_hand) == ("support", "open", False)
    assert conversation.due_at is not None
    decision = Decision.objects.get()
    assert (decision.outcome, decision.look) == ("support", "second")
    assert (decision.first["outcome"], decision.first["confidence"]) == ("sales", 0.71)
    event = Event.objects.get(kind="second_look")
    assert (event.data["from"], event.data["to"], event.actor) == ("Sales", "Support", None)


@pytest.mark.parametrize("hand", ["moved", "assigned", "answered", "noted", "tagged"])
def test_what_a_person_has_touched_stays_where_it_is(channel, mia, hand):
    conversation = mistaken(channel)
    if hand == "moved":
        triage.hand_over(conversation, to=department("marketing"), by=mia, reason="Ours")
    elif hand == "assigned":
        triage.assign(conversation, to=mia, by=mia)
    elif hand == "answered":
        message = conversation.messages.get()
        message.pk, message.direction, message.external_id, message.author = None, "out", "out", mia
        message.save()
    elif hand == "noted":
        notes.add(conversation, text="A prank?", by=mia)
    else:
        events.act(conversation, "conversation_tagged", by=mia, at=timezone.now(), data={"tag": "vip"})
    conversation.refresh_from_db()
    before = (conversation.department_id, conversation.state, conversation.assignee_id)
    second_look.work()
    conversation.refresh_from_db()
    assert (conversation.department_id, conversation.state, conversation.assignee_id) == before
    assert Decision.objects.get().outcome == "support"
    assert not Event.objects.filter(kind="second_look").exists()


def given(conversation, user):
    Conversation.objects.filter(pk=conversation.pk).update(assignee=user)
    Assignment.objects.create(conversation=conversation, user=user, explanation={"by": "only"}, at=timezone.now())


def test_what_was_given_to_somebody_who_has_not_opened_it_still_moves_and_they_have_it_no_longer(channel, mia):
    conversation = mistaken(channel)
    given(conversation, mia)
    second_look.work()
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("support", None)
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("hand", ["opened", "drafted"])
def test_what_was_given_to_somebody_who_has_begun_with_it_stays_with_them(channel, mia, hand):
    conversation = mistaken(channel)
    given(conversation, mia)
    if hand == "opened":
        Seen.objects.create(user=mia, conversation=conversation, at=timezone.now())
    else:
        Draft.objects.create(user=mia, conversation=conversation, text="Dear", at=timezone.now())
    second_look.work()
    conversation.refresh_from_db()
    assert (conversation.department.slug, conversation.assignee) == ("sales", mia)


def test_a_rule_of_the_second_look_gives_it_to_somebody_of_the_department_that_it_moves_to(channel):
    paul = User.objects.create_user("paul", "correct horse battery", name="Paul", role="agent")
    Membership.objects.create(user=paul, department=department("pr"))
    mistaken(channel)
    rule = {
        "name": "Broken",
        "on": True,
        "conditions": {"field": "text", "op": "contains", "value": "broken"},
        "actions": {"owner": "pr", "assignee": paul.pk},
    }
    versions.publish([rule], {}, by=None, reason="Test")
    second_look.work()
    conversation = Conversation.objects.get()
    assert (conversation.department.slug, conversation.assignee) == ("pr", paul)
    assert Assignment.objects.get().explanation == {"rule": "Broken"}
    assert not [one for one in Decision.objects.get().evidence if one.get("outcome") == "failed"]


def test_what_a_rule_cannot_do_at_the_second_look_stands_in_its_evidence(channel):
    carl = User.objects.create_user("carl", "correct horse battery", name="Carl", role="agent")
    mistaken(channel)
    rule = {
        "name": "Broken",
        "on": True,
        "conditions": {"field": "text", "op": "contains", "value": "broken"},
        "actions": {"owner": "pr", "assignee": carl.pk},
    }
    versions.publish([rule], {}, by=None, reason="Test")
    second_look.work()
    decision = Decision.objects.get()
    failed = [one["term"] for one in decision.evidence if one.get("outcome") == "failed"]
    assert failed == ["Carl is not in Press, so nobody was assigned."] or "Carl is not in" in failed[0]
    assert decision.first["outcome"] == "sales"


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_later_message_follows_the_new_owner_whatever_page_it_came_with_and_whatever_batch_looks_at_it(
    channel, monkeypatch, batch
):
    monkeypatch.setattr(second_look, "BATCH", batch)
    ingest(channel, [said("1")])
    Conversation.objects.update(department=department("sales"))
    Decision.objects.update(outcome="sales", source="classifier", look="quick")
    later = {"text": "And when will you answer me?", "parent_id": "1"}
    ingest(channel, [said(str(at), posted_at=T0 + timedelta(minutes=at), **later) for at in (2, 3)])
    Decision.objects.update(look="quick")
    assert set(Decision.objects.values_list("outcome", flat=True)) == {"sales"}
    second_look.work()
    assert Conversation.objects.get().department.slug == "support"
    assert list(Decision.objects.order_by("message_id").values_list("outcome", "source")) == [
        ("support", "classifier"),
        ("support", "continuity"),
        ("support", "continuity"),
    ]


def test_noise_comes_back_and_what_is_noise_is_set_aside(channel):
    conversation = mistaken(channel, "noise")
    second_look.work()
    conversation.refresh_from_db()
    assert (conversation.state, conversation.department.slug) == ("open", "support")
    assert Event.objects.get(kind="second_look").data["from"] == "Set aside"


def test_noise_that_looked_like_a_customer_is_set_aside(channel):
    conversation = mistaken(channel, "sales", SPAM)
    second_look.work()
    conversation.refresh_from_db()
    assert (conversation.state, conversation.due_at) == ("noise", None)


def test_who_took_part_because_of_the_quick_look_leaves_and_others_join(channel):
    concerned = {"department": "pr", "reason": "The message concerns pr as well (30%).", "confidence": 0.3}
    conversation = mistaken(channel, contributors=[concerned])
    for slug, reason in (("pr", concerned["reason"]), ("marketing", "Asked by Mia")):
        Contributor.objects.create(
            conversation=conversation, department=department(slug), reason=reason, created_at=timezone.now()
        )
    second_look.work()
    assert [one.department.slug for one in conversation.contributors.all()] == ["marketing"]


def test_rules_have_their_say_again(channel):
    mistaken(channel)
    conditions = {"field": "text", "op": "contains", "value": "broken"}
    rule = {"name": "Broken", "on": True, "conditions": conditions, "actions": {"owner": "pr", "tags": ["broken"]}}
    ruleset = versions.publish([rule], {}, by=None, reason="Test")
    second_look.work()
    conversation = Conversation.objects.get()
    assert (conversation.department.slug, conversation.tags.get().name) == ("pr", "broken")
    assert (Decision.objects.get().ruleset, Decision.objects.get().rule) == (ruleset.pk, 1)


def test_a_later_message_of_the_same_page_follows_the_new_owner(channel):
    page = [said("1"), said("2", "And when will you answer me?", parent_id="1", posted_at=T0 + timedelta(minutes=1))]
    ingest(channel, page)
    Conversation.objects.update(department=department("sales"))
    Decision.objects.update(outcome="sales", look="quick")
    second_look.work()
    assert Conversation.objects.get().department.slug == "support"
    assert list(Decision.objects.order_by("pk").values_list("outcome", "source")) == [
        ("support", "classifier"),
        ("support", "continuity"),
    ]


def test_the_past_stays_closed_and_a_deleted_message_stays_as_it_was_decided(channel):
    ingest(channel, [said("1")], past=True)
    ingest(channel, [said("2", thread_id="b")])
    Decision.objects.filter(message__external_id="2").update(look="quick", outcome="sales")
    ingest(channel, [said("2", action="delete", posted_at=T0 + timedelta(hours=1))])
    second_look.work()
    past, gone = Conversation.objects.order_by("pk")
    assert (past.state, past.waiting_since) == ("closed", None)
    assert Decision.objects.get(message__external_id="2").outcome == "sales"
    assert not Decision.objects.filter(look="quick").exists()


def test_a_batch_costs_as_many_statements_whatever_its_size(channel):
    counts = []
    for start, size in ((0, 30), (100, 90)):
        ingest(channel, [said(f"{start + at}", thread_id=f"{start + at}", author=f"p{at}") for at in range(size)])
        Conversation.objects.update(department=department("sales"))
        Decision.objects.filter(look="quick").update(outcome="sales")
        with CaptureQueriesContext(connection) as captured:
            assert second_look.look(timezone.now()) == size
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20
