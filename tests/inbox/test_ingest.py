import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.incoming import Attachment, Author, Incoming
from connectors.ledger import Kept, summary
from connectors.models import Ledger, Receipt
from contacts.models import Contact, Identity, Relationship
from inbox import notes, triage
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Conversation, Decision, Event, Message, Tally, Tombstone, Version
from people import departments
from people.models import Department, User

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
DANA = Author(external_id="u-dana", handle="danawhitlock", name="Dana Whitlock", followers=1_200_000)


def said(external_id="1", text="My brakes failed again, please help me", **fields):
    minutes = fields.pop("minutes", 0)
    return Incoming(
        **{
            "network": "x",
            "external_id": external_id,
            "author": DANA,
            "posted_at": T0 + timedelta(minutes=minutes),
            "text": text,
        }
        | fields
    )


@pytest.fixture
def channel(db):
    departments.ensure(Department)
    return channel_named("test")


def line(channel):
    return next(row for row in summary() if row["channel"] == channel.name)


def adds_up(channel):
    counts = line(channel)
    outcomes = sum(value for name, value in counts.items() if name not in ("channel", "network", "received"))
    return counts["received"] == outcomes


def test_a_message_gets_a_contact_a_conversation_a_decision_and_an_event(channel):
    taken = ingest(channel, [said()])

    message = Message.objects.get()
    assert message.text == "My brakes failed again, please help me"
    assert message.identity.contact.name == "Dana Whitlock"
    assert message.conversation.snippet == message.text
    assert message.conversation.waiting_since == T0
    assert message.decision.evidence
    assert message.conversation.department.slug in {message.decision.outcome, "triage"}
    assert list(Event.objects.values_list("kind", "message_id")) == [("message", message.pk)]
    assert taken.outcomes == {"stored": 1}
    assert taken.conversations == {message.conversation_id}


def test_a_page_of_five_hundred_costs_as_many_statements_as_one_of_fifty(channel):
    def page(start, size):
        people = [Author(external_id=f"{start}-{number}", name="N") for number in range(70)]
        return [
            said(str(start + number), author=people[number % 70], thread_id=f"{start}-{number % 90}")
            for number in range(size)
        ]

    counts = []
    for start, size in ((1000, 50), (2000, 500), (2000, 500)):
        with CaptureQueriesContext(connection) as captured:
            ingest(channel, page(start, size))
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 21
    assert counts[2] <= 8


def test_a_replay_changes_nothing(channel):
    page = [said(), said("2", parent_id="1", minutes=3)]
    ingest(channel, page)
    before = snapshot(channel, with_ledger=False)

    taken = ingest(channel, page)

    assert taken.outcomes == {"duplicate": 2}
    assert taken.conversations == frozenset()
    assert snapshot(channel, with_ledger=False) == before
    assert adds_up(channel)


def test_an_answer_joins_the_thread_of_its_parent_also_on_one_page(channel):
    ingest(channel, [said("3", parent_id="2", minutes=2), said("2", parent_id="1", minutes=1), said("1")])
    ingest(channel, [said("4", parent_id="3", minutes=3)])

    assert Conversation.objects.get().thread_id == "1"
    assert Message.objects.count() == 4


def places(channel):
    return sorted(Message.objects.filter(channel=channel).values_list("external_id", "conversation__thread_id"))


CHAINS = {
    "answers to answers": [said("a"), said("b", minutes=1, parent_id="a"), said("c", minutes=2, parent_id="b")],
    "a named thread above": [
        said("a", thread_id="T"),
        said("b", minutes=1, parent_id="a"),
        said("c", minutes=2, parent_id="b", author=Author(external_id="u-bo")),
    ],
    "an edit that does not name the thread": [
        said("a", thread_id="T", parent_id="0"),
        said("a", minutes=1, action="edit", text="corrected"),
        said("b", minutes=2, parent_id="a"),
    ],
    "an answer to itself and a circle": [said("a", parent_id="a"), said("b", thread_id="c"), said("c", thread_id="b")],
    "ids that are other messages' threads": [
        said("1", thread_id="2"),
        said("2", minutes=1, thread_id="1"),
        said("3", minutes=2, thread_id="2"),
        said("4", minutes=2, thread_id="1"),
    ],
}


def test_what_waits_for_what_waits_goes_all_the_way(channel):
    """`b` joins `c`'s thread, which waits for `p`, on the very page on which `p` comes."""
    bo = Author(external_id="u-bo")
    ingest(channel, [said("d", minutes=4, parent_id="b"), said("e", minutes=5, parent_id="b", author=bo)])
    ingest(channel, [said("c", minutes=2, parent_id="p")])

    ingest(channel, [said("b", minutes=3, parent_id="c"), said("p", minutes=1, thread_id="T")])

    assert {thread for _, thread in places(channel)} == {"T"}
    assert Conversation.objects.count() == 2


