from datetime import UTC, datetime

import pytest

from connectors.incoming import Author, Incoming
from contacts.models import Clue, Identity, Suggestion
from inbox import tasks
from inbox.imports import channel_named
from inbox.ingest import ingest
from people import departments
from people.models import Department

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def channel(db):
    departments.ensure(Department)
    return channel_named("test")


def said(author, text, network="x", **fields):
    values = {"external_id": f"{author} {text}", "posted_at": T0, "author": Author(external_id=author, handle=author)}
    return Incoming(network=network, text=text, **(values | fields))


def test_two_who_wrote_of_the_same_order_are_suggested_once_their_messages_are_in(channel):
    ingest(channel, [said("sunny", "Where is order R-2291?"), said("moon", "R-2291, still waiting", "mastodon")])
    tasks.suggest_persons()
    found = Suggestion.objects.get()
    assert [reason["value"] for reason in found.reasons if reason["kind"] == "order"] == ["R-2291"]
    assert not Identity.objects.filter(matched_at=None).exists()


def test_a_later_message_brings_what_ties_two_who_were_compared_before(channel):
    ingest(channel, [said("sunny", "Call me: 0171 2345678"), said("moon", "Hello", "mastodon")])
    tasks.suggest_persons()
    assert not Suggestion.objects.exists()
    ingest(channel, [said("moon", "My number is +49 171 2345678, call any time", "mastodon")])
    tasks.suggest_persons()
    assert Suggestion.objects.get().reasons[0]["ending"] == "5678"


def test_a_subject_is_read_and_what_a_program_sent_or_was_deleted_is_not(channel):
    ingest(
        channel,
        [
            said("one", "see above", title="Order R-1001"),
            said("two", "Order R-1002", automatic=True),
            said("three", "Order R-1003", external_id="gone"),
            said("three", "", external_id="gone", action="delete"),
        ],
    )
    assert list(Clue.objects.filter(kind="order").values_list("value", flat=True)) == ["R-1001"]


def test_an_edit_is_read_too_and_the_same_message_twice_is_one_clue(channel):
    first = said("one", "Order R-10001 please", external_id="m")
    ingest(channel, [first])
    ingest(channel, [first, said("one", "Order R-10002 please", external_id="m", action="edit")])
    assert sorted(Clue.objects.filter(kind="order").values_list("value", flat=True)) == ["R-10001", "R-10002"]
