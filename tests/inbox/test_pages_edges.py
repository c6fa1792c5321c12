"""What a page shows once somebody has acted on it, at the edges of what they may see and do."""

from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from inbox import replies
from inbox.models import Delivery
from tests.inbox.cast import Cast

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_whoever_moves_a_conversation_away_is_offered_no_reply_there_any_more(cast):
    conversation = cast.asks()
    current = f"http://testserver/inbox/open/c/{conversation.pk}/"
    body = {"department": "sales", "reason": "Wants a new car."}
    for user, may_reply in ((cast.alice, False), (cast.mia, None)):
        moved = (
            client_of(user)
            .post(f"/c/{conversation.pk}/move/", body, headers={**HTMX, "HX-Current-URL": current})
            .content.decode()
        )
        body = {"department": "support", "reason": "Not yet."}
        assert (f'hx-target="#composer-{conversation.pk}"' in moved) == (may_reply is False)
        assert ("Sales answers here" in moved) == (may_reply is False)


def test_a_reply_that_was_taken_back_is_not_found(cast):
    conversation = cast.asks()
    reply = replies.queue(conversation, by=cast.alice, text="Unspeakable words.", click=uuid4()).message
    bob = client_of(cast.bob)
    assert "Unspeakable" in bob.get("/inbox/?q=unspeakable").content.decode().split('id="rows"')[1]
    assert replies.take_back(reply, by=cast.alice)
    assert Delivery.objects.get().state == Delivery.State.DRAFT
    assert "Unspeakable" not in bob.get("/inbox/?q=unspeakable").content.decode().split('id="rows"')[1]


def test_the_fullest_question_for_changes_costs_no_more_statements_than_a_page(cast, django_assert_max_num_queries):
    cache.clear()  # for some seconds after a warning there is one more: whom it concerns
    conversation, gone, arrived = cast.asks(cast.dana[0]), cast.asks(state="closed"), cast.asks()
    cast.decided(conversation.messages.get())
    query = f"shown={conversation.pk},{gone.pk}&ids={arrived.pk}&open={conversation.pk}&reading=1&opened=1&known=1"
    adam = client_of(cast.adam)
    with django_assert_max_num_queries(15):
        answer = adam.get(f"/inbox/open/changes/?{query}&after=2020-01-01T00:00:00%2B00:00,1", headers=HTMX)
    assert f'"ids": [{arrived.pk}]' in answer["HX-Trigger"]
    assert "No longer in this list" in answer.content.decode()
    assert conversation.seen.get().user == cast.adam
