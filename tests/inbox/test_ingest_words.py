"""What comes with the words of a message: subject, formatting, what it repeats, and whether a person wrote it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connectors.incoming import Author, Incoming
from connectors.models import Channel
from inbox import triage
from inbox.ingest import ingest
from inbox.models import Conversation, Message
from people import departments
from people.models import Department, User

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MAIL = Incoming(
    network="email",
    external_id="<1@example.org>",
    author=Author(external_id="dana@example.org", name="Dana"),
    posted_at=NOW - timedelta(hours=2),
    kind="email",
    title="My order 4711",
    text="It is broken again.",
    html="<p>It is <b onclick='x()'>broken</b> again.<script>alert(1)</script></p>",
    quoted="On Monday Bob wrote: it is repaired.",
)


@pytest.fixture
def channel() -> Channel:
    departments.ensure(Department)
    return Channel.objects.create(network="import", name="Mail")


@pytest.fixture
def mia(client: Client) -> User:
    user = User.objects.create_user("mia", name="Mia", role="manager")
    client.force_login(user)
    return user


def test_a_subject_is_shown_listed_and_read_by_the_router(channel: Channel, mia: User, client: Client) -> None:
    subject = "I want to buy your car, what does it cost?"
    ingest(channel, [replace(MAIL, title=subject, text="Please see above.")])
    message = Message.objects.select_related("decision", "conversation").get()
    assert message.conversation.snippet == f"{subject} · Please see above."
    terms = str(message.decision.evidence)
    assert "buy" in terms or "cost" in terms
    page = client.get(f"/inbox/open/c/{message.conversation_id}/").content.decode()
    assert f'dir="auto">{subject}</h4>' in page
    # What comes later makes the list's line anew.
    ingest(channel, [replace(MAIL, external_id="<2@example.org>", parent_id=MAIL.external_id, title="Re", text="Hi?")])
    message.conversation.refresh_from_db()
    assert message.conversation.snippet == "Re · Hi?"


def test_what_an_email_repeats_is_folded_and_its_layout_made_safe(channel: Channel, mia: User, client: Client) -> None:
    ingest(channel, [MAIL])
    message = Message.objects.get()
    page = client.get(f"/inbox/open/c/{message.conversation_id}/").content.decode()
    assert "It is broken again." in page
    assert "it is repaired" not in page
    assert "onclick" not in page
    event = message.events.get().pk
    address = f"/inbox/open/c/{message.conversation_id}/events/{event}/"
    opened = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "it is repaired" in opened
    formatted = client.get(f"{address}?formatted=1", headers={"HX-Request": "true"}).content.decode()
    assert "<b>broken</b>" in formatted
    assert "onclick" not in formatted
    assert "alert(1)" not in formatted


def test_a_deleted_message_leaves_no_words_of_any_kind(channel: Channel) -> None:
    ingest(channel, [MAIL])
    ingest(channel, [replace(MAIL, action="delete", posted_at=NOW)])
    message = Message.objects.get()
    assert (message.text, message.title, message.html, message.quoted) == ("", "", "", "")


def test_an_edit_brings_all_its_words(channel: Channel) -> None:
    ingest(channel, [MAIL])
    edited = replace(
        MAIL, action="edit", posted_at=NOW, title="Order 4712", text="Fine.", html="<i>Fine</i>", quoted=""
    )
    ingest(channel, [edited])
    message = Message.objects.get()
    assert (message.text, message.title, message.html, message.quoted) == ("Fine.", "Order 4712", "<i>Fine</i>", "")


def test_what_no_person_wrote_opens_nothing_and_waits_for_nothing(channel: Channel, mia: User) -> None:
    absent = replace(MAIL, external_id="<away@example.org>", automatic=True, text="I am away until Monday.")
    ingest(channel, [absent])
    alone = Conversation.objects.get()
    assert alone.state == "noise"
    ingest(channel, [MAIL])
    asked = Conversation.objects.get(thread_id=MAIL.external_id)
    assert asked.state == "open"
    triage.close(asked, by=mia)
    ingest(channel, [replace(absent, external_id="<away2@example.org>", parent_id=MAIL.external_id)])
    asked.refresh_from_db()
    assert asked.messages.count() == 2
    assert asked.state == "closed"
    # A person's answer opens it.
    ingest(channel, [replace(MAIL, external_id="<3@example.org>", parent_id=MAIL.external_id, text="Still broken!")])
    asked.refresh_from_db()
    assert asked.state == "open"


def test_the_past_is_closed_keeps_its_times_and_starts_no_clock(channel: Channel) -> None:
    old = replace(MAIL, posted_at=NOW - timedelta(days=400))
    ingest(channel, [old], past=True)
    conversation = Conversation.objects.get()
    assert (conversation.state, conversation.due_at) == ("closed", None)
    assert Message.objects.get().posted_at == old.posted_at
    assert Message.objects.get().decision.outcome
    # Somebody who writes in the same thread today is heard.
    ingest(channel, [replace(MAIL, external_id="<9@example.org>", parent_id=old.external_id, posted_at=NOW)])
    conversation.refresh_from_db()
    assert conversation.state == "open"
    assert conversation.waiting_since == NOW


def test_the_past_leaves_an_open_conversation_as_it_is(channel: Channel) -> None:
    ingest(channel, [MAIL])
    before = Conversation.objects.get()
    older = replace(MAIL, external_id="<0@example.org>", thread_id=MAIL.external_id, posted_at=NOW - timedelta(days=3))
    ingest(channel, [older], past=True)
    after = Conversation.objects.get()
    assert after.messages.count() == 2
    assert (after.state, after.department_id) == (before.state, before.department_id)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ({"spf": "fail", "dmarc": "fail", "verdict": "fail"}, "sender not confirmed"),
        ({"spf": "pass", "dkim": "pass", "verdict": "pass"}, "SPF pass, DKIM pass"),
    ],
)
def test_s15_what_the_server_found_out_about_a_sender_is_shown(
    channel: Channel, mia: User, client: Client, found: dict[str, str], shown: str
) -> None:
    ingest(channel, [replace(MAIL, raw={"authentication": found})])
    page = client.get(f"/inbox/open/c/{Message.objects.get().conversation_id}/").content.decode()
    assert shown in page
