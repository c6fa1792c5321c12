"""The promises of tests/connectors/conformance.py for X: mentions, a watch-word and direct messages, signed in."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.channels.x import X
from connectors.protocol import Account, Hook
from tests.connectors.conformance import Bench, Conformance
from tests.connectors.conftest import SIGNED_IN
from tests.servers.x import Server
from tests.servers.x_hooks import signature
from tests.servers.x_world import World, id_at, stamp

SETTINGS = {"username": "halden", "query": "Touring", "direct": "1", "client_id": "client-id"}
SINCE = timedelta(days=2)


def made(world: World, ago: timedelta, text: str, author: str) -> str:
    at = datetime.now(UTC) - ago
    return str(world.add(text, author, id=id_at(at), created_at=stamp(at))["id"])


def said(world: World, ago: timedelta, text: str) -> str:
    at = datetime.now(UTC) - ago
    return str(world.say(text, id=str(id_at(at)), created_at=stamp(at))["id"])


def fill(world: World) -> tuple[set[str], set[str]]:
    """The ids of everything, and of what lies within the time of the back-fill."""
    days = timedelta(days=1)
    old = {made(world, 4 * days, "@halden long ago", "otto"), made(world, 4 * days, "a Touring, long ago", "bo")}
    old |= {said(world, 4 * days + timedelta(minutes=n), f"Good old days, {n}") for n in range(150)}
    world.say("Our own words", "halden", to="2", id=str(id_at(datetime.now(UTC) - days)), created_at=stamp(SOON))
    new = {said(world, days + timedelta(minutes=n), f"Where is my car, {n}?") for n in range(120)}
    new |= {world.add(f"@halden question {n}", f"user{n}")["id"] for n in range(230)}
    new |= {world.add(f"the Touring is nice {n}", "bo")["id"] for n in range(120)}
    return old | new, new


SOON = datetime.now(UTC) - timedelta(hours=1)


class TestX(Conformance):
    kind = X

    @pytest.fixture
    def bench(self, server: Server) -> Iterator[Bench]:
        world = server.world
        everything, past = fill(world)
        account = Account(
            network="x",
            name="X",
            base_url=server.url,
            handle="@halden",
            settings=SETTINGS,
            credentials=SIGNED_IN,
        )

        def delivery() -> tuple[bytes, set[str]]:
            post = world.add("@halden are you there?", "user1")["id"]
            return server.event("post", post), {post}

        def handshake() -> tuple[Hook, str]:
            token = "bm90LWEtc2VjcmV0"
            expected = {"response_token": signature("client-secret", token.encode())}
            hook = Hook(method="GET", query={"crc_token": token}, headers={}, body=b"", received_at=datetime.now(UTC))
            return hook, json.dumps(expected)

        yield Bench(
            account=account,
            expected=everything,
            refuse=lambda: server.faults.add("status", status=401),
            break_down=lambda: server.faults.add("status", status=503),
            lose_answer=lambda: server.faults.add("drop_after_processing", "/2/tweets", method="POST", count=1),
            replies=lambda: len(world.authored["1000"]),
            delivery=delivery,
            sign=server.sign,
            handshake=handshake,
            past=(datetime.now(UTC) - SINCE, past),
            edit=lambda post: world.edit(post, "@halden I mean this", created_at=stamp(datetime.now(UTC))),
            delete=world.delete,
            expire=server.api.tokens.access.clear,
            profile=world.user("user1")["id"],
        )
