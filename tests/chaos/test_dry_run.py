"""A worker killed anywhere in a dry run counts no message twice and leaves none out."""

import random

import pytest
from django.db import connections

from inbox.dryrun import asking, work  # noqa: F401 - declares its places
from inbox.models import DryRun
from socialcrm import crash
from tests.chaos.test_pull import workers
from tests.inbox.cast import Cast
from tests.inbox.dry_run_cast import NEW_CARS, decided, draft, rule

MESSAGES = 240
PLACES = ["dryrun.before_chunk", "dryrun.after_chunk"]


@pytest.fixture
def run(transactional_db):
    cast = Cast()
    conversation = cast.asks(text="Upgrade")
    cast.decided(conversation.messages.get(), probabilities={"support": 0.9})
    for number in range(1, MESSAGES):
        decided(cast, "An upgrade" if number % 3 else "Mend it", conversation=conversation)
    return asking.ask(draft(rule(1, NEW_CARS, owner="sales")), days=7, by=cast.mia)


def check(run):
    """Every message once. Raises AssertionError otherwise."""
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == (DryRun.State.DONE, MESSAGES, MESSAGES)
    assert run.result["cells"] == {"support": {"sales": 161, "support": 79}}
    assert run.result["rules"] == {"1": [161, 161, 0]}
    assert len(run.result["examples"]["support"]["sales"]) == 5


def test_kills_at_random_count_each_message_once(run, process_env):
    chooser = random.Random(3)
    landed = 0
    with workers(process_env) as order:
        for _ in range(12):
            # It is given up after three deaths without a chunk between them, which is told elsewhere.
            landed += order(dry_run=5, kill_after=chooser.uniform(0.02, 0.12))["killed"]
            DryRun.objects.filter(state="running", result__deaths__gte=2).update(result={})
        for _ in range(3):
            order(dry_run=5)
    check(run)
    assert landed >= 2
    connections.close_all()


@pytest.mark.parametrize("place", PLACES)
def test_a_death_at_each_place_counts_each_message_once(run, process_env, place):
    assert place in crash.declared()
    with workers(process_env) as order:
        assert order(dry_run=50, crash_at=place)["status"] == 137
        assert order(dry_run=50)["status"] == 0
    check(run)
    connections.close_all()
