"""What an act on the conversation that is open costs, and that its answer shows what the list would."""

import html
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.models import Conversation, ConversationTag, Draft, Link, Macro
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


def page_of(client, conversation):
    """Opens it, as a browser does; returns what its page sends along with every act."""
    shown = client.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    place = re.search(rf'<div id="place-{conversation.pk}".*?</div>', shown, re.DOTALL)[0]
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', place)}


def words(text="We are on it.", mode="reply", **fields):
    return {"text": text, "mode": mode, "click": str(uuid4()), **fields}


def of_four(cast):
    """A macro that does four things."""
    does = {"tags": ["brakes", "thanked"], "priority": 3, "assign": {"who": "me"}, "close": True}
    return Macro.objects.create(name="Thanks", actions=does, changed_at=timezone.now()).pk


def linked(cast):
    """Another conversation, which belongs together with the one that is open."""
    here, other = Conversation.objects.get(), cast.asks(cast.dana[1])
    Link.objects.create(one=here, other=other, at=timezone.now())
    return other


# The address of what is done, and its form.
FURTHER = {
    "close": lambda cast, seen: ("close", {}),
    "assign": lambda cast, seen: ("assign", {"to": cast.bob.pk, "was": cast.alice.pk}),
    "spam": lambda cast, seen: ("spam", {}),
    "tag": lambda cast, seen: ("tags", {"new": "thanked", "off": "vip"}),
    "note": lambda cast, seen: ("note", words("@bob, @Support, please look.", "note")),
    "reply": lambda cast, seen: ("reply", words(seen=seen)),
    "reply and close": lambda cast, seen: ("reply", words(seen=seen, close_after="1")),
    "send later": lambda cast, seen: ("reply", words(seen=seen, later="tomorrow")),
    "macro": lambda cast, seen: ("macro", {"macro": of_four(cast)}),
    "hand over": lambda cast, seen: ("move", {"department": "sales", "reason": "They buy."}),
    "ask": lambda cast, seen: ("ask", {"department": "sales", "reason": "They buy."}),
    "link": lambda cast, seen: ("link", {"other": cast.asks(cast.dana[1]).pk, "reason": "The same car."}),
    "unlink": lambda cast, seen: ("unlink", {"other": linked(cast).pk}),
    "follow": lambda cast, seen: ("follow", {}),
}
NOT_UNDONE = ("note", "send later")


def begin(cast, act):
    """Somebody has the conversation open, and is about to do it: their browser, and what it sends to which address."""
    conversation = full_of_everything(cast)
    where, body = FURTHER[act](cast, conversation.messages.get().pk)
    if act == "macro":
        Conversation.objects.update(assignee=cast.bob)
    client = browser_of(cast.alice, conversation)
    return client, f"/c/{conversation.pk}/{where}/", page_of(client, conversation) | body


def costs_at_most(most, client, url, body):
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(url, body)
    assert answer.status_code == 200, answer.content.decode()
    asked = [one["sql"] for one in captured if not one["sql"].startswith(FRAMES)]
    assert len(asked) <= most, "\n".join(asked)


@pytest.mark.parametrize("act", FURTHER)
def test_whatever_is_done_on_an_open_page_costs_fifteen_at_most(cast, act):
    costs_at_most(15, *begin(cast, act))


@pytest.mark.parametrize("act", [one for one in FURTHER if one not in NOT_UNDONE])
def test_taking_it_back_costs_fifteen_at_most(cast, act):
    client, url, body = begin(cast, act)
    assert client.post(url, body).status_code == 200
    costs_at_most(15, client, "/inbox/undo/", body)


def test_a_reply_after_one_that_was_taken_back_costs_fifteen_at_most(cast):
    client, url, body = begin(cast, "reply and close")
    client.post(url, body)
    client.post("/inbox/undo/", body)
    costs_at_most(15, client, url, body | words(close_after="1"))


def test_a_reply_with_a_macro_of_four_costs_less_than_both(cast):
    client, url, body = begin(cast, "reply")
    costs_at_most(24, client, url, body | {"reply_macro": of_four(cast)})


def test_handing_back_costs_fifteen_at_most(cast):
    client, url, body = begin(cast, "hand over")
    client.post(url, body)
    conversation = Conversation.objects.get()
    carols = browser_of(cast.carol, conversation)
    body = page_of(carols, conversation) | {"reason": "They do not buy."}
    costs_at_most(15, carols, f"/c/{conversation.pk}/back/", body)
    assert Conversation.objects.get().assignee == cast.alice


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
