import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import F, Q, Sum
from django.http import QueryDict
from django.utils import timezone

from connectors.incoming import Author, Incoming
from connectors.ledger import summary
from connectors.models import Channel, Pull
from contacts.models import Contact, Identity
from inbox import macros, notes, replies, sample_company, sample_desk, saving
from inbox.filters import Filters
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import (
    Contributor,
    Conversation,
    Decision,
    Delivery,
    Draft,
    Event,
    Macro,
    Message,
    Note,
    SavedView,
    Tally,
)
from inbox.pull import pull
from inbox.sample import Loaded, load, status
from inbox.sample_removal import remove
from people import departments
from people.models import Department, User
from routing import versions
from routing.rules import published

SCRIPT = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "connectors" / "channels" / "sample" / "sample.jsonl")
    .read_text()
    .splitlines()
]
TRICKLE = [row for row in SCRIPT if row.get("trickle")]
State = Conversation.State


@dataclass
class Company:
    """What loading the sample came to, and what was in the database before."""

    loaded: Loaded
    before: dict[str, int]
    reply: Message


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """The sample, loaded once for all tests here, beside somebody's real work. What tests change is rolled back."""
    with django_db_blocker.unblock():
        departments.ensure(Department)
        reply = real_work()
        before = rows()
        yield Company(load(), before, reply)
        remove()
        assert rows() == before
        Channel.objects.all().delete()
        Identity.objects.all().delete()
        Contact.objects.all().delete()
        User.objects.all().delete()


def real_work():
    """A customer on a channel of our own, and a reply of alice's that any delivery would send at once."""
    real = channel_named("real")
    alice = User.objects.create_user("alice", "moss-green-5", name="Alice", role="manager")
    posted_at = timezone.now() - timedelta(hours=1)
    ingest(real, [said("0", author=Author(external_id="u"), posted_at=posted_at)])
    Channel.objects.filter(pk=real.pk).update(network="sample")
    reply = replies.queue(Conversation.objects.get(channel=real), by=alice, text="Hello!", click=uuid4()).message
    Delivery.objects.filter(pk=reply.pk).update(send_after=posted_at)
    return reply


def said(external_id, **fields):
    return Incoming(
        **{"network": "x", "external_id": external_id, "text": "Help!", "posted_at": timezone.now()} | fields
    )


@pytest.fixture
def sample(company, db):
    return Channel.objects.get(is_sample=True)


def person(handle):
    return Identity.objects.get(external_id=handle).contact


def rows():
    """How many rows every table of ours holds."""
    ours = ("people", "connectors", "contacts", "routing", "inbox")
    models = [model for model in apps.get_models() if model._meta.app_label in ours and model is not Tally]
    return {model._meta.label: model.objects.count() for model in models}


def test_everything_arrives_through_the_ordinary_ledger(company, sample):
    loaded = company.loaded
    line = next(row for row in summary() if row["channel"] == sample.name)

    assert line["received"] == len(SCRIPT) - len(TRICKLE)
    assert line["received"] == sum(loaded.messages.values())
    assert not line["pending"] and not line["rejected"] and not line["quarantined"]


def test_the_inbox_looks_like_a_company_at_work(sample):
    now = timezone.now()
    everything = Conversation.objects.filter(channel=sample)
    waiting = everything.open()

    assert 60 <= waiting.count() <= 95
    assert everything.filter(state=State.CLOSED).count() > 80
    assert everything.filter(state=State.NOISE).exists()
    assert 5 <= waiting.filter(assignee=None).count() <= 40
    assert waiting.exclude(assignee=None).count() >= 30
    assert 2 <= waiting.filter(due_at__lt=now).count() <= 15
    assert set(waiting.values_list("department__slug", flat=True)) == {"triage", "sales", "support", "pr", "marketing"}
    assert not waiting.filter(assignee=None, last_message_at__lt=now - timedelta(days=3)).exists()
    assert not everything.filter(state=State.CLOSED, due_at__isnull=False).exists()


def test_the_counts_beside_the_queues_are_those_of_the_queues(sample):
    counted = Counter(Conversation.objects.values_list("department_id", "assignee_id", "state"))
    kept = Tally.objects.values_list("department_id", "assignee_id", "state").annotate(n=Sum("difference"))

    assert {row[:3]: row[3] for row in kept if row[3]} == counted


def test_the_past_is_over(sample):
    now = timezone.now()

    assert not Event.objects.filter(channel=sample, at__gt=now).exists()
    assert not Message.objects.filter(channel=sample, posted_at__gt=now).exists()
    # Whatever was done to old conversations was done then, and not while they were loaded.
    old = Conversation.objects.filter(channel=sample, last_inbound_at__lt=now - timedelta(days=30))
    assert old.count() > 30
    assert not Event.objects.filter(conversation__in=old, at__gt=now - timedelta(days=2)).exists()
    assert not Note.objects.filter(conversation__in=old, created_at__gt=now - timedelta(days=2)).exists()
    assert not Decision.objects.filter(message__conversation__in=old, at__gt=now - timedelta(days=2)).exists()
    assert not Contributor.objects.filter(conversation__in=old, created_at__gt=now - timedelta(days=2)).exists()
    assert not old.filter(created_at__gt=now - timedelta(days=2)).exists()


