"""R1, R2 for back-fills: a worker killed anywhere loses and doubles nothing of the past."""

import random
from datetime import timedelta

import pytest

from connectors import backfills, ledger
from connectors.models import Backfill, Receipt
from inbox import backfill  # noqa: F401 - declares its places
from inbox.models import Conversation, Message
from socialcrm import crash
from tests.chaos.test_pull import workers
from tests.inbox.archive import NOW, enlist, open_channel, post

POSTS = 2500
KILLS = 20
PLACES = ["backfill.claimed", "backfill.fetched", "backfill.before_commit", "backfill.after_commit"]
PLACES += ["ingest.before_messages", "ingest.before_ledger", "ingest.before_commit", "ingest.after_commit"]


@pytest.fixture
def begun(transactional_db, tmp_path):
    enlist()
    posts = [post(n, NOW - timedelta(hours=3 * (POSTS - n))) for n in range(POSTS)]
    channel = open_channel(tmp_path / "posts", posts, name="X")
    return backfills.start(channel, since=NOW - timedelta(days=365), by=None)


def check(begun):
    """Everything once, counted once, and nobody alarmed. Raises AssertionError otherwise."""
    begun.refresh_from_db()
    stored = list(Message.objects.values_list("external_id", flat=True))
    assert len(stored) == len(set(stored)) == POSTS
    # What several workers died over goes in by itself.
    assert (begun.state, begun.stored + begun.duplicate + Receipt.objects.count()) == ("done", POSTS)
    assert not Receipt.objects.exclude(state="done").exists()
    row = next(one for one in ledger.summary() if one["channel"] == "X")
    assert (row["stored"], row["received"]) == (POSTS, POSTS + row["duplicate"])
    assert not Conversation.objects.exclude(state="closed", due_at=None).exists()


def test_kills_at_random_lose_nothing_and_double_nothing(begun, process_env):
    chooser = random.Random(3)
    landed, long = 0, 0.4
    with workers(process_env) as order:
        for number in range(KILLS):
            before = Message.objects.count()
            life = long if number % 5 == 4 else chooser.uniform(0.02, 0.2)
            landed += order(backfill=True, kill_after=life)["killed"] and before < POSTS
            # On a busy machine a life that is to bring something in must be longer.
            long *= 1 if Message.objects.exists() else 1.2
        in_between = Message.objects.count()
        while order(backfill=True)["status"] != 0:
            Backfill.objects.get(pk=begun.pk, state="running")

    check(begun)
    assert landed >= 5
    assert in_between > 0


@pytest.mark.parametrize("place", PLACES)
def test_a_death_at_each_place_loses_nothing(begun, process_env, place):
    with workers(process_env) as order:
        for _ in range(2):
            assert order(backfill=True, crash_at=place)["status"] == 137
        while order(backfill=True)["status"] != 0:
            Backfill.objects.get(pk=begun.pk, state="running")

    check(begun)


def test_every_place_on_the_way_is_tried():
    names = {name for name in crash.declared() if name.split(".")[0] in ("backfill", "ingest")}
    assert names == set(PLACES)


def test_the_check_finds_a_seeded_bug(begun, process_env):
    with workers(process_env) as order:
        for place in ("ingest.before_ledger", "ingest.before_commit", "ingest.after_commit"):
            order(backfill=True, crash_at=place, bug="cursor first")
        for _ in range(5):
            order(backfill=True, bug="cursor first")

    with pytest.raises(AssertionError):
        check(begun)
