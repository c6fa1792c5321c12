"""What colleagues put right becomes examples, and nothing of it outlives what it was said of."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from connectors.incoming import Author, Incoming
from inbox import erasure, export, learning, triage, undo
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.learning import Lesson
from inbox.models import Conversation, Decision, Delivery, Message
from routing.models import Example
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def moved(cast, conversation, to="sales", by=None, reason="Wants a new car."):
    triage.hand_over(conversation, to=cast.departments[to], by=by or cast.mia, reason=reason)
    return Example.objects.order_by("-at", "-id").first()


def answer(cast, conversation, at):
    reply = cast.says(conversation, "We look into it.", direction="out", author=cast.alice, at=at)
    Delivery.objects.create(
        message=reply, channel=cast.channel, state="sent", click=uuid4(), client_key=uuid4(), send_after=at
    )


def test_a_hand_over_makes_an_example_of_the_message_that_brought_the_conversation_there(cast):
    conversation = cast.asks(text="How much is the estate?", ago=30)
    first = conversation.messages.get()
    cast.decided(first)
    second = cast.says(conversation, "Hello?")
    cast.decided(second, source=Decision.Source.CONTINUITY, confidence=1)
    example = moved(cast, conversation)
    assert Example.objects.count() == 1
    assert (example.message, example.text, example.department) == (first.pk, "How much is the estate?", "sales")
    assert (example.was, example.was_by, example.source) == ("support", "classifier", "handover")
    assert (example.reason, example.by, example.network) == ("Wants a new car.", cast.mia, "x")
    assert example.probabilities == {"support": 0.91, "sales": 0.07}


def test_what_was_said_before_is_kept_beside_it(cast):
    conversation = cast.asks(text="My car does not start.", ago=50)
    cast.decided(conversation.messages.get())
    answer(cast, conversation, timezone.now() - timedelta(minutes=40))
    second = cast.says(conversation, "Then I want a new one. What does it cost?")
    cast.decided(second, source=Decision.Source.CONTINUITY, confidence=1)
    example = moved(cast, conversation)
    assert (example.message, example.was_by) == (second.pk, "continuity")
    assert example.earlier == "My car does not start.\n\nWe look into it."


def test_moving_it_again_replaces_what_was_said(cast):
    conversation = cast.asks(text="How much is the estate?")
    cast.decided(conversation.messages.get())
    moved(cast, conversation)
    example = moved(cast, conversation, to="marketing", by=cast.carol, reason="A campaign.")
    assert Example.objects.count() == 1
    assert (example.department, example.was, example.by) == ("marketing", "support", cast.carol)


def test_what_is_taken_out_of_triage_and_of_what_was_set_aside_says_so(cast):
    waiting = cast.asks(department="triage")
    aside = cast.asks(department="triage", state="noise")
    assert moved(cast, waiting, to="support").source == Example.Source.TRIAGE
    assert moved(cast, aside, to="support").source == Example.Source.NOT_SPAM
    again = cast.asks(department="triage", state="noise")
    triage.reopen(again, by=cast.mia)
    assert Example.objects.get(message=again.messages.get().pk).department == "triage"


def test_a_message_that_nobody_routed_is_an_example_too(cast):
    example = moved(cast, cast.asks(text="Hello"))
    assert (example.was, example.was_by, example.probabilities) == ("", "", {})


def test_a_message_without_words_teaches_nothing(cast):
    conversation = cast.asks(text="")
    assert moved(cast, conversation) is None
    assert Conversation.objects.get(pk=conversation.pk).department.slug == "sales"


def test_undoing_withdraws_the_last_word(cast):
    conversation, other = cast.asks(), cast.asks()
    done = triage.hand_over(conversation, to=cast.departments["sales"], by=cast.mia, reason="Wants a new car.")
    moved(cast, other)
    assert undo.take_back(done.deed, by=cast.mia).ids == [conversation.pk]
    assert Example.objects.get().message == other.messages.get().pk


def test_one_in_five_is_held_back_and_always_the_same(cast):
    several = [cast.asks(text=f"Number {number}") for number in range(60)]
    ids = [one.pk for one in several]
    lessons = [Lesson(pk, "sales", Example.Source.HANDOVER) for pk in ids]
    learning.teach(lessons, by=cast.mia, reason="Sales.")
    held = set(Example.objects.filter(is_held_back=True).values_list("message", flat=True))
    assert 2 <= len(held) <= 28
    Example.objects.all().delete()
    learning.teach(lessons, by=cast.mia, reason="Sales.")
    assert set(Example.objects.filter(is_held_back=True).values_list("message", flat=True)) == held


def test_what_is_moved_with_one_like_it_is_held_back_with_it(cast):
    several = [cast.asks(text=f"Number {number}") for number in range(40)]
    origin = several[0].messages.get().pk
    said = {"by": cast.mia, "reason": "Sales."}
    learning.teach([Lesson(several[0].pk, "sales", Example.Source.HANDOVER)], **said)
    learning.teach([Lesson(one.pk, "sales", Example.Source.SIMILAR) for one in several[1:]], like=origin, **said)
    assert set(Example.objects.values_list("is_held_back", flat=True)) == {
        Example.objects.get(message=origin).is_held_back
    }


def item(external_id, text="", **fields):
    author = Author(external_id="customer-1", handle="ines", name="Ines")
    posted_at = fields.pop("at", timezone.now() - timedelta(hours=2))
    return Incoming(network="x", external_id=external_id, author=author, posted_at=posted_at, text=text, **fields)


def learnt_from_ingest(cast, *items):
    channel = channel_named("forum")
    ingest(channel, list(items))
    conversation = Conversation.objects.get(channel=channel)
    moved(cast, conversation, to="pr" if conversation.department.slug == "sales" else "sales")
    return channel


def test_what_is_deleted_at_its_network_is_no_example_any_more(cast):
    channel = learnt_from_ingest(cast, item("1", "What does the estate cost?"))
    assert Example.objects.count() == 1
    ingest(channel, [item("1", action="delete", at=timezone.now())])
    assert Example.objects.count() == 0


def test_what_was_edited_is_no_example_any_more(cast):
    channel = learnt_from_ingest(cast, item("1", "What does the estate cost?"))
    ingest(channel, [item("1", "What does the van cost?", action="edit", at=timezone.now())])
    assert Example.objects.count() == 0


def test_the_words_of_a_deleted_message_do_not_live_on_beside_a_later_one(cast):
    conversation = cast.asks(text="A secret", ago=60)
    answer(cast, conversation, timezone.now() - timedelta(minutes=50))
    cast.says(conversation, "What does the estate cost?")
    assert "A secret" in moved(cast, conversation).earlier
    secret = Message.objects.get(text="A secret")
    ingest(
        cast.channel,
        [
            Incoming(
                network=conversation.identity.network,
                external_id=secret.external_id,
                author=Author(external_id=conversation.identity.external_id),
                posted_at=timezone.now(),
                action="delete",
            )
        ],
    )
    assert Example.objects.get().earlier == ""


def test_what_was_learnt_from_somebody_is_handed_out_to_them(cast):
    moved(cast, cast.asks(cast.dana[0], "What does the estate cost?"))
    (example,) = dict((name, list(rows)) for name, _, rows in export.sections(cast.dana[0].contact))["examples"]
    assert (example["text"], example["department"]) == ("What does the estate cost?", "sales")
    assert "embedding" not in example


def test_whoever_is_erased_is_learnt_from_no_more(cast, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    moved(cast, cast.asks(cast.dana[0], "What does the estate cost?"))
    other = moved(cast, cast.asks(text="Somebody else"))
    begun = erasure.begin(cast.dana[0].contact_id, by=cast.adam)
    assert erasure.work(begun.pk)
    assert list(Example.objects.values_list("pk", flat=True)) == [other.pk]


def test_a_move_costs_one_statement_more_than_it_did(cast, django_assert_max_num_queries):
    conversation = cast.asks()
    for number in range(30):
        cast.says(conversation, f"Number {number}")
    with django_assert_max_num_queries(1):
        lesson = Lesson(conversation.pk, "sales", Example.Source.HANDOVER)
        learning.teach([lesson], by=cast.mia, reason="Wants a new car.")