@pytest.mark.parametrize("name", CHAINS)
def test_every_order_of_a_thread_ends_in_the_same_conversations(channel, name):
    endings = []
    for order in itertools.permutations(CHAINS[name]):
        with transaction.atomic():
            for item in order:
                ingest(channel, [item])
            facts = Conversation.objects.values_list("thread_id", "identity__external_id", "snippet", "last_message_at")
            endings.append((order, places(channel), sorted(facts), Event.objects.filter(kind="message").count()))
            transaction.set_rollback(True)

    for ending in endings:
        assert ending[1:] == endings[0][1:], ending[0]


def test_a_message_belongs_to_whoever_created_it_also_if_somebody_else_corrected_it(channel):
    edit = said("1", minutes=1, action="edit", author=Author(external_id="u-moderator"), text="corrected")

    ingest(channel, [said("1"), edit])
    ingest(channel, [said("2")])
    ingest(channel, [said("2", minutes=1, action="edit", author=Author(external_id="u-moderator"), text="corrected")])

    assert set(Message.objects.values_list("identity__external_id", "text")) == {("u-dana", "corrected")}


def test_what_people_did_to_a_conversation_survives_its_joining_another_one(channel):
    ingest(channel, [said("c", parent_id="b", minutes=2), said("a")])
    mia = User.objects.create_user("mia", name="Mia", role="manager")
    waiting = Conversation.objects.get(thread_id="b")
    notes.add(waiting, by=mia, text="Call her")
    triage.assign(waiting, by=mia, to=mia)

    ingest(channel, [said("b", minutes=1, parent_id="a")])

    whole = Conversation.objects.get()
    assert (whole.thread_id, whole.messages.count(), whole.assignee) == ("a", 3, mia)
    assert whole.notes.get().text == "Call her"
    assert set(whole.events.values_list("kind", flat=True)) >= {"message", "note", "assigned"}
    assert sum(Tally.objects.filter(state=whole.state).values_list("difference", flat=True)) == 1


def test_an_open_conversation_keeps_its_owner(channel):
    ingest(channel, [said(text="My car broke down, the app shows an error, please help")])
    owner = Conversation.objects.get().department

    ingest(channel, [said("2", parent_id="1", minutes=5, text="hello? still waiting")])

    assert Conversation.objects.get().department == owner


def test_a_closed_conversation_opens_again_when_the_customer_writes(channel):
    ingest(channel, [said()])
    Conversation.objects.update(state="closed", due_at=None)

    ingest(channel, [said("2", parent_id="1", minutes=90)])

    conversation = Conversation.objects.get()
    assert conversation.state == "open"
    assert conversation.last_message_at == T0 + timedelta(minutes=90)
    assert Event.objects.filter(kind="reopened").count() == 1


def test_an_edit_becomes_a_version_and_a_deletion_leaves_no_words(channel):
    ingest(channel, [said(text="secret one", raw={"body": "secret one"})])
    ingest(channel, [said(text="secret two", action="edit", minutes=1)])
    message = Message.objects.get()
    assert (message.text, message.edited_at) == ("secret two", T0 + timedelta(minutes=1))
    assert Version.objects.get().text == "secret one"

    ingest(channel, [said(text="", action="delete", minutes=2)])

    message.refresh_from_db()
    assert message.deleted_at == T0 + timedelta(minutes=2)
    for table in (Message, Version, Decision, Conversation, Event):
        for row in table.objects.values():
            assert "secret" not in str(row)


def test_what_was_deleted_before_it_arrived_does_not_come_back(channel):
    ingest(channel, [said(text="", action="delete", minutes=2)])
    assert Tombstone.objects.count() == 1
    assert not Message.objects.exists()

    ingest(channel, [said(text="secret")])

    assert Message.objects.get().deleted_at is not None
    assert Message.objects.get().text == ""


ITEMS = {
    "create": lambda: said(text="My car broke down, help", url="https://x.com/1", raw={"v": 1}),
    "edit": lambda: said(text="Actually I want to buy a new car", action="edit", minutes=1, raw={"v": 2}),
    "edit again": lambda: said(
        text="Boycott them, the recall was hidden",
        action="edit",
        minutes=2,
        attachments=(Attachment(url="https://a.b/c"),),
    ),
    "edit at the same time": lambda: said(text="I love this car so much", action="edit", minutes=2),
    "delete": lambda: said(text="", action="delete", minutes=3),
    "delete again": lambda: said(text="", action="delete", minutes=4),
}


