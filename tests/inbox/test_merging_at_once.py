"""Colleagues merge and separate the same people at once, while messages of theirs come in."""

import random
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from connectors.incoming import Author, Incoming
from contacts.merge import CannotMerge, inconsistencies
from contacts.models import Contact, Identity, Merge
from inbox import merging
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Event
from people import departments
from people.models import Department
from tests.contacts.graph import person

pytestmark = pytest.mark.django_db(transaction=True)
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at_once(*works):
    """Run each in a thread of its own; returns what they raised."""
    raised = []
    barrier = threading.Barrier(len(works))

    def run(work):
        try:
            barrier.wait(10)
            work()
        except Exception as error:  # noqa: BLE001 - the test is about whatever it is
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_the_second_of_two_who_merge_the_same_is_told():
    one, other = person("One"), person("Other")

    raised = at_once(
        *[lambda: merging.merge(one.contact_id, other.contact_id, by=None, at=timezone.now())] * 2,
        *[lambda: merging.merge(other.contact_id, one.contact_id, by=None, at=timezone.now())] * 2,
    )

    assert [type(error) for error in raised] == [CannotMerge] * 3
    assert Merge.objects.count() == Event.objects.count() == 1
    assert inconsistencies() == []


def test_the_second_of_two_who_separate_the_same_is_told():
    one, other = person("One"), person("Other")
    row = merging.merge(one.contact_id, other.contact_id, by=None, at=timezone.now())

    raised = at_once(*[lambda: merging.unmerge(row.pk, by=None, at=timezone.now())] * 4)

    assert [type(error) for error in raised] == [CannotMerge] * 3
    assert Event.objects.filter(kind="unmerged").count() == 2
    assert inconsistencies() == []


def test_merging_separating_and_taking_in_at_once_leaves_pointers_and_merges_in_agreement():
    departments.ensure(Department)
    channel = channel_named("race")
    people = [person(f"P{number}", network="forum", email=f"p{number}@posteo.example") for number in range(8)]

    def merges(seed):
        def work():
            choose = random.Random(seed)  # noqa: S311 - no secret
            for _ in range(40):
                one, other = (Identity.objects.get(pk=one.pk) for one in choose.sample(people, 2))
                rows = list(Merge.objects.filter(undone_at=None).values_list("pk", flat=True))
                try:
                    if rows and choose.random() < 0.4:
                        merging.unmerge(choose.choice(rows), by=None, at=timezone.now())
                    elif choose.random() < 0.2:
                        merging.split(one.pk, by=None, at=timezone.now())
                    else:
                        merging.merge(one.contact_id, other.contact_id, by=None, at=timezone.now())
                except CannotMerge:
                    pass

        return work

    def takes_in(network):
        def work():
            for page in range(10):
                ingest(
                    channel,
                    [
                        Incoming(
                            network=network,
                            external_id=f"{network}-{page}-{number}",
                            author=Author(external_id=f"{page}-{number}", email=f"p{number}@posteo.example"),
                            posted_at=T0 + timedelta(minutes=page),
                            text="Where is my order?",
                            thread_id=f"{network}-{page}-{number}",
                        )
                        for number in range(8)
                    ],
                    trust_email=True,
                )

        return work

    raised = at_once(merges(1), merges(2), takes_in("x"), takes_in("mastodon"))

    assert raised == []
    assert inconsistencies() == []
    assert Identity.objects.count() == Contact.objects.count() == 8 + 160
    assert Event.objects.filter(kind="message").count() == 160


def test_two_pages_with_the_same_address_link_each_other_whichever_is_first():
    departments.ensure(Department)
    channels = [channel_named("one"), channel_named("two")]

    def takes_in(channel, network):
        def work():
            for number in range(20):
                author = Author(external_id=f"{number}", email=f"p{number}@posteo.example")
                item = Incoming(
                    network=network, external_id=f"{number}", author=author, posted_at=T0, text="Where is my order?"
                )
                ingest(channel, [item], trust_email=True)

        return work

    assert at_once(takes_in(channels[0], "x"), takes_in(channels[1], "forum")) == []
    assert Identity.objects.values("contact").distinct().count() == 20
    assert inconsistencies() == []
