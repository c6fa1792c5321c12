"""One voice: whoever answers a person knows what other departments have open with them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from inbox.models import Delivery, Draft, Event, Message, Promise
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db
ANGRY = "Third brake warning in six weeks, this is unacceptable."


@pytest.fixture
def cast():
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def asked(user, conversation):
    response = client_of(user).get(reverse("voice", args=[conversation.pk]), headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def answers(user, conversation, text="Gladly, here is the price.", *, client=None, htmx=True, **fields):
    headers = {"HX-Request": "true"} if htmx else {}
    data = {"mode": "reply", "text": text, "click": str(uuid4()), **fields}
    return (client or client_of(user)).post(reverse("reply", args=[conversation.pk]), data, headers=headers)


def sent():
    return Message.objects.filter(direction="out", delivery__state=Delivery.State.QUEUED)


@pytest.fixture
def two(cast):
    """dana complains on X to Support and asks Sales for a price by mail."""
    complaint = cast.asks(cast.dana[0], ANGRY, department="support", ago=3000)
    question = cast.asks(cast.dana[2], "What does the Touring cost?", department="sales", ago=10)
    return complaint, question


def test_a_complaint_at_another_department_is_told_before_the_reply_leaves(cast, two):
    complaint, question = two
    told = asked(cast.carol, question)
    assert "Support" in told and "has an open complaint" in told and ANGRY in told
    assert reverse("short", args=[complaint.pk]) in told

    held = answers(cast.carol, question)
    assert held.status_code == 409
    assert f"complaint-{complaint.pk}" in held.content.decode()
    assert not sent().exists()

    assert answers(cast.carol, question, heard=[f"complaint-{complaint.pk}"]).status_code == 200
    assert sent().get().text == "Gladly, here is the price."


def test_who_has_seen_one_thing_is_still_told_of_a_newer_one(cast, two):
    complaint, question = two
    Draft.objects.create(user=cast.alice, conversation=complaint, text="Sorry Dana, we", at=timezone.now())
    held = answers(cast.carol, question, heard=[f"complaint-{complaint.pk}"])
    assert held.status_code == 409
    assert "Alice Arnold has begun an answer" in held.content.decode()


def test_without_scripts_the_page_comes_back_with_words_and_warning(cast, two):
    complaint, question = two
    held = answers(cast.carol, question, htmx=False)
    page = held.content.decode()
    assert held.status_code == 422
    assert "Gladly, here is the price." in page and ANGRY in page
    assert f'name="heard" value="complaint-{complaint.pk}"' in page


def test_a_department_of_which_managers_want_it_confirms(cast, two):
    complaint, question = two
    mia = client_of(cast.mia)
    assert mia.post(reverse("departments"), {"must_confirm": ["sales"]}).status_code == 302
    assert 'value="sales" checked' in mia.get(reverse("departments")).content.decode()
    heard = [f"complaint-{complaint.pk}"]
    assert "Send all the same" in asked(cast.carol, question)
    assert answers(cast.carol, question, heard=heard).status_code == 409
    assert answers(cast.carol, question, heard=heard, confirmed="1").status_code == 200
    assert mia.post(reverse("departments"), {}).status_code == 302
    assert "Send all the same" not in asked(cast.carol, question)


def test_only_managers_choose_who_confirms(cast):
    assert client_of(cast.alice).post(reverse("departments"), {"must_confirm": ["sales"]}).status_code == 403
    told = client_of(cast.mia).post(reverse("departments"), {"must_confirm": ["nobody"]})
    assert told.status_code == 422


def test_an_account_that_is_not_hers_says_nothing(cast, two):
    stranger = cast.asks(text="What does the Touring cost?", department="sales")
    assert "has an open complaint" not in asked(cast.carol, stranger)
    assert answers(cast.carol, stranger).status_code == 200


def test_a_merged_account_counts_and_an_unmerged_one_does_not(cast):
    identity = cast.contact("D. Whitlock", "mastodon")[0]
    complaint = cast.asks(identity, ANGRY, department="support", ago=60)
    question = cast.asks(cast.dana[0], "What does the Touring cost?", department="sales", ago=10)
    assert "has an open complaint" not in asked(cast.carol, question)
    alone = identity.contact_id
    Contact.objects.filter(pk=alone).update(root=cast.dana[0].contact_id)
    identity.contact_id, identity.home_id = cast.dana[0].contact_id, alone
    identity.save()
    assert ANGRY in asked(cast.carol, question)
    assert answers(cast.carol, question).status_code == 409
    identity.contact_id = alone
    identity.save()
    assert complaint.pk and answers(cast.carol, question).status_code == 200


@pytest.mark.parametrize("state", ["closed", "noise"])
def test_what_is_done_is_not_told(cast, state):
    cast.asks(cast.dana[0], ANGRY, department="support", state=state, ago=60)
    question = cast.asks(cast.dana[2], "What does the Touring cost?", department="sales", ago=10)
    assert answers(cast.carol, question).status_code == 200


def test_a_calm_question_at_another_department_is_no_complaint(cast):
    cast.asks(cast.dana[0], "When do you open on Monday?", department="support", ago=60)
    question = cast.asks(cast.dana[2], "What does the Touring cost?", department="sales", ago=10)
    assert answers(cast.carol, question).status_code == 200


def test_a_promise_is_made_with_a_reply_told_to_others_and_kept(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support", ago=60)
    question = cast.asks(cast.dana[2], "What does the Touring cost?", department="sales", ago=10)
    due = timezone.localdate() + timedelta(days=2)
    made = answers(cast.alice, case, "A truck reaches you by noon.", promise="1", promise_until=due.isoformat())
    assert made.status_code == 200
    promise = Promise.objects.get()
    assert (promise.department.slug, promise.text, promise.due_at.date()) == ("support", made_text(), due)
    told = asked(cast.carol, question)
    assert "Alice Arnold has promised" in told and made_text() in told
    assert answers(cast.carol, question).status_code == 409

    url = reverse("settle_promise", args=[promise.pk])
    assert client_of(cast.charlie).post(url, {"outcome": "kept"}).status_code == 403
    assert client_of(cast.alice).post(url, {"outcome": "perhaps"}, headers={"HX-Request": "true"}).status_code == 422
    assert client_of(cast.alice).post(url, {"outcome": "kept"}).status_code == 302
    assert client_of(cast.alice).post(url, {"outcome": "kept"}, headers={"HX-Request": "true"}).status_code == 409
    promise.refresh_from_db()
    assert promise.is_kept is True
    kinds = set(Event.objects.filter(conversation=case).values_list("kind", flat=True))
    assert {"promised", "promise_kept"} <= kinds


def made_text():
    return "A truck reaches you by noon."


def test_a_reply_that_is_taken_back_takes_its_promise_with_it(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support", ago=60)
    answers(cast.alice, case, made_text(), promise="1")
    message = sent().get()
    assert client_of(cast.alice).post(reverse("undo", args=[message.pk])).status_code == 302
    assert not Promise.objects.exists()
    assert not Event.objects.filter(kind="promised").exists()


def test_a_promise_for_no_day_says_what_is_wrong(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support", ago=60)
    refused = answers(cast.alice, case, made_text(), promise="1", promise_until="soon")
    assert refused.status_code == 422
    assert "year-month-day" in refused.content.decode()
    assert not sent().exists()


@pytest.mark.parametrize("day", ["2020-01-01", "0001-01-01", "9999-12-31"])
def test_nothing_is_promised_for_the_past_or_beyond_all_days(cast, day):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support", ago=60)
    refused = answers(cast.alice, case, made_text(), promise="1", promise_until=day)
    assert refused.status_code == 422
    assert "from today on" in refused.content.decode()
    assert not sent().exists()
    assert answers(cast.alice, case, made_text(), promise_until=day).status_code == 200


def test_what_is_being_written_is_kept_told_and_forgotten_once_sent(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support", ago=60)
    alice = client_of(cast.alice)
    url = reverse("draft", args=[case.pk])
    assert alice.post(url, {"text": "Sorry Dana, we"}).status_code == 204
    assert alice.post(url, {"text": "Sorry Dana, we are on it"}).status_code == 204
    assert Draft.objects.get().text == "Sorry Dana, we are on it"
    page = alice.get(reverse("conversation", args=["open", case.pk])).content.decode()
    assert "Sorry Dana, we are on it</textarea>" in page
    other = client_of(cast.bob).get(reverse("conversation", args=["open", case.pk])).content.decode()
    assert "Sorry Dana" not in other
    assert "Alice Arnold has begun an answer" in asked(cast.bob, case)
    assert answers(cast.alice, case, "Sorry Dana, we are on it").status_code == 200
    assert not Draft.objects.exists()


def test_words_that_arrive_after_their_reply_was_sent_are_no_draft(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support", ago=60)
    alice, click = client_of(cast.alice), uuid4()
    assert answers(cast.alice, case, "Sorry Dana, we are on it", click=click).status_code == 200
    late = {"text": "Sorry Dana, we are on", "click": str(click)}
    assert alice.post(reverse("draft", args=[case.pk]), late).status_code == 204
    assert not Draft.objects.exists()
    assert alice.post(reverse("draft", args=[case.pk]), {"text": "And", "click": str(uuid4())}).status_code == 204
    assert Draft.objects.get().text == "And"


def test_an_emptied_composer_leaves_no_draft(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support")
    alice = client_of(cast.alice)
    url = reverse("draft", args=[case.pk])
    alice.post(url, {"text": "Sorry"})
    assert alice.post(url, {"text": " "}).status_code == 204
    assert not Draft.objects.exists()
    assert alice.post(url, {"text": "x" * 20_001}).status_code == 422


def test_nobody_drafts_where_they_may_not_answer(cast):
    case = cast.asks(cast.dana[0], "My car does not start.", department="support")
    url = reverse("draft", args=[case.pk])
    assert client_of(cast.charlie).post(url, {"text": "Hi"}).status_code == 403
    assert not Draft.objects.exists()


def test_it_costs_the_same_for_a_person_with_many_accounts(cast, two):
    _, question = two

    def statements():
        client = client_of(cast.carol)
        client.get(reverse("voice", args=[question.pk]))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(reverse("voice", args=[question.pk]))
        return len(captured)

    before = statements()
    contact = cast.dana[0].contact
    for one in cast.contact("Dana W.", *["x"] * 40):
        one.contact = contact
        one.save()
        cast.asks(one, ANGRY, department="support", ago=20)
    assert statements() == before <= 10