def snapshot(channel, *, with_ledger=True):
    """Everything that a person can see of a channel, without ids and clocks."""
    conversations = Conversation.objects.filter(channel=channel)
    facts = [
        sorted(
            Message.objects.filter(channel=channel).values_list(
                "external_id", "text", "kind", "url", "posted_at", "edited_at", "deleted_at", "digest", "version_at"
            ),
            key=str,
        ),
        sorted(map(str, Message.objects.filter(channel=channel).values_list("raw", "attachments", "context"))),
        sorted(Version.objects.filter(channel=channel).values_list("at", "is_edit", "digest", "text"), key=str),
        sorted(Tombstone.objects.filter(channel=channel).values_list("external_id", "deleted_at")),
        sorted(
            conversations.values_list(
                "thread_id",
                "state",
                "department__slug",
                "snippet",
                "last_message_at",
                "waiting_since",
                "due_at",
                "language",
                "tone",
            ),
            key=str,
        ),
        sorted(conversations.values_list("contributors__department__slug", "contributors__reason"), key=str),
        sorted(map(str, Decision.objects.filter(channel=channel).values_list("outcome", "confidence", "evidence"))),
        sorted(Event.objects.filter(channel=channel).values_list("kind", "at"), key=str),
    ]
    if with_ledger:
        counts = line(channel)
        facts.append([counts[name] for name in ("stored", "edited", "deleted")])
    return facts


@pytest.mark.parametrize(
    "wanted", [["create", "edit", "delete"], ["create", "edit", "edit again", "edit at the same time"]]
)
def test_every_order_of_create_edit_and_delete_ends_the_same(channel, wanted):
    endings = []
    for order in itertools.permutations(wanted):
        with transaction.atomic():
            for name in order:
                ingest(channel, [ITEMS[name]()])
            endings.append(snapshot(channel))
            transaction.set_rollback(True)

    for order, ending in zip(itertools.permutations(wanted), endings, strict=True):
        assert ending == endings[0], order


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.lists(st.sampled_from(sorted(ITEMS)), min_size=6, max_size=14),
    cuts=st.sets(st.integers(1, 13), max_size=5),
)
def test_repeats_and_page_borders_do_not_matter_either(channel, arrivals, cuts):
    """Whatever arrives, in whatever pages: the end is that of the same set, once each, in one page."""
    names = sorted(set(arrivals))
    with transaction.atomic():
        ingest(channel, [ITEMS[name]() for name in names])
        once = snapshot(channel)
        transaction.set_rollback(True)
    with transaction.atomic():
        borders = [0, *sorted(cut for cut in cuts if cut < len(arrivals)), len(arrivals)]
        for start, end in itertools.pairwise(borders):
            ingest(channel, [ITEMS[name]() for name in arrivals[start:end]])
        many = snapshot(channel)
        assert adds_up(channel)
        assert line(channel)["received"] == len(arrivals)
        transaction.set_rollback(True)

    assert many == once


def test_a_refused_cursor_refuses_the_whole_page(channel):
    class Refused(Exception):
        pass

    def refuse():
        raise Refused

    with pytest.raises(Refused), transaction.atomic():
        ingest(channel, [said()], advance=refuse)

    assert not Message.objects.exists()
    assert line(channel)["received"] == 0


def test_what_is_no_message_is_kept_with_the_reason_once(channel):
    bad = Kept(payload={"id": 7}, state=Receipt.State.REJECTED, reason="author: None is missing. Name the author.")

    ingest(channel, [said()], kept=[bad])
    ingest(channel, [], kept=[bad])

    receipt = Receipt.objects.get()
    assert (receipt.payload, receipt.reason) == ({"id": 7}, bad.reason)
    counts = line(channel)
    assert (counts["received"], counts["stored"], counts["rejected"], counts["duplicate"]) == (3, 1, 1, 1)


def test_a_receipt_is_counted_in_the_hour_in_which_it_was_received(channel, monkeypatch):
    """Trying it again takes the count out of that hour."""
    strike = datetime(2026, 5, 1, 10, tzinfo=UTC)
    clock = itertools.chain([strike - timedelta(milliseconds=1)], itertools.repeat(strike))
    monkeypatch.setattr("django.utils.timezone.now", lambda: next(clock))

    ingest(channel, (), kept=[Kept(payload={"id": 1}, state=Receipt.State.REJECTED, reason="It is empty.")])

    assert Ledger.objects.get().hour == Receipt.objects.get().received_at.replace(minute=0, second=0, microsecond=0)


