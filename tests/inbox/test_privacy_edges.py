"""Erasing takes what belongs to the person and nothing else, also beside whatever goes on at the same time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from connectors.incoming import Author, Incoming
from connectors.models import Receipt
from contacts.models import Contact, Erasure, Identity, Import, ImportedRow
from inbox import erasure, merging, notes, second_look, triage, undo
from inbox.drain import drain
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import (
    Contributor,
    Conversation,
    Decision,
    Deed,
    Delivery,
    Event,
    Follow,
    Link,
    Mention,
    Message,
    Notification,
)
from inbox.together import contributing, following, linking
from tests.contacts.sheets_of import imported, table
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db
OLD = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def cast():
    return Cast()


def said(external_id, author, text="Hello", *, network="x", at=OLD, **profile):
    return Incoming(
        network=network, external_id=external_id, author=Author(external_id=author, **profile), posted_at=at, text=text
    )


def person_of(external_id):
    return Identity.objects.get(external_id=external_id).contact_id


def erase(contact_id):
    begun = erasure.begin(contact_id, by=None)
    assert erasure.work(begun.pk)


def test_it_leaves_rows_of_imports_about_others_whose_cells_hold_the_same_digits(cast):
    source = Import.objects.create(
        file_name="people.csv", content=b"file", encoding="utf-8", system="crm", state="done", created_at=OLD
    )
    record = Identity.objects.create(
        contact=Contact.objects.create(name="Dana", created_at=OLD), network="crm", external_id="crm:1000",
        seen_at=OLD, created_at=OLD,
    )  # fmt: skip
    other = Contact.objects.create(name="Otto", created_at=OLD)
    journal = {"renamed": [1, "Otto", "https://crm.example.org/21000", "Ott", ""]}
    ImportedRow.objects.create(source=source, line=2, outcome="created", contact=record.contact)
    ImportedRow.objects.create(source=source, line=3, outcome="updated", contact=other, row=journal)
    ImportedRow.objects.create(source=source, line=4, outcome="rejected", row=["21000", "Ottostr. 1000"], reason="odd")
    ImportedRow.objects.create(source=source, line=5, outcome="rejected", row=["1000", "Dana"], reason="twice")
    erase(record.contact_id)
    rows = {one.line: one for one in ImportedRow.objects.filter(source=source)}
    assert rows[3].row == journal and rows[3].contact == other
    assert rows[4].row == ["21000", "Ottostr. 1000"] and rows[4].reason == "odd"
    assert rows[5].row is None and rows[2].contact is None
    source.refresh_from_db()
    assert bytes(source.content) == b""


def test_it_leaves_what_arrived_of_others_whose_words_hold_the_handle(cast):
    ingest(channel_named("forum"), [said("m1", "77000001", handle="ford", name="Ford")])
    kept = Receipt.objects.create(
        channel=channel_named("forum"), source="pull", key="a" * 64, payload={"text": "I cannot afford it", "by": {}},
        state="quarantined", reason="odd", received_at=OLD,
    )  # fmt: skip
    gone = Receipt.objects.create(
        channel=channel_named("forum"), source="pull", key="b" * 64, payload={"text": "Ask @ford, please"},
        state="quarantined", reason="odd", received_at=OLD,
    )  # fmt: skip
    erase(person_of("77000001"))
    kept.refresh_from_db()
    gone.refresh_from_db()
    assert kept.payload["text"] == "I cannot afford it" and gone.payload == {}


def test_what_waits_to_be_taken_in_keeps_nothing_of_them_once_it_is(cast):
    channel = channel_named("forum")
    ingest(channel, [said("m1", "dana-1")])
    line = {"network": "x", "external_id": "m0", "author": {"external_id": "dana-1", "name": "Dana"},
            "text": "an old secret", "posted_at": "2026-02-01T10:00:00Z"}  # fmt: skip
    Receipt.objects.create(
        channel=channel, source="pull", key="c" * 64, payload=line, state="pending", received_at=timezone.now()
    )
    erase(person_of("dana-1"))
    assert drain() == 1
    held = Receipt.objects.get(key="c" * 64)
    assert held.state == "done", held.reason
    assert "secret" not in str(held.payload)


def test_addresses_that_differ_in_case_alone_are_all_known_again(cast):
    channel = channel_named("mail")
    ingest(channel, [said("m1", "dana@example.org", network="email")])
    erase(person_of("dana@example.org"))
    again = [said("m2", "Dana@Example.org", network="email"), said("m3", "dana@example.org", network="email")]
    assert ingest(channel, again).outcomes["deleted"] == 2
    assert not Identity.objects.filter(network="email", external_id__iexact="dana@example.org").exists()


def test_erasing_again_leaves_who_wrote_anew_since(cast, django_capture_on_commit_callbacks):
    channel = channel_named("forum")
    ingest(channel, [said("m1", "dana-1")])
    with django_capture_on_commit_callbacks(execute=True):
        erase(person_of("dana-1"))
    ingest(channel, [said("m2", "dana-1", "I am back", at=timezone.now() + timedelta(minutes=1))])
    out = StringIO()
    call_command("erase_again", stdout=out)
    assert out.getvalue().startswith("0 of ")
    assert Identity.objects.filter(external_id="dana-1", messages__text="I am back").exists()


class Dead(BaseException):
    """As a worker that is killed: nothing catches it."""


@pytest.mark.parametrize("place", ["erase.messages", "erase.before_identities", "erase.before_finish"])
def test_it_counts_all_that_went_also_where_its_worker_died(cast, monkeypatch, place):
    ingest(channel_named("forum"), [said(f"m{number}", "dana-1") for number in range(5)])
    begun = erasure.begin(person_of("dana-1"), by=None)
    work = import_module("inbox.erasure.work")

    def die(at):
        if at == place:
            raise Dead

    monkeypatch.setattr(work, "crash_point", die)
    with pytest.raises(Dead):
        erasure.work(begun.pk)
    monkeypatch.setattr(work, "crash_point", lambda _at: None)
    Erasure.objects.filter(pk=begun.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert erasure.work(begun.pk)
    begun.refresh_from_db()
    assert (begun.counts["messages"], begun.counts["conversations"], begun.counts["accounts"]) == (5, 5, 1)


def test_who_was_separated_from_them_is_not_told_their_name_any_more(cast):
    dana, other = cast.dana[0], cast.dana[1]
    left = merging.split(other.pk, by=cast.mia, at=timezone.now())
    assert Event.objects.filter(contact=left, data__name="Dana Whitlock").exists()
    erase(dana.contact_id)
    told = Event.objects.get(contact=left)
    assert told.kind == "unmerged" and told.data["name"] == ""


def test_no_account_leaves_a_person_who_is_being_erased(cast):
    begun = erasure.begin(cast.dana[0].contact_id, by=None)
    with pytest.raises(merging.CannotMerge):
        merging.split(cast.dana[1].pk, by=cast.mia, at=timezone.now())
    assert erasure.work(begun.pk)
    assert not Contact.objects.filter(is_us=False).exists()


def test_a_row_that_names_them_by_their_handle_alone_is_not_taken_in(cast):
    ingest(channel_named("forum"), [said("m1", "998877", handle="@InesP", name="Ines")])
    erase(person_of("998877"))
    source = imported(table(("Id", "Name", "Twitter"), ("7", "Ines Prado", "inesp"), ("8", "Bo", "bo_w")))
    assert source.counts["taken"]["rejected"] == 1 and source.counts["taken"]["created"] == 1
    assert ImportedRow.objects.get(source=source, outcome="rejected").row is None


TWO_MATTERS = (
    "My washing machine arrived broken, it leaks all over the floor and nobody answers my emails. Please help me.\n\n"
    "Press enquiry: I am a reporter writing an article and need a statement and an interview by Friday."
)


@pytest.mark.parametrize("looked_again", [False, True])
def test_words_that_a_department_was_asked_for_go_with_the_message(cast, looked_again):
    channel, item = channel_named("forum"), said("m1", "dana", TWO_MATTERS)
    ingest(channel, [item])
    if looked_again:
        Decision.objects.update(look="quick")
        second_look.work()
    decision = Decision.objects.get()
    (quoted,) = [one["reason"] for one in decision.contributors if one["reason"].startswith("“")]
    assert Contributor.objects.get().reason == quoted
    assert Event.objects.get(kind="contributor").data["reason"] == quoted
    ingest(channel, [replace(item, action="delete", posted_at=OLD + timedelta(hours=1), text="")])
    assert Message.objects.get().text == ""
    decision.refresh_from_db()
    kept = [decision.contributors, (decision.first or {}).get("contributors", decision.contributors)]
    slug, reason = decision.contributors[0]["department"], Contributor.objects.get().reason
    assert reason.startswith(f"The message concerns {slug} as well (")
    assert [[one["reason"] for one in some] for some in kept] == [[reason], [reason]]
    assert Event.objects.get(kind="contributor").data["reason"] == reason
    assert (decision.evidence, decision.signals) == ([], {})


def test_words_of_what_is_deleted_on_its_own_page_are_quoted_nowhere(cast):
    item = said("m1", "dana", TWO_MATTERS)
    gone = replace(item, action="delete", posted_at=OLD + timedelta(hours=1), text="")
    ingest(channel_named("forum"), [item, gone])
    assert not any("“" in one["reason"] for one in Decision.objects.get().contributors)
    assert not Contributor.objects.filter(reason__contains="“").exists()
    assert not Event.objects.filter(data__reason__contains="“").exists()


def test_what_colleagues_hang_on_conversations_goes_with_them(cast, settings):
    alice, other = cast.alice, cast.asks(text="Somebody else's")
    mine = cast.asks(cast.dana[0])
    contributing.ask(mine, department=cast.departments["sales"], by=alice, reason="Dana wants a car.")
    triage.close([mine.pk, other.pk], by=alice)
    notes.add(mine, by=alice, text="@bob, do you know Dana?")
    following.toggle(cast.bob, conversation=mine.pk)
    following.toggle(cast.bob, contact=cast.dana[0].contact_id)
    linking.link(other, mine.pk, by=alice, reason="Both know Dana.")
    linking.link(mine, cast.asks(cast.dana[1]).pk, by=alice)
    assert Notification.objects.filter(conversation=mine).exists()
    erase(cast.dana[0].contact_id)
    assert not Conversation.objects.exclude(pk=other.pk).exists()
    assert not (Follow.objects.exists() or Link.objects.exists() or Mention.objects.exists())
    assert not Notification.objects.filter(conversation=mine.pk).exists()
    (kept,) = Deed.objects.all()
    assert [part["id"] for part in kept.parts] == [other.pk]
    assert undo.take_back(kept.pk, by=alice).ids == [other.pk]
    assert Event.objects.get(conversation=other, kind="linked").data == {"other": str(mine.pk), "reason": ""}


def test_posts_of_one_reply_may_go_one_after_the_other(cast, monkeypatch):
    conversation = cast.asks(cast.dana[0])
    first, second = (cast.says(conversation, text, direction="out", author=cast.alice) for text in ("One", "Two"))
    for message, before in ((first, None), (second, first)):
        Delivery.objects.create(
            message=message, channel=cast.channel, state="sent", click=uuid4(), client_key=uuid4(), send_after=OLD,
            follows=before,
        )  # fmt: skip
    monkeypatch.setattr(import_module("inbox.erasure.work"), "_MESSAGES", 1)
    erase(cast.dana[0].contact_id)
    assert not Delivery.objects.exists()
