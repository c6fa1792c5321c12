"""The promises of tests/connectors/conformance.py for Bluesky."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.channels.bluesky import Bluesky
from connectors.protocol import Account
from tests.connectors.conformance import Bench, Conformance
from tests.servers.bluesky import Server, serving
from tests.servers.bluesky_world import stamp

PASSWORD = "app-pass-word-1234"


def account_for(server: Server, password: str = PASSWORD, **settings: str) -> Account:
    """A channel of the brand with a session, as it stands in the database."""
    account = Account(
        network="bluesky",
        name="Brand on Bluesky",
        base_url=server.url,
        handle="@brand.test",
        settings={"handle": "brand.test", **settings},
        credentials={"app_password": password},
    )
    return replace(account, credentials={**account.credentials, **Bluesky(account).renew()})


class TestBluesky(Conformance):
    kind = Bluesky

    @pytest.fixture
    def bench(self, loopback: None) -> Iterator[Bench]:
        with serving() as server:
            world, now = server.world, datetime.now(UTC)
            own = world.add("We are here.", "brand.test")["uri"]
            old = [
                world.add(
                    f"@brand.test long ago {n}",
                    createdAt=stamp(at := now - timedelta(days=9, minutes=n)),
                    indexedAt=stamp(at),
                )
                for n in range(30)
            ]
            recent = [world.add(f"@brand.test question {n}", f"user{n % 40}.test") for n in range(230)]
            recent += [
                world.add("No, it is not", "bo.test", reply=own),
                world.add("Look at this", "cy.test", quote=own),
            ]
            recent += [world.add(f"the Touring is nice {n}", "bo.test") for n in range(120)]
            expected = {one["uri"] for one in recent}
            for n in range(45):
                said = world.say(f"In confidence {n}", f"user{n % 25}.test", sentAt=stamp(now - timedelta(days=2)))
                expected.add(f"convo{world.account(f'user{n % 25}.test')['did'][-6:]}/{said['id']}")
            yield Bench(
                account=account_for(server, query="Touring", direct="1"),
                expected=expected | {one["uri"] for one in old},
                refuse=lambda: server.faults.add("status", status=401),
                break_down=lambda: server.faults.add("status", status=503),
                lose_answer=lambda: server.faults.add("drop_after_processing", "createRecord", count=1),
                replies=lambda: len(world.own()) - 1,
                past=(now - timedelta(days=1), {one["uri"] for one in recent}),
                edit=lambda uri: world.edit(uri, "What I meant was another thing"),
                delete=world.delete,
                expire=server.api.end_sessions,
                profile=world.account("bo.test")["did"],
            )
