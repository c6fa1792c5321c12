"""Macros: written by managers, offered where they can be used, run with the rights of whoever uses them."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inbox import replies, undo
from inbox.models import Conversation, ConversationTag, Deed, Delivery, Event, Macro, Message, Note
from routing.models import Example
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast():
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def macro(name="Thanks", text="", **fields):
    return Macro.objects.create(name=name, text=text, changed_at=timezone.now(), **fields)


def offered(user, case):
    return {one["name"]: one for one in client_of(user).get(reverse("macros_for", args=[case.pk])).json()["all"]}


def reply(user, case, **fields):
    body = {"mode": "reply", "text": "Thanks.", "click": str(uuid4())} | fields
    return client_of(user).post(reverse("reply", args=[case.pk]), body, headers=HTMX)


def test_a_manager_writes_changes_and_deletes_one(cast):
    mia, body = (
        client_of(cast.mia),
        {"name": "Thanks", "text": "Thank you, {customer.first_name|there}.", "tags": "thanked, thanked"},
    )
    assert mia.post(reverse("macro_new"), body | {"close": "on", "department": "support"}).status_code == 302
    made = Macro.objects.get()
    assert (made.department.slug, made.actions, made.by) == ("support", {"tags": ["thanked"], "close": True}, cast.mia)
    twice = mia.post(reverse("macro_new"), body | {"name": "THANKS", "department": "support"}, headers=HTMX)
    assert "There is a macro of this name already." in twice.content.decode()
    page = mia.get(reverse("macro", args=[made.pk])).content.decode()
    assert "Thank you, {customer.first_name|there}." in page
    assert mia.post(reverse("macro", args=[made.pk]), {"name": "Thanks", "text": "Thanks"}).status_code == 302
    made.refresh_from_db()
    assert (made.text, made.actions, made.department) == ("Thanks", {}, None)
    assert "never used" in mia.get(reverse("macros")).content.decode()
    mia.post(reverse("macro_delete", args=[made.pk]))
    assert not Macro.objects.exists()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": "Hello {customer.nme} and {x.y}"}, "{customer.nme}, {x.y}"),
        ({}, "Write a text, or choose what happens."),
        ({"text": "Hi", "close": "on", "snooze": "24"}, "Choose one: close it, or snooze it."),
        ({"text": "Hi", "name": "n" * 1_000}, "at most 80 characters"),
        ({"text": "Hi", "name": "a\0b"}, "Null characters"),
        ({"text": "x" * 20_001}, "20001 characters, at most 20000 fit"),
        ({"text": "Hi", "tags": "t" * 51}, "50"),
        ({"text": "Hi", "assign": "999999"}, "999999"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cast, fields, why):
    answer = client_of(cast.mia).post(reverse("macro_new"), {"name": "New", "text": ""} | fields, headers=HTMX)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Macro.objects.exists()


def test_each_is_offered_what_their_departments_and_the_owner_have(cast):
    case = cast.asks(cast.dana[0], department="support")
    macro("All")
    macro("Ours", department=cast.departments["support"])
    macro("Theirs", department=cast.departments["sales"])
    assert set(offered(cast.alice, case)) == {"All", "Ours"}
    assert set(offered(cast.mia, case)) == {"All", "Ours"}
    assert "Theirs" not in client_of(cast.alice).get(reverse("macros")).content.decode()
    # Charlie may leave notes here, and no more.
    assert offered(cast.charlie, case) == {}


def test_variables_are_filled_in_for_the_writer_and_the_customer(cast):
    case = cast.asks(cast.dana[0], department="support")
    macro("Hi", "Dear {customer.first_name|you}, {my.first_name} of {department}, {conversation.number} {account}")
    assert offered(cast.alice, case)["Hi"]["text"] == f"Dear Dana, Alice of Support, #{case.pk} @us"


def test_what_it_does_happens_as_the_reply_is_sent_and_is_taken_back_as_one(cast):
    case = cast.asks(cast.dana[0], department="support")
    one = macro("Off to sales", actions={"tags": ["vip"], "priority": 3, "assign": {"who": "me"}})
    click = str(uuid4())
    assert reply(cast.alice, case, click=click, reply_macro=one.pk).status_code == 200
    assert reply(cast.alice, case, click=click, reply_macro=one.pk).status_code == 200
    case.refresh_from_db()
    assert (case.priority, case.assignee) == (3, cast.alice)
    assert list(ConversationTag.objects.values_list("name", flat=True)) == ["vip"]
    one.refresh_from_db()
    assert one.used == 1
    assert Event.objects.filter(kind="macro").count() == 1
    deed = Deed.objects.get()
    assert deed.said == "Macro used: Off to sales"
    assert undo.take_back(deed.pk, by=cast.alice).ids == [case.pk]
    case.refresh_from_db()
    assert (case.priority, case.assignee) == (1, None)
    assert not ConversationTag.objects.exists()
    assert Message.objects.filter(direction="out").count() == 1


def test_what_it_does_happens_once_although_a_click_comes_twice_at_once(cast, monkeypatch):
    case = cast.asks(cast.dana[0], department="support")
    one, click = macro("Tags", actions={"tags": ["vip"]}), str(uuid4())
    queue = replies.queue

    def overtaken(*args, **fields):
        # The other one of the two has got all through before this one has its turn.
        monkeypatch.setattr(replies, "queue", queue)
        assert reply(cast.alice, case, click=click, reply_macro=one.pk).status_code == 200
        return queue(*args, **fields)

    monkeypatch.setattr(replies, "queue", overtaken)
    assert reply(cast.alice, case, click=click, reply_macro=one.pk).status_code == 200
    one.refresh_from_db()
    assert (Delivery.objects.count(), one.used) == (1, 1)


def test_a_macro_that_closes_leaves_with_the_reply_and_one_that_moves_is_the_last(cast):
    sales = cast.departments["sales"]
    done, moves = (
        macro("Done", actions={"close": True}),
        macro("Moves", actions={"move": {"id": sales.pk, "name": "Sales"}, "tags": ["x"]}),
    )
    first, second = cast.asks(cast.dana[0]), cast.asks(cast.dana[1])
    reply(cast.alice, first, reply_macro=done.pk)
    assert Conversation.objects.get(pk=first.pk).state == "closed"
    reply(cast.alice, second, reply_macro=moves.pk)
    assert Conversation.objects.get(pk=second.pk).department == sales
    assert second.tags.get().name == "x"


def test_two_that_both_move_are_taken_back_whole(cast):
    case = cast.asks(cast.dana[0], department="support")
    there = [cast.departments["sales"], cast.departments["pr"]]
    for one in there:
        case.contributors.create(department=one, reason=f"Ask {one.name}.", by=cast.mia, created_at=timezone.now())
    before = set(case.contributors.values_list("department", "reason", "by", "created_at"))
    moves = [macro(one.name, actions={"move": {"id": one.pk, "name": one.name}}) for one in there]
    reply(cast.alice, case, reply_macro=[one.pk for one in moves])
    assert Event.objects.filter(kind="handover").count() == 2
    assert not case.contributors.exists()
    assert Example.objects.get().by == cast.alice
    client_of(cast.alice).post(reverse("deed_undo", args=[Deed.objects.get().pk]), headers=HTMX)
    assert Conversation.objects.get(pk=case.pk).department.slug == "support"
    assert set(case.contributors.values_list("department", "reason", "by", "created_at")) == before
    assert not Example.objects.exists()


def test_one_without_words_acts_at_once_and_says_what_it_could_not_do(cast):
    case = cast.asks(cast.dana[0], department="support")
    one = macro(
        "Give", actions={"assign": {"who": "somebody", "id": cast.carol.pk, "name": "Carol Costa"}, "priority": 2}
    )
    answer = client_of(cast.alice).post(reverse("macro_use", args=[case.pk]), {"macro": one.pk}, headers=HTMX)
    assert "Carol Costa is not in Support" in answer.content.decode()
    assert Conversation.objects.get(pk=case.pk).priority == 2


def test_nobody_does_by_macro_what_they_may_not_do_by_hand(cast):
    case = cast.asks(cast.dana[0], department="support")
    one = macro("Close", is_note=True, actions={"close": True})
    use = client_of(cast.charlie).post(reverse("macro_use", args=[case.pk]), {"macro": one.pk}, headers=HTMX)
    assert use.status_code == 403
    note = {"mode": "note", "text": "Hi", "note_macro": one.pk}
    client_of(cast.charlie).post(reverse("note", args=[case.pk]), note, headers=HTMX)
    assert Note.objects.exists()
    assert Conversation.objects.get(pk=case.pk).state == "open"
    assert not Event.objects.filter(kind__in=("macro", "closed")).exists()
    theirs = macro("Sales only", department=cast.departments["sales"], actions={"close": True})
    assert reply(cast.alice, case, reply_macro=[theirs.pk, "x", "9" * 30]).status_code == 200
    assert Conversation.objects.get(pk=case.pk).state == "open"


def test_what_a_macro_names_may_be_gone(cast):
    case = cast.asks(cast.dana[0], department="support")
    one = macro(
        "Old",
        actions={"move": {"id": 999_999, "name": "Fleet"}, "assign": {"who": "somebody", "id": 999_999, "name": "Ann"}},
    )
    answer = (
        client_of(cast.alice)
        .post(reverse("macro_use", args=[case.pk]), {"macro": one.pk}, headers=HTMX)
        .content.decode()
    )
    assert "Ann does not work here any more." in answer
    assert "The department Fleet is gone." in answer


def test_a_reply_and_what_its_macro_does_happen_together_or_not_at_all(cast, monkeypatch):
    case = cast.asks(cast.dana[0])
    thanks = macro(text="Thank you.", actions={"tags": ["x"]})

    def fails(*args, **fields):
        raise RuntimeError("The worker died.")

    monkeypatch.setattr("inbox.macros.used", fails)
    client = client_of(cast.alice)
    client.raise_request_exception = False
    reply = {"mode": "reply", "text": "Thank you.", "click": str(uuid4()), "reply_macro": [thanks.pk]}
    note = {"mode": "note", "text": "Thank you.", "click": str(uuid4()), "note_macro": [thanks.pk]}
    for name, body in (("reply", reply), ("note", note)):
        assert client.post(reverse(name, args=[case.pk]), body).status_code == 500
    assert not Delivery.objects.exists() and not Note.objects.exists() and not case.tags.exists()
    monkeypatch.undo()
    for name, body in (("reply", reply), ("note", note)):
        client.post(reverse(name, args=[case.pk]), body)
    assert Delivery.objects.count() == Note.objects.count() == case.tags.count() == 1


def test_conversations_are_locked_before_macros_as_a_reply_does_that_brings_some_along(cast):
    case, used = cast.asks(cast.dana[0]), macro(actions={"close": True})
    client = client_of(cast.bob)
    with CaptureQueriesContext(connection) as asked:
        assert client.post(reverse("macro_use", args=[case.pk]), {"macro": used.pk}).status_code in (200, 302)
    said = [one["sql"] for one in asked]
    locked = next(at for at, sql in enumerate(said) if "inbox_conversation" in sql and "FOR UPDATE" in sql)
    counted = next(at for at, sql in enumerate(said) if sql.startswith('UPDATE "inbox_macro"'))
    assert locked < counted
