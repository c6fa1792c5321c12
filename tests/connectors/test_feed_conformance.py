from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.channels.feed.connector import Feed
from connectors.protocol import Account
from tests.connectors.conformance import Bench, Conformance
from tests.servers.feed import Server, serving


class TestFeed(Conformance):
    kind = Feed

    @pytest.fixture
    def server(self, loopback: None) -> Iterator[Server]:
        with serving() as running:
            yield running

    @pytest.fixture
    def bench(self, server: Server) -> Bench:
        now = datetime.now(UTC)
        for n in range(230):
            server.add(f"post-{n}", f"<p>Words {n}</p>", now - timedelta(hours=300 - n), author="Dana")

        def edit(key: str) -> None:
            entry = next(one for one in server.entries if one.id == key)
            entry.content, entry.updated = "<p>Other words</p>", now

        return Bench(
            account=Account(network="feed", name="News", base_url="", settings={"url": f"{server.url}/feed.xml"}),
            expected={one.id for one in server.entries},
            refuse=lambda: server.faults.add("status", status=403),
            break_down=lambda: server.faults.add("status", status=503),
            edit=edit,
        )
