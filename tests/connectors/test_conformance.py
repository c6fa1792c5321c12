"""The promises of tests/connectors/conformance.py, for each network that has no file of its own for that."""

from importlib import import_module
from pathlib import Path

import pytest

from connectors.channels.imported import Imported
from connectors.channels.sample.connector import Sample
from connectors.protocol import Account
from connectors.registry import CONNECTORS
from tests.connectors.conformance import Bench, Conformance


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
    # Other tests invent networks of their own.
    assert tested == {kind for kind in CONNECTORS.values() if kind.__module__.startswith("connectors.")}
    assert all(kind.network == name for name, kind in CONNECTORS.items())
