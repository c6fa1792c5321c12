from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.channels.mastodon import Mastodon
from connectors.protocol import Account
from tests.connectors.conformance import Bench, Conformance
from tests.servers.mastodon import Server, serving


class TestMastodon(Conformance):
    kind = Mastodon

    @pytest.fixture
    def server(self, loopback: None) -> Iterator[Server]:
        with serving() as running:
            running.oauth.lasting = 7200
            yield running

    @pytest.fixture
    def bench(self, server: Server) -> Bench:
        world = server.world
        now = datetime.now(UTC)
        since = now - timedelta(days=3)
        old = world.post("@brand long ago", at=now - timedelta(days=5))
        first = world.post("@brand where is my order?", "bo@far.test", at=now - timedelta(days=2))
        ours = world.post("@bo on its way", "brand", to=first, at=now - timedelta(days=2))
        recent = [first, world.post("@brand thank you", "bo@far.test", to=ours, at=now - timedelta(days=1))]
        recent += [world.post(f"@brand question {n}", f"user{n}", at=now - timedelta(hours=9)) for n in range(130)]
        recent += [world.post("@brand in private", visibility="direct", at=now - timedelta(hours=2))]
        recent += [world.post(f"The #Touring is nice {n}", at=now - timedelta(hours=2)) for n in range(90)]
        recent += [world.post("News", "press@far.test", at=now - timedelta(hours=1))]
        world.post("A #touring of our own", "brand")
        credentials = {"access_token": "brand-token", "refresh_token": "again", "client_id": "c", "client_secret": "s"}
        server.oauth.applications["c"] = {"client_id": "c", "client_secret": "s", "scopes": ""}
        server.oauth.refreshing["again"] = server.oauth.tokens["brand-token"]
        return Bench(
            account=Account(
                network="mastodon",
                name="Mastodon",
                base_url=server.url,
                handle="@brand@social.test",
                settings={"hashtags": "#touring", "accounts": "press@far.test"},
                credentials=credentials | {"token_until": (now + timedelta(hours=2)).isoformat()},
            ),
            expected={one["uri"] for one in [old, *recent]},
            refuse=lambda: server.faults.add("status", status=401, error="The access token was revoked"),
            break_down=lambda: server.faults.add("status", status=503),
            lose_answer=lambda: server.faults.add("drop_after_processing", "/api/v1/statuses", method="POST", count=1),
            replies=lambda: len(world.replies()) - 1,
            past=(since, {one["uri"] for one in recent}),
            edit=lambda uri: world.edit(world.by_uri(uri)["id"], "@brand something else"),
            delete=lambda uri: world.delete(world.by_uri(uri)["id"]),
            expire=server.oauth.expire,
            profile="bo@far.test",
        )
