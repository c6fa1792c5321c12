"""What is held on a person can be given to them, and erased; and nothing brings it back."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.incoming import Author, Context, Incoming
from connectors.ledger import summary
from connectors.models import OUTCOMES, Receipt
from contacts import models as graph
from contacts import roles
from contacts.models import Contact, ErasedIdentity, Erasure, Identity, RoleKind
from inbox import blocking, erasure, events, learning, merging, promises
from inbox import models as inbox
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.sidebar import FIXED
from routing.models import Example
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db
MARK = "zzmarkzz"
OLD = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def cast():
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def said(external_id, author, text="Hello", *, at=OLD, **fields):
    return Incoming(
        network="x", external_id=external_id, author=Author(external_id=author, **fields.pop("profile", {})),
        posted_at=at, text=text, **fields,
    )  # fmt: skip


@pytest.fixture
def marked(cast):
    """Somebody of whom every table knows something, always with the mark; merged from two contacts."""
    channel = channel_named("forum")
    profile = {
        "handle": f"{MARK}_handle", "name": f"{MARK} Name", "bio": f"{MARK} bio", "email": f"{MARK}@example.org",
        "url": f"https://example.org/{MARK}", "avatar_url": f"https://example.org/{MARK}.png",
        "location": MARK, "links": (f"https://{MARK}.example.org",),
    }  # fmt: skip
    me = f"{MARK}-1"
    ingest(
        channel,
        [
            said("m1", me, f"{MARK} order AB-12345, call +49 30 1234567", profile=profile, raw={"user": {"id": me}}),
            said("m1", me, f"{MARK} edited", at=OLD + timedelta(minutes=1), action="edit", profile=profile),
            said("m2", "other", "I agree", parent_id="m1", profile={"name": "Other"},
                 raw={"in_reply_to_user_id": me, "entities": {"mentions": [{"id": me, "name": f"{MARK} Name"}]}},
                 context=(Context(relation="replied_to", external_id="m1", author=f"{MARK} Name", text=MARK),)),
            said("m3", "other", "Ask them", mentions=(Author(external_id=me, handle=f"{MARK}_handle"),)),
        ],
        trust_email=True,
    )  # fmt: skip
    identity = Identity.objects.get(external_id=me)
    second = cast.contact(f"{MARK} Second", "email")[0]
    merging.merge(second.contact_id, identity.contact_id, by=cast.mia, at=timezone.now())
    person = Contact.objects.get(pk=identity.contact_id)
    conversation = inbox.Conversation.objects.get(identity=identity)
    mine = cast.asks(second, f"{MARK} mail", department="sales")
    now = timezone.now()
    reply = cast.says(mine, f"{MARK} reply", direction="out", author=cast.alice)
    inbox.Delivery.objects.create(
        message=reply, channel=cast.channel, state="queued", click=uuid4(), client_key=uuid4(),
        send_after=now + timedelta(hours=1), error=MARK,
    )  # fmt: skip
    promises.make(reply, by=cast.mia, until=None)
    inbox.Upload.objects.create(message=reply, name=f"{MARK}.pdf", content_type="text/plain", content=MARK.encode())
    cast.decided(inbox.Message.objects.filter(conversation=mine).first(), evidence=[{"kind": "term", "term": MARK}])
    note = inbox.Note.objects.create(conversation=conversation, author=cast.alice, text=f"{MARK} note", created_at=now)
    events.act(conversation, "note", by=cast.alice, at=now, note_id=note.pk)
    inbox.Draft.objects.create(user=cast.bob, conversation=conversation, text=f"{MARK} draft", at=now)
    inbox.Contributor.objects.create(
        conversation=mine, department=cast.departments["pr"], reason=f"{MARK} why", created_at=now
    )
    _facts(cast, person, second, now, conversation)
    Receipt.objects.create(
        channel=channel, source="pull", key="k" * 64, payload={"author": {"id": me}, "text": MARK},
        state="rejected", reason=f"text: {MARK} is too odd", position=MARK, received_at=now,
    )  # fmt: skip
    return person


def _facts(cast, person, second, now, conversation):
    kind = RoleKind.objects.get(slug="critic")
    roles.give(person.pk, kind, since=now, reason=f"{MARK} role", by=cast.mia, at=now)
    attribute = graph.Attribute.objects.create(slug="city", name="City", kind="text")
    source = graph.Import.objects.create(
        file_name="people.csv", content=MARK.encode(), encoding="utf-8", system="crm", state="done", created_at=now
    )
    graph.AttributeValue.objects.create(
        contact=person, attribute=attribute, value=MARK, search_key=MARK, source="import", source_import=source, at=now
    )
    graph.ImportedRow.objects.create(source=source, line=2, outcome="updated", contact=person)
    graph.ImportedRow.objects.create(
        source=source, line=3, outcome="rejected", row={"mail": f"{MARK}@example.org"}, reason=f"{MARK} is odd"
    )
    graph.Deal.objects.create(contact=person, title=f"{MARK} deal", opened_at=now)
    graph.Pin.objects.create(contact=second.contact, text=f"{MARK} pin", at=now)
    graph.Tag.objects.create(contact=person, name=f"{MARK} tag", at=now)
    graph.Owner.objects.create(contact=person, department=cast.departments["pr"], at=now)
    graph.Claim.objects.create(contact=person, network="x", handle=f"{MARK}_claim")
    graph.Clue.objects.create(identity=second, kind="phone", value=f"{MARK}9")
    graph.Influence.objects.create(identity=second, score=0.1, percentile=90, at=now)
    events.of_contact(person.pk, "pinned", by=cast.mia, at=now, text=f"{MARK} pinned")
    _routing(cast, conversation, person, now)


def _routing(cast, conversation, person, now):
    """What routing knows of them: what was learnt, what a rule takes them for, who blocks them, what a trial found."""
    message = conversation.messages.order_by("pk").first()
    kept = {"customer": {"attributes": {"city": MARK}, "tags": [f"{MARK} tag"]}, "senses": {"products": [MARK]}}
    inbox.Decision.objects.filter(message=message).update(
        signals=kept, evidence=[{"kind": "said", "term": MARK}], first={"contributors": [{"reason": MARK}]}
    )
    lesson = learning.Lesson(conversation.pk, "pr", Example.Source.HANDOVER)
    learning.teach([lesson], by=cast.mia, reason=f"{MARK} is press")
    inbox.RoleSuggestion.objects.create(
        identity=conversation.identity, kind=RoleKind.objects.get(slug="critic"), message=message, rule=1,
        reason=f"{MARK} rule", at=now,
    )  # fmt: skip
    choice = blocking.choices(conversation, cast.mia)[0]
    blocking.block(choice, by=cast.mia, reason=f"{MARK} shouts")
    inbox.ConversationTag.objects.create(conversation=conversation, name=f"{MARK} tag", at=now)
    inbox.Assignment.objects.create(conversation=conversation, user=cast.bob, explanation={"rule": MARK}, at=now)


def tables_with(mark):
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s OR t::text LIKE %s',
                [f"%{mark}%", f"%{mark.encode().hex()}%"],
            )
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def erase(person, by=None):
    begun = erasure.begin(person.pk, by=by, reason="asked for it")
    assert erasure.work(begun.pk)
    begun.refresh_from_db()
    return begun


def test_s38_nothing_that_bears_the_mark_is_left_anywhere(marked):
    before = tables_with(MARK)
    assert len(before) >= 20, before
    begun = erase(marked)
    assert tables_with(MARK) == {}
    assert begun.finished_at and begun.pending is None and begun.counts["messages"] == 3
    others = inbox.Message.objects.get(external_id="m2")
    assert others.text == "I agree" and others.context == []
    assert others.raw["entities"] == {"mentions": [{}]}


def test_s38_it_does_not_come_back_with_the_next_pull_and_the_ledger_adds_up(cast, marked):
    erase(marked)
    channel = channel_named("forum")
    again = [
        said("m1", f"{MARK}-1", f"{MARK} order", profile={"name": MARK}),
        said("m9", f"{MARK}-1", f"{MARK} older one", at=OLD - timedelta(days=9), profile={"name": MARK}),
        said("m1", f"{MARK}-1", f"{MARK} edit", at=timezone.now(), action="edit", profile={"name": MARK}),
        said(
            "m4",
            "other",
            "Hi @them",
            mentions=(Author(external_id=f"{MARK}-1", name=MARK),),
            context=(Context(relation="quoted", external_id="m1", author=MARK, text=MARK, author_id=f"{MARK}-1"),),
            raw={"entities": {"mentions": [{"id": f"{MARK}-1", "name": MARK}]}},
        ),
    ]
    taken = ingest(channel, again)
    assert taken.outcomes["deleted"] == 3 and taken.outcomes["stored"] == 1
    assert tables_with(MARK) == {}
    row = next(one for one in summary() if one["channel"] == "forum")
    assert row["received"] == sum(row[name] for name in OUTCOMES)


def test_who_writes_again_afterwards_is_a_new_person(marked):
    erase(marked)
    taken = ingest(channel_named("forum"), [said("m10", f"{MARK}-1", "I am back", at=timezone.now())])
    assert taken.outcomes["stored"] == 1
    assert Identity.objects.get(external_id=f"{MARK}-1").contact_id != marked.pk


def test_replies_that_have_not_left_never_leave(marked):
    erasure.begin(marked.pk, by=None)
    assert not inbox.Delivery.objects.filter(state="queued").exists()


def test_while_it_goes_on_the_person_is_found_nowhere(cast, marked):
    conversations = list(inbox.Conversation.objects.filter(identity__contact=marked).values_list("pk", flat=True))
    erasure.begin(marked.pk, by=None)
    mia = client_of(cast.mia)
    assert mia.get(reverse("contact", args=[marked.pk])).status_code == 404
    assert MARK not in mia.get(reverse("contacts")).content.decode().lower()
    for name in (*FIXED, "q/sales", "q/triage"):
        assert MARK not in mia.get(reverse("view", args=[name])).content.decode().lower(), name
    for url in (reverse("board"), reverse("notifications"), reverse("history"), reverse("merges")):
        assert MARK not in mia.get(url).content.decode().lower(), url
    # What was typed comes back, and nothing beside.
    for url in (reverse("inbox"), reverse("search"), reverse("palette")):
        page = mia.get(url, {"q": MARK}).content.decode().lower()
        assert not re.search(rf"{MARK}(-1|_|(</mark>)? (mail|reply|order|edited|note|name|second))", page), url
    for one in conversations:
        assert mia.get(reverse("conversation", args=["open", one])).status_code == 404
        assert mia.get(reverse("colleague_drafts", args=[one])).status_code == 404
    with pytest.raises(merging.CannotMerge):
        merging.merge(marked.pk, cast.dana[0].contact_id, by=cast.mia, at=timezone.now())
    with pytest.raises(erasure.NotFound):
        erasure.begin(marked.pk, by=None)


def test_while_it_goes_on_nothing_is_written_about_the_person_any_more(cast, marked):
    one = inbox.Conversation.objects.filter(identity__contact=marked).earliest("pk")
    erasure.begin(marked.pk, by=None)
    mia = client_of(cast.mia)
    before = inbox.Event.objects.count()
    for act, data in (
        ("note", {"text": f"{MARK} called", "click": uuid4()}),
        ("close", {}),
        ("assign", {"to": cast.mia.pk}),
    ):
        assert mia.post(reverse(act, args=[one.pk]), data).status_code == 404, act
    assert inbox.Event.objects.count() == before
    assert not inbox.Note.objects.filter(conversation=one, text__contains="called").exists()


def test_an_erasure_that_was_interrupted_is_finished_by_the_sweep(marked, monkeypatch):
    begun = erasure.begin(marked.pk, by=None)
    assert erasure.pending() == [begun.pk]
    Erasure.objects.filter(pk=begun.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert erasure.work(begun.pk) is True
    assert erasure.work(begun.pk) is False
    assert erasure.pending() == []


def test_managers_see_what_goes_type_the_name_and_erase(cast, marked):
    url = reverse("contact_erase", args=[marked.pk])
    assert client_of(cast.alice).get(url).status_code == 403
    mia = client_of(cast.mia)
    page = mia.get(url).content.decode()
    assert "2 accounts" in page and "3 messages" in page and "1 reply that has not left is stopped" in page
    wrong = mia.post(url, {"name": "Somebody"})
    assert wrong.status_code == 422 and "is not their name" in wrong.content.decode()
    assert Contact.objects.filter(pk=marked.pk, is_erased=False).exists()
    assert mia.post(url, {"name": marked.name.upper(), "reason": "Asked by mail"}).status_code == 302
    assert Erasure.objects.get().by == cast.mia
    assert mia.get(url).status_code == 404


def test_everything_is_in_the_export_and_agents_get_none(cast, marked):
    url = reverse("contact_export", args=[marked.pk])
    assert client_of(cast.alice).get(url, {"format": "json"}).status_code == 403
    mia = client_of(cast.mia)
    assert 'href="' in mia.get(url).content.decode()
    answer = mia.get(url, {"format": "json"})
    assert "attachment" in answer["Content-Disposition"]
    held = json.loads(answer.getvalue())
    for name in ("contacts", "accounts", "conversations", "messages", "earlier_versions", "deliveries", "decisions",
                 "notes", "promises", "events", "roles", "attributes", "deals", "pins", "tags", "owners", "claims",
                 "imported_rows", "relationships", "merges", "clues", "influence", "rejected"):  # fmt: skip
        assert held[name], name
    assert {one["text"] for one in held["messages"]} >= {f"{MARK} edited", f"{MARK} mail", f"{MARK} reply"}
    html = mia.get(url, {"format": "html"}).getvalue().decode()
    assert f"{MARK} note" in html and "<script" not in html


def test_the_export_is_safe_to_open(cast):
    cast.asks(cast.dana[0], "<script>alert(1)</script>")
    url = reverse("contact_export", args=[cast.dana[0].contact_id])
    html = client_of(cast.mia).get(url, {"format": "html"}).getvalue().decode()
    assert "<script>" not in html and "&lt;script&gt;" in html


def held_back(channel, key, **payload):
    return Receipt.objects.create(
        channel=channel, source="pull", key=key * 64, payload=payload, state="quarantined", reason="odd",
        received_at=timezone.now(),
    )  # fmt: skip


def test_what_only_looks_like_their_id_is_neither_handed_out_nor_erased(cast, django_assert_max_num_queries):
    dana = cast.dana[0].contact
    Identity.objects.filter(pk=cast.dana[0].pk).update(external_id="1234", handle="anna")
    for number in range(30):
        Identity.objects.create(
            contact=dana, network=f"net{number}", external_id=f"acc-{number}", seen_at=OLD, created_at=OLD
        )
    theirs = held_back(cast.channel, "a", author={"id": "1234"}, text="Mine")
    named = held_back(cast.channel, "b", author={"id": "77"}, text="Ask x.com/1234 about it")
    others = held_back(cast.channel, "c", author={"id": "51234"}, text="Savanna, order 991234")
    with django_assert_max_num_queries(50):
        pieces = client_of(cast.mia).get(reverse("contact_export", args=[dana.pk]), {"format": "json"}).getvalue()
    assert [one["payload"] for one in json.loads(pieces)["rejected"]] == [theirs.payload, named.payload]
    erase(dana)
    assert dict(Receipt.objects.values_list("pk", "payload")) == {
        theirs.pk: {},
        named.pk: {},
        others.pk: others.payload,
    }


def test_the_export_tells_nothing_of_who_only_seemed_to_be_the_same(cast):
    dana, other = cast.dana[0], cast.contact("Olga Other")[0]
    reasons = [{"kind": "location", "level": "differ", "a": "Kyiv", "b": "Secretville", "weight": -1}]
    graph.Suggestion.objects.create(
        first=dana, second=other, score=0.6, reasons=reasons, state="rejected", created_at=timezone.now()
    )
    merge = merging.merge(other.contact_id, dana.contact_id, at=timezone.now(), by=cast.mia, evidence=reasons)
    merging.unmerge(merge.pk, by=cast.mia, at=timezone.now())
    url = reverse("contact_export", args=[dana.contact_id])
    held = json.loads(client_of(cast.mia).get(url, {"format": "json"}).getvalue())
    assert [one["reasons"] for one in held["suggestions"]] == [[{"kind": "location"}]]
    assert [one["evidence"] for one in held["merges"]] == [[{"kind": "location"}]]
    assert "Secretville" not in json.dumps(held) and "Olga" not in json.dumps(held)


def test_nothing_more_is_said_of_somebody_who_is_being_erased(cast):
    dana = cast.dana[0].contact_id
    erasure.begin(dana, by=None)
    alice = client_of(cast.alice)
    assert alice.post(reverse("contact_pins", args=[dana]), {"text": "Lives in Kyiv."}).status_code == 404
    assert alice.post(reverse("do_not_contact", args=[dana]), {"reason": "Asked."}).status_code == 404
    assert not graph.Pin.objects.exists()


def test_the_commands_do_the_same(marked, var):
    out = StringIO()
    call_command("export_contact", marked.pk, stdout=out)
    assert json.loads(out.getvalue())["messages"]
    out = StringIO()
    call_command("erase_contact", marked.pk, "--dry-run", stdout=out)
    assert "accounts" in out.getvalue() and Contact.objects.filter(pk=marked.pk).exists()
    call_command("erase_contact", marked.pk, "--yes", stdout=out)
    assert "Erased: " in out.getvalue()
    assert tables_with(MARK) == {}
    for command in ("export_contact", "erase_contact"):
        with pytest.raises(CommandError, match="no contact"):
            call_command(command, marked.pk)


def test_s38_after_an_older_backup_they_are_erased_again(cast, marked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        erase(marked)
    ErasedIdentity.objects.all().delete()
    ingest(channel_named("forum"), [said("m1", f"{MARK}-1", f"{MARK} order", profile={"name": MARK})])
    assert tables_with(MARK)
    out = StringIO()
    call_command("erase_again", stdout=out)
    assert out.getvalue().startswith("1 of ")
    assert tables_with(MARK) == {}
    assert Identity.objects.filter(pk=cast.dana[0].pk).exists()


def test_the_number_of_statements_does_not_grow_with_what_is_there(cast, django_assert_max_num_queries):
    for _ in range(40):
        cast.asks(cast.dana[0], "Again")
    with django_assert_max_num_queries(2):
        erasure.preview(cast.dana[0].contact)
    begun = erasure.begin(cast.dana[0].contact_id, by=None)
    with django_assert_max_num_queries(110):
        erasure.work(begun.pk)
