"""A worker killed anywhere in a second look loses and doubles nothing: what it has not looked at, the next one does."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.incoming import Author, Incoming
from connectors.models import Channel
from inbox.ingest import ingest
from inbox.models import Conversation, ConversationTag, Decision, Event
from people import departments
from people.models import Department
from routing import versions
from tests.chaos.test_pull import workers

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
MESSAGES = 150


@pytest.fixture
def burst(transactional_db):
    """Messages that a quick look has sent to Sales, and rules that send them to Support."""
    departments.ensure(Department)
    channel = Channel.objects.create(network="x", name="Our X", account="us")
    page = [
        Incoming(
            network="x",
            external_id=str(at),
            author=Author(external_id=f"p{at}", name="Dana"),
            posted_at=T0 + timedelta(minutes=at),
            text="My order arrived broken",
        )
        for at in range(MESSAGES)
    ]
    ingest(channel, page)
    Conversation.objects.update(department=Department.objects.get(slug="sales"))
    Decision.objects.update(outcome="sales", source="classifier", look="quick")
    conditions = {"field": "text", "op": "contains", "value": "broken"}
    rule = {"name": "Broken", "conditions": conditions, "actions": {"owner": "support", "tags": ["broken"]}}
    versions.publish([rule], {}, by=None, reason="Test")


@pytest.mark.parametrize("place", ["second_look.before_commit", "second_look.after_commit"])
def test_a_worker_that_dies_at_a_place_leaves_the_rest_to_the_next_one(burst, process_env, place):
    with workers(process_env) as order:
        assert order(second_look=True, crash_at=place)["status"] == 137
        while order(second_look=True)["status"] != 0:
            assert Decision.objects.filter(look="quick").exists()
    check()


def test_kills_at_random_lose_and_double_nothing(burst, process_env):
    with workers(process_env) as order:
        for after in (0.05, 0.2, 0.4, 0.8):
            order(second_look=True, kill_after=after)
        while order(second_look=True)["status"] != 0:
            assert Decision.objects.filter(look="quick").exists()
    check()


def check():
    assert Decision.objects.filter(look="second", outcome="support", first__outcome="sales").count() == MESSAGES
    assert Conversation.objects.filter(department__slug="support").count() == MESSAGES
    assert Event.objects.filter(kind="second_look").count() == MESSAGES
    assert ConversationTag.objects.count() == MESSAGES
    assert Event.objects.filter(kind="conversation_tagged").count() == MESSAGES