def test_replies_were_sent_by_colleagues_after_what_they_answer(sample):
    sent = Message.objects.filter(channel=sample, direction="out").select_related("delivery", "author")
    said = {one.external_id: one for one in Message.objects.filter(channel=sample, direction="in")}

    assert sent.count() > 60
    for reply in sent:
        assert reply.delivery.state == Delivery.State.SENT
        assert reply.external_id
        assert reply.author.is_sample
        assert reply.posted_at >= said[reply.parent_id].posted_at
        assert said[reply.parent_id].conversation_id == reply.conversation_id
        assert reply.delivery.send_after <= timezone.now()
    assert Event.objects.filter(kind="message", message__in=sent, at=F("message__posted_at")).count() == sent.count()


def test_priyas_timeline_tells_her_story(sample):
    events = Event.objects.filter(identity__contact=person("x:priya_onwheels")).order_by("at", "id")
    story = [
        (event.kind, str(event.actor or "Priya Raghunathan"), event.identity.network)
        for event in events.select_related("actor", "identity")
        if event.kind not in ("assigned", "contributor", "routed")
    ]

    assert [one for one in story if one[2] == "email" and one[0] in ("message", "closed")] == [
        ("message", "Priya Raghunathan", "email"),
        ("message", "Jonas Weber", "email"),
        ("message", "Priya Raghunathan", "email"),
        ("message", "Jonas Weber", "email"),
        ("message", "Priya Raghunathan", "email"),
        ("message", "Jonas Weber", "email"),
        ("closed", "Jonas Weber", "email"),
    ]
    assert story[-5:] == [
        ("message", "Priya Raghunathan", "x"),
        ("handover", "Jonas Weber", "x"),
        ("note", "Jonas Weber", "x"),
        ("message", "Jonas Weber", "x"),
        ("message", "Priya Raghunathan", "x"),
    ]
    handover = events.get(identity__network="x", kind="handover")
    reason = "Tow truck booked (R-2291). She wants a new car, no repair."
    assert handover.data == {"from": "Support", "to": "Sales", "reason": reason}
    assert events.get(identity__network="x", kind="note").note.text == (
        "@Amara no prices before the trade-in check, please."
    )
    conversation = handover.conversation
    assert (conversation.department.slug, conversation.assignee.name, conversation.state) == (
        "sales",
        "Amara Okafor",
        "open",
    )


def test_dana_whitlock_waits_for_rafael_in_pr(sample):
    newest = Conversation.objects.filter(identity__contact=person("x:danawhitlock")).newest_first()[0]

    assert (newest.department.slug, newest.assignee.name, newest.state) == ("pr", "Rafael Duarte", "open")
    assert newest.waiting_since is not None


def test_what_is_sample_is_marked_and_nobody_can_log_in_with_it(sample):
    colleagues = User.objects.filter(username__endswith="@halden.example")

    assert colleagues.count() == len(sample_company.COLLEAGUES) == 12
    assert all(user.is_sample and not user.has_usable_password() for user in colleagues)
    assert colleagues.filter(role="manager").count() == 2
    assert sum(rule["is_sample"] for rule in published().written) == len(sample_company.RULES)
    assert sample.account == "@haldenmotors"


def test_macros_and_saved_lists_are_at_hand(sample):
    alice = User.objects.get(username="alice")
    theirs = Macro.objects.filter(by__is_sample=True)
    replies, acting = theirs.filter(actions={}), theirs.exclude(actions={})

    assert replies.count() == 4 and acting.count() == 2
    assert all(macro.used and macro.used_at < timezone.now() for macro in theirs)
    assert {macro.name: macros.does(macro.actions) for macro in acting} == {
        "Stranded: tow truck is on its way": ["tags stranded", "priority urgent", "assigns you"],
        "Kind words: thank and close": ["tags praise", "closes"],
    }
    views = SavedView.objects.filter(Q(by=alice) | Q(is_shared=True))
    assert set(views.values_list("name", "is_shared")) == {("Unhappy for an hour", True), ("Nobody's yet", False)}
    for view in views:
        assert Filters.parse(QueryDict(view.query)).saved == view.query


def test_pictures_of_invented_customers_can_be_looked_at(sample, client):
    client.force_login(User.objects.get(username="alice"))
    kinds = {}
    for message in Message.objects.filter(channel=sample):
        for position, one in enumerate(message.attachments):
            if one["kind"] == "image":
                kinds[one["url"].rpartition(".")[2]] = f"/media/{message.pk}/{position}/"
    assert set(kinds) == {"jpg", "png"}
    for picture in kinds.values():
        response = client.get(picture)
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")


