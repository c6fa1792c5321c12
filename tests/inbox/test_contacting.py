"""Do not contact: set by everybody, lifted by managers, respected by the composer and by what is on its way."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from inbox import deliver, merging, replies
from inbox.models import Delivery, Event
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def forbid(cast, user=None, person=None, reason="Asked us to stop."):
    url = reverse("do_not_contact", args=[person or cast.dana[0].contact_id])
    return client_of(user or cast.alice).post(url, {"do": "set", "reason": reason})


def test_the_composer_says_why_nobody_writes_to_them(cast):
    conversation = cast.asks(cast.dana[0])
    forbid(cast)
    page = client_of(cast.alice).get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    assert "They are not to be contacted: Asked us to stop." in page
    assert 'data-sends="reply"' not in page
    assert "Not to be contacted" in client_of(cast.bob).get("/inbox/").content.decode()


def test_a_reply_is_refused_also_where_the_page_was_open_before(cast):
    conversation = cast.asks(cast.dana[0])
    forbid(cast)
    body = {"mode": "reply", "text": "Hello", "click": str(uuid4())}
    answer = client_of(cast.alice).post(reverse("reply", args=[conversation.pk]), body)
    assert "Asked us to stop." in answer.content.decode()
    assert not Delivery.objects.exists()


def test_a_reply_that_waits_does_not_leave_any_more(cast, settings):
    settings.UNDO_SECONDS = 0
    conversation = cast.asks(cast.dana[0])
    message = replies.queue(conversation, by=cast.alice, text="On our way.", click=uuid4()).message
    forbid(cast)
    deliver.deliver_due()
    delivery = Delivery.objects.get(message=message)
    assert delivery.state == "failed"
    assert "Asked us to stop." in delivery.error


def test_what_was_said_of_one_part_counts_for_the_whole_person(cast):
    other = cast.contact("D. Whitlock", "mastodon")[0]
    forbid(cast, person=other.contact_id)
    merging.merge(other.contact_id, cast.dana[0].contact_id, by=cast.alice, at=timezone.now())
    conversation = cast.asks(cast.dana[0])
    with pytest.raises(replies.CannotReply):
        replies.queue(conversation, by=cast.alice, text="Hello", click=uuid4())
    page = client_of(cast.alice).get(reverse("contact", args=[cast.dana[0].contact_id])).content.decode()
    assert "Not to be contacted." in page
    url = reverse("do_not_contact", args=[cast.dana[0].contact_id])
    client_of(cast.mia).post(url, {"do": "lift", "reason": "They changed their mind."})
    assert not Contact.objects.filter(do_not_contact=True).exists()
    assert replies.queue(conversation, by=cast.alice, text="Hello", click=uuid4())


def test_agents_set_it_and_do_not_lift_it(cast):
    forbid(cast)
    url = reverse("do_not_contact", args=[cast.dana[0].contact_id])
    assert client_of(cast.alice).get(url).status_code == 403
    assert client_of(cast.alice).post(url, {"do": "lift", "reason": "Why not."}).status_code == 403
    assert Contact.objects.get(pk=cast.dana[0].contact_id).do_not_contact
    assert client_of(cast.mia).get(url).status_code == 200
    client_of(cast.mia).post(url, {"do": "lift", "reason": "They wrote again."})
    kinds = list(Event.objects.filter(contact__isnull=False).order_by("id").values_list("kind", flat=True))
    assert kinds == ["do_not_contact", "may_contact"]


def test_it_asks_for_a_reason_and_keeps_what_was_written(cast):
    answer = forbid(cast, reason="  ")
    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert not Contact.objects.filter(do_not_contact=True).exists()


def test_the_same_click_twice_is_told_once(cast):
    forbid(cast)
    forbid(cast)
    assert Event.objects.filter(kind="do_not_contact").count() == 1