def test_people_with_the_same_vouched_address_are_one_contact(channel):
    x = said(author=Author(external_id="1", handle="priya", email="Priya@posteo.example"))
    mail = said("2", network="email", author=Author(external_id="priya@posteo.example", email="priya@posteo.example"))

    ingest(channel, [x], trust_email=True)
    ingest(channel, [mail], trust_email=True)

    assert Identity.objects.count() == 2
    assert Contact.objects.people().count() == 1


def test_an_address_that_nobody_vouches_for_links_nobody(channel):
    for number, network in enumerate(("x", "email")):
        author = Author(external_id="7", email="ceo@brand.example")
        ingest(channel, [said(str(number), network=network, author=author)])

    assert Contact.objects.count() == 2


def test_a_newer_profile_replaces_an_older_one_and_not_the_other_way_round(channel):
    ingest(channel, [said(minutes=10, author=Author(external_id="1", handle="new", followers=20))])
    ingest(channel, [said("2", minutes=5, author=Author(external_id="1", handle="old", followers=10))])
    assert Identity.objects.get().handle == "new"

    ingest(channel, [said("3", minutes=15, author=Author(external_id="1", name="Newest"))])
    identity = Identity.objects.get()
    assert (identity.handle, identity.name, identity.followers) == ("new", "Newest", 20)


def test_who_answers_whom_is_counted(channel):
    other = Author(external_id="u-hal", handle="hal")
    ingest(channel, [said("1"), said("2", author=other, parent_id="1", mentions=(DANA,), minutes=1)])

    edges = set(Relationship.objects.values_list("source__handle", "kind", "target__handle", "count"))
    assert edges == {("hal", "replied_to", "danawhitlock", 1), ("hal", "mentioned", "danawhitlock", 1)}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "田中 美咲", "سارة الحدّاد", "O'Brien \\ \t x", "a\\N", "\u202eevil"]
)
def test_names_of_every_kind_arrive_as_they_are(channel, name):
    ingest(channel, [said(author=Author(external_id="1", name=name), text=f"{name}\n\\. \\N\tend")])

    assert Identity.objects.get().name == name
    assert Message.objects.get().text == f"{name}\n\\. \\N\tend"


@pytest.mark.django_db(transaction=True)
def test_the_same_page_from_eight_workers_at_once_is_stored_once():
    departments.ensure(Department)
    channel = channel_named("race")
    page = [
        said(str(number), author=Author(external_id=f"u{number % 9}"), thread_id=f"t{number % 11}")
        for number in range(60)
    ]
    errors = []
    barrier = threading.Barrier(8)

    def work(mine):
        try:
            barrier.wait(10)
            ingest(channel, mine)
        except IntegrityError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(page[number:] + page[:number],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not errors
    assert (Message.objects.count(), Identity.objects.count(), Event.objects.count()) == (60, 9, 60)
    counts = line(channel)
    assert (counts["stored"], counts["duplicate"], counts["received"]) == (60, 420, 480)
    assert Contact.objects.count() == 9


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_meet_the_same_new_people_all_the_time_both_get_on():
    departments.ensure(Department)
    channels = [channel_named("one"), channel_named("two")]
    errors = []

    def work(channel):
        try:
            for start in range(0, 2000, 100):
                people = [Author(external_id=f"u{number}") for number in range(start, start + 100)]
                ingest(channel, [said(one.external_id, author=one, thread_id=one.external_id) for one in people])
        except IntegrityError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not errors
    assert Identity.objects.count() == Contact.objects.count() == 2000
    assert Message.objects.count() == 4000


def test_the_kept_counts_are_the_counted_ones(channel):
    alice = User.objects.create_user("alice", name="Alice")
    ingest(channel, [said(str(number), thread_id=str(number)) for number in range(20)])
    Conversation.objects.filter(thread_id__in=["1", "2", "3"]).update(state="closed")
    Conversation.objects.filter(thread_id__in=["3", "4"]).update(assignee=alice)
    Conversation.objects.filter(thread_id="5").delete()

    kept = {}
    for row in Tally.objects.values_list("department_id", "assignee_id", "state", "difference"):
        kept[row[:3]] = kept.get(row[:3], 0) + row[3]
    counted = {}
    for row in Conversation.objects.values_list("department_id", "assignee_id", "state"):
        counted[row] = counted.get(row, 0) + 1
    assert {key: value for key, value in kept.items() if value} == counted
