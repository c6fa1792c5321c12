"""The same done to many: what was chosen, or all in view; what may not be touched is left; two people at once."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inbox import acted, triage, undo
from inbox.models import Conversation, Deed, Event, Seen
from tests.inbox.cast import Cast
from tests.inbox.test_merging_at_once import at_once

HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(cast):
    return client_of(cast.alice)


def bulk(client, view="open", query="", headers=HTMX, **body):
    return client.post(reverse("bulk", args=[view]) + query, body, headers=headers)


def states():
    return sorted(Conversation.objects.values_list("state", flat=True))


@pytest.mark.parametrize(
    ("do", "body", "changed"),
    [
        ("close", {}, {"state": "closed"}),
        ("spam", {}, {"state": "noise"}),
        ("snooze", {"words": "in 2 hours"}, {"state": "snoozed"}),
        ("move", {"department": "sales", "reason": "They buy."}, {"department__slug": "sales", "handovers": 1}),
        ("take", {}, {"assignee__username": "alice"}),
        ("assign", {"to": "bob"}, {"assignee__username": "bob"}),
        ("tag", {"new": "vip, brakes", "off": ""}, {"tags__name": "vip"}),
        ("priority", {"to": "3"}, {"priority": 3}),
    ],
)
def test_each_verb_acts_on_all_that_were_chosen_and_one_undo_takes_it_back(cast, alice, do, body, changed):
    some = [cast.asks().pk for _ in range(3)]
    left = cast.asks()
    body = {name: cast.bob.pk if value == "bob" else value for name, value in body.items()}
    answer = bulk(alice, do=do, ids=some, **body)
    assert answer.status_code == 200
    assert 'data-key="z"' in answer.content.decode()
    assert json.loads(answer["HX-Trigger"])["inbox:done"]["ids"] == some
    assert set(Conversation.objects.filter(**changed).values_list("pk", flat=True)) == set(some)
    assert left.events.count() == 1
    assert Deed.objects.count() == 1
    alice.post(reverse("take_back"))
    assert not Conversation.objects.filter(**changed).exists()


def test_what_may_not_be_touched_is_left_and_said(cast, alice):
    ours, theirs = [cast.asks().pk for _ in range(2)], [cast.asks(department="sales").pk for _ in range(3)]
    answer = bulk(alice, do="close", ids=ours + theirs)
    assert "2 closed. 3 were left as they are." in answer.content.decode()
    assert states() == ["closed"] * 2 + ["open"] * 3
    assert bulk(alice, do="close", ids=theirs).status_code == 403
    mixed = [cast.asks().pk, cast.asks(department="triage").pk]
    answer = bulk(client_of(cast.mia), do="assign", ids=[*mixed, *theirs], to=cast.bob.pk)
    assert "2 assigned to Bob Brandt. 3 were left as they are. Bob Brandt is not in Sales" in answer.content.decode()


def test_all_in_view_are_those_that_its_filters_leave_and_at_most_a_thousand(cast, alice, monkeypatch):
    read, unread = [cast.asks() for _ in range(2)], [cast.asks() for _ in range(3)]
    for one in read:
        Seen.objects.create(user=cast.alice, conversation=one, at=timezone.now())
    bulk(alice, "q/support", "?unread=1", do="close", all="1", ids=[read[0].pk])
    assert set(Conversation.objects.filter(state="closed")) == set(unread)
    monkeypatch.setattr("inbox.views.bulk.AT_ONCE", 1)
    answer = bulk(alice, "q/support", do="close", all="1")
    assert "1 closed. These were the first 1 of the list." in answer.content.decode()
    with pytest.raises(acted.Conflict, match="at most 1,?000"):
        triage.close(range(1, 1_200), by=cast.mia)


@pytest.mark.parametrize("query", ["?q=brakes", "?q=brakes&unread=1", "?q=%23", "?doubt=1"])
@pytest.mark.parametrize("view", ["open", "aside"])
def test_all_in_view_never_means_more_than_a_search_has_found(cast, alice, view, query):
    state = "noise" if view == "aside" else "open"
    found, other = cast.asks(text="The brakes squeal.", state=state), cast.asks(state=state)
    answer = bulk(alice, view, query, do="close", all="1")
    assert answer.status_code == 409
    assert "more than this list shows" in answer.content.decode()
    plain = bulk(alice, view, query, headers={}, do="move", all="1", department="sales", reason="They buy.")
    assert plain.status_code == 302
    assert states() == [state] * 2 and not Deed.objects.exists()
    assert bulk(alice, view, query, do="close", ids=[found.pk]).status_code == 200
    assert Conversation.objects.get(state="closed") == found and other.events.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"do": "close"},
        {"do": "burn", "ids": ["1"]},
        {"do": "close", "ids": ["x", "-1", "9" * 40, "\0"]},
        {"do": "priority", "ids": ["1"], "to": "9"},
        {"do": "move", "ids": ["1"], "department": "nowhere"},
        {"do": "move", "ids": ["1"], "department": "sales", "reason": "\0"},
        {"do": "snooze", "ids": ["1"], "words": "soon"},
        {"do": "tag", "ids": ["1"], "new": "x" * 60},
        {"do": "assign", "ids": ["1"], "to": "999999"},
        {"do": "close", "ids": ["999999"]},
        {"do": "close", "all": "1"},
    ],
)
def test_nonsense_is_answered(cast, alice, body):
    assert bulk(alice, "mine", **body).status_code in (403, 422)
    assert bulk(alice, "mine", headers={}, **body).status_code in (302, 403, 422)


def test_what_asks_first_asks_in_a_dialog(cast, alice):
    for do, word in (
        ("move", "Move the chosen"),
        ("assign", "Assign the chosen"),
        ("snooze", "Snooze"),
        ("tag", "Tag the"),
    ):
        page = alice.get(reverse("bulk", args=["open"]), {"do": do, "ids": ["1", "2"]}, headers=HTMX).content.decode()
        assert word in page
        whole = alice.get(reverse("bulk", args=["open"]), {"do": do, "ids": ["1", "2"]}).content.decode()
        assert 'name="ids" value="2"' in whole


def test_without_scripts_a_message_says_what_happened(cast, alice):
    answer = bulk(alice, do="close", ids=[cast.asks().pk], headers={})
    assert answer["Location"] == "/inbox/open/"
    page = alice.get("/inbox/open/").content.decode()
    assert "1 closed" in page
    assert reverse("deed_undo", args=[Deed.objects.get().pk]) in page


@pytest.mark.parametrize(
    ("do", "body"),
    [
        ("close", {}),
        ("spam", {}),
        ("snooze", {"words": "2h"}),
        ("tag", {"new": "vip", "off": ""}),
        ("move", {"department": "sales", "reason": "They buy."}),
    ],
)
def test_many_cost_as_many_statements_as_one(cast, alice, do, body):
    some = [cast.asks(assignee=cast.alice).pk for _ in range(31)]
    one = statements(lambda: bulk(alice, do=do, ids=some[:1], **body))
    many = statements(lambda: bulk(alice, do=do, ids=some[1:], **body))
    assert many == one <= 15
    back = statements(lambda: undo.take_back(Deed.objects.latest("pk").pk, by=cast.alice))
    assert back <= 15
    assert statements(lambda: bulk(alice, do="unread", all="1")) <= 15


def test_an_action_on_one_costs_few_statements(cast, alice):
    conversation = cast.asks(cast.dana[0])
    at = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/inbox/open/c/{conversation.pk}/"}

    def act(name, **body):
        return statements(lambda: alice.post(reverse(name, args=[conversation.pk]), body, headers=at))

    cost = {
        "close": act("close", on="1"),
        "reopen": act("reopen"),
        "take": act("take"),
        "snooze": act("snooze", words="2h", on="1"),
        "tags": act("conversation_tags", new="vip"),
        "move": act("move", department="sales", reason="Buys.", on="1"),
    }
    assert {name: n for name, n in cost.items() if n > 20} == {}


def statements(act):
    """How many there are, without those that only a test's own transaction needs."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum("SAVEPOINT" not in one["sql"] for one in captured)


