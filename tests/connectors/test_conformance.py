"""The promises of tests/connectors/conformance.py, for each network that has no file of its own for that."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from connectors.channels.imported import Imported
from connectors.channels.sample import Sample
from connectors.channels.x import X
from connectors.protocol import Account
from connectors.registry import CONNECTORS
from tests.connectors.conformance import Bench, Conformance
from tests.connectors.conftest import ALL_KEYS
from tests.servers.x import Server


class TestX(Conformance):
    kind = X

    @pytest.fixture
    def bench(self, server: Server) -> Iterator[Bench]:
        expected = {server.world.add(f"@halden question {n}", f"user{n}")["id"] for n in range(230)}
        expected |= {server.world.add(f"the Touring is nice {n}", "bo")["id"] for n in range(120)}
        settings = {"username": "halden", "query": "Touring"}
        yield Bench(
            account=Account(
                network="x",
                name="X",
                base_url=server.url,
                handle="@halden",
                settings=settings,
                credentials=ALL_KEYS,
            ),
            expected=expected,
            refuse=lambda: server.faults.add("status", status=401),
            break_down=lambda: server.faults.add("status", status=503),
            lose_answer=lambda: server.faults.add("drop_after_processing", "/2/tweets", method="POST", count=1),
            replies=lambda: len(server.world.authored["1000"]),
        )


class TestSample(Conformance):
    kind = Sample

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(account=Account(network="sample", name="Sample", base_url=""))


class TestImported(Conformance):
    kind = Imported

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(account=Account(network="import", name="Old", base_url=""), expected=set())


def test_every_registered_connector_is_put_to_the_test() -> None:
    for file in Path(__file__).parent.glob("test_*_conformance.py"):
        import_module(f"tests.connectors.{file.stem}")
    tested = {one.kind for one in Conformance.__subclasses__()}
    assert tested == set(CONNECTORS.values())
    assert all(kind.network == name for name, kind in CONNECTORS.items())
