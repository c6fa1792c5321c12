"""Colleagues who are called upon in notes."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from inbox import mentions, notes
from inbox.models import Mention, Note
from people.models import User
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


def noted(user, case, text, **fields):
    body = {"mode": "note", "text": text} | fields
    return client_of(user).post(reverse("note", args=[case.pk]), body, headers=HTMX)


def called():
    return sorted(Mention.objects.values_list("user__username", flat=True))


def test_the_number_of_a_conversation_leads_there_and_any_other_is_plain_text(cast):
    case, other = cast.asks(cast.dana[0]), cast.asks(cast.dana[1])
    text = f"Like #{other.pk}, not #987654 or https://a.example/?q=#{other.pk} or x#{other.pk} <b>"
    noted(cast.alice, case, text)
    shown = client_of(cast.bob).get(f"/inbox/open/c/{case.pk}/").content.decode()
    assert f'Like <a class="link" href="/c/{other.pk}/">#{other.pk}</a>, not #987654 or <a class="link out"' in shown
    assert f"x#{other.pk} &lt;b&gt;" in shown and f'href="https://a.example/?q=#{other.pk}"' in shown
    assert client_of(cast.bob).get(f"/c/{other.pk}/", follow=True).status_code == 200


def test_numbers_in_words_of_a_customer_are_no_links(cast):
    case = cast.asks(cast.dana[0], "My order is #1.")
    assert "My order is #1." in client_of(cast.bob).get(f"/inbox/open/c/{case.pk}/").content.decode()


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@bob please", ["bob"]),
        ("Ask @Bob Brandt, he knows.", ["bob"]),
        ("(@BOB)", ["bob"]),
        ("@Carol and @mia", ["carol", "mia"]),
        ("@Sales please", ["carol"]),
        ("@alice", []),
        ("mail to x@bob.example", []),
        ("@bobby @", []),
    ],
)
def test_names_user_names_and_departments_are_understood(cast, text, who):
    case = cast.asks(cast.dana[0], department="support")
    answer = noted(cast.alice, case, text)
    assert called() == who
    told = {0: "Note added", 1: "Note added. 1 colleague is told.", 2: "Note added. 2 colleagues are told."}
    assert told[len(who)] in answer.content.decode()


def test_the_call_stands_out_also_when_the_name_has_changed(cast):
    case = cast.asks(cast.dana[0], department="support")
    noted(cast.alice, case, "Look, @Bob Brandt <b>now</b>")
    User.objects.filter(pk=cast.bob.pk).update(name="Bob Braun")
    page = client_of(cast.alice).get(reverse("conversation", args=["open", case.pk])).content.decode()
    assert '<span class="mention">@Bob Brandt</span> &lt;b&gt;now&lt;/b&gt;' in page
    assert called() == ["bob"]


def test_namesakes_are_called_by_their_user_names_only(cast):
    for number in (1, 2):
        User.objects.create_user(f"eve{number}", name="Eve Ek")
    case = cast.asks(cast.dana[0], department="support")
    noted(cast.alice, case, "@Eve Ek and @eve2")
    assert called() == ["eve2"]
    found = client_of(cast.alice).get(reverse("colleagues")).json()["all"]
    assert {one["insert"] for one in found if one["name"] == "Eve Ek"} == {"eve1", "eve2"}
    assert [one["name"] for one in found][:2] == ["Sales", "Support"]


def test_whoever_is_switched_off_will_not_see_it_and_that_is_said(cast):
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    case = cast.asks(cast.dana[0], department="support")
    answer = noted(cast.alice, case, "@Bob Brandt and @carol").content.decode()
    assert "Bob Brandt is switched off and will not see it." in answer
    assert called() == ["carol"]


def test_those_who_may_not_act_here_call_too(cast):
    case = cast.asks(cast.dana[0], department="support")
    assert noted(cast.charlie, case, "@alice please").status_code == 200
    assert called() == ["alice"]


def test_one_click_is_one_note(cast):
    case, click = cast.asks(cast.dana[0], department="support"), str(uuid4())
    for _ in range(2):
        assert noted(cast.alice, case, "@bob", click=click).status_code == 200
    assert Note.objects.count() == 1
    assert Mention.objects.count() == 1
    assert "with another text" in noted(cast.alice, case, "Other", click=click).content.decode()


def test_a_note_costs_the_same_however_many_are_called(cast, django_assert_max_num_queries):
    case = cast.asks(cast.dana[0], department="support")
    with django_assert_max_num_queries(15):
        notes.add(case, by=cast.alice, text="@bob @carol @Sales @Support @mia " * 30)


@given(
    text=st.text("@ab (Bo\u0301b.Brandt\u202e\n", max_size=30),
    spans=st.lists(st.tuples(st.integers(-2, 40), st.integers(-2, 40)), max_size=4),
)
def test_any_text_with_any_places_can_be_shown(text, spans):
    shown = mentions.shown(text, spans)
    assert "<script" not in shown


def test_a_text_of_signs_alone_is_looked_at_quickly(cast, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        assert mentions.find("@" * 20_000).users == []