def test_whoever_is_alone_with_it_is_called_upon_and_has_begun_to_answer(sample):
    alice = User.objects.get(username="alice")
    called = Conversation.objects.filter(mentions__user=alice, channel=sample)

    assert called.count() == 2
    mine = called.get(assignee=alice)
    assert Draft.objects.get(user=alice).conversation == mine
    assert called.exclude(pk=mine.pk).get().drafts.get().user.name == "Rafael Duarte"
    # Once, and nobody where several are at work.
    assert not sample_desk.greet()
    User.objects.create_user("bob")
    Note.objects.filter(conversation=mine).delete()
    assert not sample_desk.greet()


def test_some_wait_for_a_better_day_and_one_went_from_desk_to_desk(sample):
    asleep = Conversation.objects.filter(channel=sample, state=State.SNOOZED)

    assert set(asleep.values_list("assignee__name", flat=True)) == {"Maria Lindqvist", "Leïla Benali"}
    assert not asleep.filter(snoozed_until__lt=timezone.now() + timedelta(days=2)).exists()
    assert Conversation.objects.filter(channel=sample, handovers__gte=2).exists()


def test_what_somebody_made_of_a_macro_or_a_list_stays(sample):
    alice = User.objects.get(username="alice")
    macro = Macro.objects.get(name="Test drive")
    macro.text = "Come by on Saturday."
    macros.save(macro, by=alice)
    view = SavedView.objects.get(by=alice)
    saving.change(view, name="Nobody has it", is_shared=False, query=None, by=alice)

    remove()

    assert Macro.objects.get() == macro
    assert SavedView.objects.get() == view

    assert load() is not None
    assert Macro.objects.get(name="Test drive").text == "Come by on Saturday."


def test_loading_it_again_changes_nothing(sample):
    before = rows()

    assert load() is None
    assert rows() == before


def test_further_messages_trickle_in(sample):
    earlier = timezone.now() - timedelta(minutes=5)
    held = Pull.objects.get(channel=sample)
    Pull.objects.filter(channel=sample).update(cursor=held.cursor | {"at": earlier.isoformat()}, next_at=earlier)

    assert list(Channel.objects.due(timezone.now())) == [sample]
    pulled = pull(sample)

    assert pulled.error is None
    assert sum(pulled.outcomes.values()) in (1, 2)
    assert Message.objects.filter(channel=sample, external_id=TRICKLE[0]["external_id"]).exists()


def test_removing_it_takes_all_of_it_and_twice_does_nothing(company, sample):
    removed = remove()

    assert removed.rows["inbox.Message"] > 300
    assert removed.rows["people.User"] == 12
    assert rows() == company.before
    assert set(Tally.objects.filter(difference__gt=0).values_list("department", flat=True)) == set(
        Conversation.objects.values_list("department", flat=True)
    )
    assert not remove().rows
    assert status() == {"channels": 0, "colleagues": 0, "messages": 0}


def test_removing_it_leaves_who_is_known_outside_of_it(company, sample):
    real = Channel.objects.get(name="real")
    leroy = Identity.objects.get(external_id="x:leroybk")
    jonas = User.objects.get(username="jonas@halden.example")
    own = {"name": "Own", "on": True, "conditions": {}, "actions": {"owner": "pr"}}
    versions.publish([*published().written, own], {}, by=None, reason="")
    # Leroy also writes on a channel of our own, and Charlie there speaks of Ines.
    ines = Author(external_id="x:haldenista", handle="haldenista")
    ingest(
        real,
        [
            said("1", author=Author(external_id="x:leroybk", name="Leroy Baptiste-King")),
            said("2", author=Author(external_id="charlie", name="Charlie"), mentions=(ines,)),
        ],
    )
    notes.add(Conversation.objects.get(channel=real, identity=leroy), by=jonas, text="In stock.")

    removed = remove()

    assert removed.kept == ["Jonas Weber"]
    assert set(User.objects.values_list("username", flat=True)) == {"jonas@halden.example", "alice"}
    assert set(Identity.objects.values_list("external_id", flat=True)) == {"u", "x:leroybk", "x:haldenista", "charlie"}
    assert Contact.objects.count() == 4
    assert Message.objects.filter(channel=real, direction="in").count() == 3
    assert Note.objects.get().author == jonas
    assert [rule["name"] for rule in published().written] == ["Own"]
    assert summary()[0]["stored"] == 3


def test_loading_it_sends_nobody_elses_replies(company, sample):
    delivery = Delivery.objects.select_related("message").get(pk=company.reply.pk)

    assert delivery.state == Delivery.State.QUEUED
    assert delivery.message.posted_at == company.reply.posted_at


def test_the_command_says_what_it_did(sample):
    def run(action):
        out = io.StringIO()
        call_command("sample", action, stdout=out)
        return out.getvalue()

    assert "there already" in run("load")
    assert "Support, open" in run("status")
    told = run("remove")
    assert "messages" in told and "gone" in told
    assert "There was no sample workspace" in run("remove")
