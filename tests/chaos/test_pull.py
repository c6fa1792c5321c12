"""R1, R2: a worker killed anywhere between fetch and commit loses and doubles nothing; and the test can fail."""

import json
import random
import subprocess
import sys
from contextlib import contextmanager

import pytest

from connectors import credentials, ledger
from connectors.models import Channel, Pull, Receipt
from contacts.models import Identity
from inbox import pull  # noqa: F401 - declares its places
from inbox.models import Decision, Event, Message
from people import departments
from people.models import Department
from socialcrm import crash
from tests.chaos.killed import BUGS
from tests.servers import x as stand_in
from tests.servers.x_world import World

POSTS = 2500
# Enough where a death comes at a known place: several pages, and every author twice.
FEW = 600
KILLS = 40
PLACES = ["pull.claimed", "pull.fetched", "ingest.before_messages", "ingest.before_ledger", "ingest.before_commit"]
PLACES += ["ingest.after_commit"]


def world_of(posts):
    world = World(brand="halden")
    for number in range(posts):
        world.add(f"@halden message {number}, please help", author=f"user{number % 300}")
    return world


@contextmanager
def workers(env):
    """A function that gives an order to a worker and returns what became of it."""
    program = [sys.executable, "-m", "tests.chaos.killed"]
    with subprocess.Popen(program, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"

        def order(**particulars):
            process.stdin.write(json.dumps({"channel": "X", **particulars}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield order
        process.stdin.close()
        process.wait(30)


@pytest.fixture
def server(request):
    with stand_in.serving(world_of(getattr(request, "param", FEW))) as running:
        # A network repeats itself; what is known must not be stored again.
        running.faults.add("repeat", path="/mentions", after=1, count=40, ids=3)
        yield running


def connect(server):
    departments.ensure(Department)
    settings = {"user_id": server.world.brand_id}
    channel = Channel.objects.create(network="x", name="X", base_url=server.url, settings=settings, account="@halden")
    Pull.objects.create(channel=channel)
    credentials.store(channel, {"bearer_token": "bearer-secret"})
    return channel


def check(channel, server):
    """Equal sets, nothing twice, nothing half, and a ledger that adds up. Raises AssertionError otherwise."""
    wanted = {str(post["id"]) for post in server.world.posts.values()}
    stored = list(Message.objects.filter(channel=channel).values_list("external_id", flat=True))
    assert set(stored) == wanted
    assert len(stored) == len(set(stored)) == Event.objects.filter(kind="message").count() == Decision.objects.count()
    assert Identity.objects.count() == Identity.objects.values("external_id").distinct().count() == 300
    assert not Receipt.objects.filter(state__in=["pending", "quarantined"]).exists()
    counts = next(row for row in ledger.summary() if row["channel"] == "X")
    assert counts["stored"] == len(stored)
    assert counts["received"] == counts["stored"] + counts["duplicate"]


def kill_at_random(order, kills, chooser, **particulars):
    """Kill workers in the middle of their work; returns how many kills found one at it that had stored something."""
    landed = 0
    for number in range(kills):
        before = Message.objects.count()
        # Now and then a longer life, so that work is done also where the machine is slow.
        life = 0.4 if number % 8 == 7 else chooser.uniform(0.02, 0.2)
        outcome = order(kill_after=life, **particulars)
        landed += outcome["killed"] and before < POSTS
    return landed


@pytest.mark.parametrize("server", [POSTS], indirect=True)
def test_forty_kills_lose_nothing_and_double_nothing(process_env, server):
    channel = connect(server)
    with workers(process_env) as order:
        landed = kill_at_random(order, KILLS, random.Random(1))
        # After some deaths in a row pages are kept item by item, to be taken in one by one.
        in_between = Message.objects.count() + Receipt.objects.count()
        assert order()["status"] == 0

    check(channel, server)
    assert landed >= 10
    assert in_between > 0


@pytest.mark.parametrize("place", PLACES)
def test_a_death_at_each_place_loses_nothing(process_env, server, place):
    channel = connect(server)
    with workers(process_env) as order:
        for _ in range(2):
            assert order(crash_at=place)["status"] == 137
        assert order()["status"] == 0

    check(channel, server)


def test_every_place_on_the_way_of_a_page_is_tried():
    names = {name for name in crash.declared() if name.split(".")[0] in ("pull", "ingest")}
    assert names == set(PLACES)


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_the_check_finds_a_seeded_bug(process_env, server, bug):
    channel = connect(server)
    with workers(process_env) as order:
        for place in ("ingest.before_ledger", "ingest.before_commit", "ingest.after_commit"):
            order(crash_at=place, bug=bug)
        kill_at_random(order, 3, random.Random(2), bug=bug)
        order(bug=bug)

    with pytest.raises(AssertionError):
        check(channel, server)
