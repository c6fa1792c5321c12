"""Merges and un-merges stand on the timelines of those they concern, and open browsers hear of them."""

import json

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from contacts.models import Contact
from inbox import live, merging
from inbox.models import Event
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def told():
    """What open browsers are told: the ids of conversations, message by message."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete(live.LOG)
        last = "0"

        def listen():
            nonlocal last
            said = []
            for _stream, events in client.xread({live.LOG: last}) or ():
                for place, fields in events:
                    last = place
                    said.append(json.loads(fields[live.FIELD.encode()])["conversations"])
            return said

        yield listen


def entries():
    return list(Event.objects.exclude(kind="message").order_by("pk").values_list("kind", "contact_id", "data"))


def test_it_tells_the_one_who_stands_for_both(cast, told, django_capture_on_commit_callbacks):
    dana, [other] = cast.dana[0], cast.contact("D. Whitlock")
    open_one, closed = cast.asks(other), cast.asks(other, state="closed")
    with django_capture_on_commit_callbacks(execute=True):
        row = merging.merge(
            other.contact_id,
            dana.contact_id,
            by=cast.alice,
            at=timezone.now(),
            evidence=[{"kind": "same_email", "value": "d@example.org"}],
        )
    data = {
        "merge": row.pk,
        "name": "D. Whitlock",
        "origin": "person",
        "reason": "Same verified e-mail address d@example.org",
    }
    assert entries() == [("merged", dana.contact_id, data)]
    assert told() == [[open_one.pk]]
    assert closed.state == "closed"


def test_it_tells_both_when_they_are_two_again(cast, told, django_capture_on_commit_callbacks):
    dana, [other] = cast.dana[0], cast.contact("D. Whitlock")
    row = merging.merge(other.contact_id, dana.contact_id, by=cast.alice, at=timezone.now())
    theirs, hers = cast.asks(other), cast.asks(dana)
    with django_capture_on_commit_callbacks(execute=True):
        merging.unmerge(row.pk, by=cast.bob, at=timezone.now())
    assert entries()[1:] == [
        ("unmerged", other.contact_id, {"merge": row.pk, "name": "Dana Whitlock"}),
        ("unmerged", dana.contact_id, {"merge": row.pk, "name": "D. Whitlock"}),
    ]
    assert told() == [sorted([theirs.pk, hers.pk])]
    with pytest.raises(merging.CannotMerge, match="Bob Brandt"):
        merging.unmerge(row.pk, by=cast.alice, at=timezone.now())
    assert len(entries()) == 3


def test_it_tells_both_when_an_account_leaves(cast):
    left = merging.split(cast.dana[1].pk, by=cast.mia, at=timezone.now())
    assert left != cast.dana[0].contact_id
    assert [(kind, contact, data["name"]) for kind, contact, data in entries()] == [
        ("unmerged", left, "Dana Whitlock"),
        ("unmerged", cast.dana[0].contact_id, "Dana Whitlock"),
    ]
    alone = Contact.objects.get(pk=left).identities.get()
    with pytest.raises(merging.CannotMerge, match="only account"):
        merging.split(alone.pk, by=cast.mia, at=timezone.now())
    with pytest.raises(merging.CannotMerge):
        merging.split(10**30, by=cast.mia, at=timezone.now())
