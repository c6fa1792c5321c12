"""What is begun and not sent: a reply and a note apart, for each colleague and conversation."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from inbox.models import Draft
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_reply_and_a_note_are_kept_apart_and_the_last_one_is_open_again(cast):
    case = cast.asks(cast.dana[0], department="support")
    alice, url = client_of(cast.alice), reverse("draft", args=[case.pk])
    alice.post(url, {"text": "Dear Dana", "mode": "reply"})
    alice.post(url, {"text": "Careful, colleagues", "mode": "note"})
    begun = alice.get(url).json()
    assert {mode: one["text"] for mode, one in begun.items()} == {"reply": "Dear Dana", "note": "Careful, colleagues"}
    page = alice.get(reverse("conversation", args=["open", case.pk])).content.decode()
    assert "Careful, colleagues</textarea>" in page
    assert '<template data-begun="reply"' in page
    assert client_of(cast.bob).get(url).json() == {}
    alice.post(reverse("note", args=[case.pk]), {"mode": "note", "text": "Careful, colleagues"})
    assert [one.mode for one in Draft.objects.all()] == ["reply"]


def test_the_newer_words_win_and_the_others_come_back(cast):
    case = cast.asks(cast.dana[0], department="support")
    alice, url = client_of(cast.alice), reverse("draft", args=[case.pk])
    first = alice.post(url, {"text": "From the desk", "known": ""})
    at = first.headers["Draft-At"]
    assert alice.post(url, {"text": "From the desk, on", "known": at}).status_code == 204
    other = alice.post(url, {"text": "From the phone", "known": at})
    assert other.json()["replaced"] == "From the desk, on"
    assert Draft.objects.get().text == "From the phone"
    assert alice.post(url, {"text": "On", "known": "not a time"}).json()["replaced"] == "From the phone"


def test_words_that_arrive_after_their_note_was_added_are_no_draft(cast):
    case, click = cast.asks(cast.dana[0], department="support"), str(uuid4())
    alice = client_of(cast.alice)
    alice.post(reverse("note", args=[case.pk]), {"mode": "note", "text": "Careful", "click": click})
    late = {"mode": "note", "text": "Caref", "click": click}
    assert alice.post(reverse("draft", args=[case.pk]), late).status_code == 204
    assert not Draft.objects.exists()


def test_those_who_may_leave_a_note_have_drafts_of_notes(cast):
    case = cast.asks(cast.dana[0], department="support")
    charlie, url = client_of(cast.charlie), reverse("draft", args=[case.pk])
    assert charlie.post(url, {"mode": "note", "text": "I know her"}).status_code == 204
    assert charlie.post(url, {"mode": "note", "text": "I know\0"}).status_code == 422
    assert "I know her</textarea>" in charlie.get(reverse("conversation", args=["open", case.pk])).content.decode()
    assert charlie.post(url, {"mode": "reply", "text": "Hi"}).status_code == 403
    assert charlie.post(url, {"mode": "shout", "text": "Hi"}).status_code == 422


def test_a_text_of_a_hundred_thousand_words_is_answered_with_figures(cast):
    case = cast.asks(cast.dana[0], department="support")
    words, htmx = "words " * 100_000, {"HX-Request": "true"}
    for mode in ("reply", "note"):
        body = {"mode": mode, "text": words, "click": str(uuid4())}
        answer = client_of(cast.alice).post(reverse(mode, args=[case.pk]), body, headers=htmx)
        assert answer.status_code == 422
        assert "The text has 599999 characters, at most 20000 fit. Shorten it." in answer.content.decode()


def test_the_composer_says_who_reads_a_reply_and_from_which_account(cast):
    case = cast.asks(cast.dana[0], department="support")
    page = client_of(cast.alice).get(reverse("conversation", args=["open", case.pk])).content.decode()
    assert "Public reply as @us on" in page
    assert "Only colleagues see this" in page
