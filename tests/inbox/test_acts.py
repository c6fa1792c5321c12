"""What an act on the conversation that is open costs, and that its answer shows what the list would."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.models import Conversation, ConversationTag, Draft
from tests.inbox.cast import Cast

# What begins and ends transactions.
FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
ACTS = {
    "close": {},
    "take": {},
    "priority": {"to": "3"},
    "snooze": {"words": "in 2 hours"},
    "tags": {"new": "vip"},
    "follow": {},
}


@pytest.fixture
def cast(db):
    return Cast()


def browser_of(user, conversation, view="open"):
    client = Client(
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/inbox/{view}/c/{conversation.pk}/"}
    )
    client.force_login(user)
    return client


def line(page, conversation):
    return re.search(rf'<li class="[^"]*" id="row-{conversation.pk}".*?</li>', page.decode(), re.DOTALL)[0]


def full_of_everything(cast):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice, priority=2)
    cast.decided(conversation.messages.get())
    for name in ("brakes", "car", "vip", "warranty"):
        ConversationTag.objects.create(conversation=conversation, name=name, at=timezone.now())
    for mode in ("reply", "note"):
        Draft.objects.create(
            conversation=conversation, user=cast.alice, mode=mode, text=f"Begun as {mode}. " * 40, at=timezone.now()
        )
    return conversation


@pytest.mark.parametrize("act", ACTS)
def test_an_act_costs_fifteen_statements_at_most(cast, act):
    conversation = full_of_everything(cast)
    client = browser_of(cast.alice, conversation)
    client.get(f"/inbox/open/c/{conversation.pk}/")
    with CaptureQueriesContext(connection) as captured:
        assert client.post(f"/c/{conversation.pk}/{act}/", ACTS[act]).status_code == 200
    asked = [one["sql"] for one in captured if not one["sql"].startswith(FRAMES)]
    assert len(asked) <= 15, asked


@pytest.mark.parametrize("kind", ["full", "bare", "aside"])
def test_the_line_after_an_act_is_the_line_of_the_list(cast, kind):
    view = "aside" if kind == "aside" else "open"
    conversation = (
        full_of_everything(cast) if kind == "full" else cast.asks(state="noise" if view == "aside" else "open")
    )
    client = browser_of(cast.alice, conversation, view)
    client.get(f"/inbox/{view}/c/{conversation.pk}/")
    answer = client.post(f"/c/{conversation.pk}/priority/", {"to": "3"})
    shown = client.get(f"/inbox/{view}/c/{conversation.pk}/", headers={"HX-Request": "", "HX-Current-URL": ""})
    assert line(answer.content, conversation) == line(shown.content, conversation)


def test_an_act_on_what_is_not_there_is_not_found_and_one_that_may_not_be_is_refused(cast):
    theirs = cast.asks(department="pr")
    client = browser_of(cast.alice, theirs)
    for act in ("close", "take", "priority", "spam"):
        assert client.post(f"/c/{10**9}/{act}/", ACTS.get(act, {})).status_code == 404
        assert client.post(f"/c/{theirs.pk}/{act}/", ACTS.get(act, {})).status_code == 403
    assert Conversation.objects.get(pk=theirs.pk).state == "open"