def test_whoever_comes_second_is_told_what_happened(cast, alice):
    bob, conversation = client_of(cast.bob), cast.asks()
    assert alice.post(reverse("close", args=[conversation.pk]), headers=HTMX).status_code == 200
    second = bob.post(reverse("close", args=[conversation.pk]), headers=HTMX)
    assert second.status_code == 409
    assert "Alice Arnold has closed this already." in second.content.decode()
    assert alice.post(reverse("close", args=[conversation.pk]), headers=HTMX).status_code == 200  # a double click
    assert conversation.events.filter(kind="closed").count() == Deed.objects.count() == 1
    other = cast.asks()
    body = {"to": cast.alice.pk, "was": ""}
    assert alice.post(reverse("assign", args=[other.pk]), body, headers=HTMX).status_code == 200
    second = bob.post(reverse("take", args=[other.pk]), {"was": ""}, headers=HTMX)
    assert "Alice Arnold has assigned this to Alice Arnold meanwhile." in second.content.decode()
    assert Conversation.objects.get(pk=other.pk).assignee == cast.alice
    body = {"department": "sales", "reason": "Buys.", "was": cast.departments["support"].pk}
    assert alice.post(reverse("move", args=[other.pk]), body, headers=HTMX).status_code == 200
    second = client_of(cast.mia).post(reverse("move", args=[other.pk]), body | {"department": "pr"}, headers=HTMX)
    assert "Alice Arnold has moved this to Sales meanwhile." in second.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_connections_at_the_same_instant_do_everything_once():
    cast = Cast()
    some = [cast.asks().pk for _ in range(20)]
    halves = [some[:15], some[5:]]
    acts = [
        lambda ids=ids, by=by: triage.close(ids, by=by) for ids, by in zip(halves, (cast.alice, cast.bob), strict=True)
    ]
    assert at_once(*acts) == []
    assert states() == ["closed"] * 20
    assert Event.objects.filter(kind="closed").count() == 20
    parts = [part["id"] for deed in Deed.objects.all() for part in deed.parts]
    assert sorted(parts) == sorted(some)
    backs = [lambda by=by: undo.take_back(Deed.objects.get(user=by).pk, by=by) for by in (cast.alice, cast.bob)]
    assert at_once(*backs, *backs) == []
    assert states() == ["open"] * 20
    assert Event.objects.filter(kind="undone").count() == 20
