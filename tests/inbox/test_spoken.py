"""Who speaks to whom does not depend on the order in which messages arrive, on repeats, edits or deletions."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from connectors.incoming import Author, Context, Incoming
from contacts.models import Contact, Identity, Relationship
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Conversation, Message
from people import departments
from people.models import Department

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANN, BOB, CIO, DAN, STAR = (
    Author(external_id=f"u-{name}", handle=name) for name in ("ann", "bob", "cio", "dan", "star")
)


@pytest.fixture
def channel(db):
    departments.ensure(Department)
    return channel_named("test")


def said(external_id, author, text="Something", *, minutes=0, **fields):
    return Incoming(
        **{
            "network": "forum",
            "external_id": external_id,
            "author": author,
            "posted_at": T0 + timedelta(minutes=minutes),
            "text": text,
        }
        | fields
    )


def edges():
    rows = Relationship.objects.values_list("source__handle", "kind", "target__handle", "count", "first_at", "last_at")
    return {(source, kind, target): (count, first, last) for source, kind, target, count, first, last in rows}


def counts():
    return {edge: count for edge, (count, _, _) in edges().items()}


STORY = [
    said("1", ANN, "How do I charge it at home?", thread_id="T"),
    said("2", BOB, "With the cable", parent_id="1", minutes=1, kind="comment"),
    said("3", CIO, "I agree with both", parent_id="2", minutes=2, kind="comment", mentions=(BOB, STAR)),
    said("4", DAN, "Is that cable sold apart?", parent_id="2", minutes=3),
    said("5", BOB, "It is", parent_id="4", minutes=4, mentions=(DAN,)),
    said("5", BOB, "It is not", parent_id="4", minutes=5, action="edit", mentions=(DAN, STAR)),
    said("6", ANN, "Thanks", parent_id="5", minutes=6),
    said("7", ANN, "Thanks again", parent_id="6", minutes=7),
    said("8", DAN, "Look", minutes=8, context=(Context(relation="quoted", external_id="x", author_id="u-star"),)),
    said("9", DAN, "Gone tomorrow", minutes=9, parent_id="1", mentions=(ANN,)),
    said("9", DAN, "", minutes=10, action="delete"),
]


def test_edges_are_the_same_in_every_order_and_on_all_pages(channel):
    chooser = random.Random(4)  # noqa: S311 - no secret
    endings = []
    for attempt in range(20):
        arriving = STORY + chooser.sample(STORY, 4)
        if attempt:
            chooser.shuffle(arriving)
        with transaction.atomic():
            start = 0
            while start < len(arriving):
                size = chooser.randrange(1, 6)
                ingest(channel, arriving[start : start + size])
                start += size
            endings.append(edges())
            transaction.set_rollback(True)

    for ending in endings[1:]:
        assert ending == endings[0]
    assert {edge: count for edge, (count, _, _) in endings[0].items()} == {
        ("bob", "replied_to", "ann"): 1,
        ("bob", "answered", "ann"): 1,
        ("cio", "replied_to", "bob"): 1,
        ("cio", "mentioned", "bob"): 1,
        ("cio", "mentioned", "star"): 1,
        ("dan", "replied_to", "bob"): 1,
        ("bob", "replied_to", "dan"): 1,
        ("bob", "answered", "dan"): 1,
        ("bob", "mentioned", "dan"): 1,
        ("ann", "replied_to", "bob"): 1,
        ("dan", "shared", "star"): 1,
        ("dan", "replied_to", "ann"): 1,
        ("dan", "answered", "ann"): 1,
        ("dan", "mentioned", "ann"): 1,
    }


def test_who_is_named_becomes_somebody_and_makes_themselves_known(channel):
    ingest(channel, [said("1", ANN, minutes=60, mentions=(STAR,))])
    star = Identity.objects.get(handle="star")
    assert star.contact.name == "star"
    assert not Conversation.objects.filter(identity=star).exists()

    full = Author(external_id="u-star", handle="star", name="A Star", bio="Sings", followers=9, verified=True)
    ingest(channel, [said("2", full)])
    ingest(channel, [said("3", ANN, minutes=90, mentions=(Author(external_id="u-star", handle="other"),))])

    star = Identity.objects.get(external_id="u-star")
    assert (star.handle, star.name, star.bio, star.followers, star.verified) == ("star", "A Star", "Sings", 9, True)
    assert (star.contact.name, star.contact.sort_key) == ("A Star", "a star")
    assert counts() == {("ann", "mentioned", "star"): 2}


def test_what_two_mentions_know_of_somebody_adds_up(channel):
    ingest(channel, [said("1", ANN, mentions=(Author(external_id="u-star"),))])
    ingest(channel, [said("2", ANN, mentions=(Author(external_id="u-star", handle="star"),))])
    ingest(channel, [said("3", ANN, mentions=(Author(external_id="u-star", handle="changed", name="A Star"),))])

    star = Identity.objects.get(external_id="u-star")
    assert (star.handle, star.name, star.contact.name) == ("star", "A Star", "A Star")


def test_our_own_account_is_no_customer_and_people_reply_to_it(channel):
    us = Author(external_id="u-us", handle="OurBrand")
    ingest(channel, [said("1", ANN, mentions=(us,))])
    assert Contact.objects.people().count() == 2

    channel.account, channel.network = "@ourbrand", "forum"
    channel.save()
    asked = Conversation.objects.get()
    Message.objects.create(
        channel=channel,
        conversation=asked,
        identity=asked.identity,
        direction="out",
        kind="mention",
        external_id="out-1",
        text="Hello",
        posted_at=T0,
        created_at=T0,
        version_at=T0,
    )
    ingest(channel, [said("2", ANN, parent_id="out-1", minutes=5, mentions=(us,))])

    assert Contact.objects.people().get().name == "ann"
    assert Identity.objects.get(external_id="u-us").contact.is_us
    assert counts() == {("ann", "mentioned", "OurBrand"): 2, ("ann", "replied_to", "OurBrand"): 1}


def test_an_answer_to_oneself_is_none(channel):
    ingest(channel, [said("1", ANN, "Why?"), said("2", ANN, "Because", parent_id="1", mentions=(ANN,))])

    assert counts() == {}


def test_a_page_that_names_five_hundred_people_costs_as_many_statements_as_one_that_names_fifty(
    channel, django_assert_max_num_queries
):
    def page(start, size):
        return [
            said(
                f"{start}-{number}",
                Author(external_id=f"a{start}-{number % 70}"),
                parent_id=f"{start}-{number - 1}" if number else "",
                mentions=(Author(external_id=f"n{start}-{number}", handle="n"),),
            )
            for number in range(size)
        ]

    with django_assert_max_num_queries(30) as few:
        ingest(channel, page(1000, 50))
    with django_assert_max_num_queries(30) as many:
        ingest(channel, page(2000, 500))

    assert len(few) == len(many)
