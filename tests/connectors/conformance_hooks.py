"""What every connector promises whose network calls us: nothing forged gets in (S12), nothing genuine is lost."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import Connector, ConnectorError, Forged, Hook
from inbox.pull import as_json
from tests.connectors.bench import Bench, or_skip, stored, with_credentials

NO_WEBHOOKS = "The network sends no webhooks."
VECTORS = ("wrong key", "no key", "one byte changed", "missing", "truncated", "another delivery's", "written anew")

_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
anything = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
)


def post(body: bytes, headers: Mapping[str, str], at: datetime | None = None) -> Hook:
    """A delivery as it reaches us."""
    return Hook(method="POST", query={}, headers=headers, body=body, received_at=at or datetime.now(UTC))


def _forgeries(vector: str, body: bytes, other: bytes, bench: Bench) -> list[Hook]:
    sign = bench.sign
    assert sign is not None
    signed = sign(body)
    if vector == "one byte changed":
        changed = [body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :] for at in (0, len(body) // 2, len(body) - 1)]
        return [post(one, signed) for one in changed]
    if vector == "missing":
        return [post(body, {}), post(body, dict.fromkeys(signed, ""))]
    if vector == "truncated":
        cut = {name: value[:-1] for name, value in signed.items()}
        return [post(body[:-1], signed), post(body[: len(body) // 2], signed), post(b"", signed), post(body, cut)]
    if vector == "another delivery's":
        return [post(body, sign(other)), post(other, signed)]
    if vector == "written anew":
        try:
            anew = json.dumps(json.loads(body), indent=1).encode()
        except ValueError:
            anew = body + b"\n"
        return [post(anew, signed)]
    return [post(body, signed)]


def _changed(secrets: Mapping[str, str]) -> dict[str, str]:
    """The same secrets, each another one of the same length and alphabet."""
    return {name: "".join(reversed(value)) + "A" for name, value in secrets.items()}


class Hooks:
    """A part of `Conformance`."""

    kind: type[Connector]

    @pytest.fixture
    def delivery(self, bench: Bench) -> tuple[bytes, set[str]]:
        """A genuine one."""
        return or_skip(bench.delivery, NO_WEBHOOKS)()

    def test_s12_a_genuine_delivery_is_let_in(
        self, bench: Bench, connector: Connector, delivery: tuple[bytes, set[str]]
    ) -> None:
        body, _ = delivery
        assert bench.sign
        # Twice: a network that gets no answer sends the same again.
        for _ in range(2):
            connector.authenticate(post(body, bench.sign(body)))

    @pytest.mark.parametrize("vector", VECTORS)
    def test_s12_a_forged_delivery_is_refused(
        self, vector: str, bench: Bench, connector: Connector, delivery: tuple[bytes, set[str]]
    ) -> None:
        assert bench.delivery
        if vector == "wrong key":
            connector = with_credentials(self.kind, bench.account, _changed(bench.account.credentials))
        elif vector == "no key":
            connector = with_credentials(self.kind, bench.account, {})
        for hook in _forgeries(vector, delivery[0], bench.delivery()[0], bench):
            with pytest.raises(Forged) as caught:
                connector.authenticate(hook)
            assert str(caught.value).endswith(".")
            assert not [secret for secret in bench.account.credentials.values() if secret and secret in str(caught)]

    def test_s12_an_old_delivery_is_refused(
        self, bench: Bench, connector: Connector, delivery: tuple[bytes, set[str]]
    ) -> None:
        if not bench.signs_time:
            pytest.skip("The network signs no time; what it repeats is known by its body.")
        assert bench.sign
        body, signed = delivery[0], bench.sign(delivery[0])
        for at in (datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC) - timedelta(hours=1)):
            with pytest.raises(Forged):
                connector.authenticate(post(body, signed, at))

    def test_s12_whatever_the_headers_hold_it_is_refused_and_breaks_nothing(
        self, bench: Bench, connector: Connector, delivery: tuple[bytes, set[str]]
    ) -> None:
        assert bench.sign
        body, signed = delivery[0], bench.sign(delivery[0])
        texts = st.text(max_size=80) | st.sampled_from(["sha256=", "sha256=" + "0" * 64, "v1,", "t=1,v1=", "é" * 64])

        @settings(max_examples=60, deadline=None, database=None)
        @given(st.fixed_dictionaries(dict.fromkeys(signed, texts)))
        def refused(headers: dict[str, str]) -> None:
            with pytest.raises(Forged):
                connector.authenticate(post(body, headers))

        refused()

    def test_the_network_finds_that_the_address_is_ours_and_nobody_else_does(
        self, bench: Bench, connector: Connector
    ) -> None:
        hook, expected = or_skip(bench.handshake, "The network checks no address.")()
        answer = connector.challenge(hook)
        assert answer.body == expected
        assert answer.content_type in ("text/plain", "application/json")
        with pytest.raises(Forged):
            with_credentials(self.kind, bench.account, {}).challenge(hook)
        with pytest.raises(Forged):
            connector.challenge(replace(hook, query={}))

    def test_what_is_delivered_can_be_read_again_and_stored(self, bench: Bench, connector: Connector) -> None:
        """In any order and repeatedly, by a connector that has seen nothing before."""
        make = or_skip(bench.delivery, NO_WEBHOOKS)
        deliveries = [make() for _ in range(3)]
        for body, ids in [*deliveries, *reversed(deliveries)]:
            items = self._read(self.kind(bench.account), connector.unpack(body))
            assert {item.external_id for item in items} == ids
            for item in items:
                assert item.posted_at.tzinfo is not None
                assert parse(stored(as_json(item)), network=item.network) == item

    def _read(self, connector: Connector, payload: Any) -> list[Incoming]:
        contents = connector.read(stored(payload), datetime.now(UTC))
        assert contents.malformed in ((), [])
        return list(contents.items)

    def test_whatever_is_delivered_is_read_or_rejected(
        self, bench: Bench, connector: Connector, delivery: tuple[bytes, set[str]]
    ) -> None:
        payload = stored(connector.unpack(delivery[0]))
        places = _places(payload)

        @settings(max_examples=150, deadline=None, database=None)
        @given(st.data())
        def total(data: st.DataObject) -> None:
            place = data.draw(st.sampled_from(places))
            hostile = _with(payload, place, data.draw(anything))
            try:
                contents = connector.read(hostile, datetime.now(UTC))
            except (Rejected, ConnectorError):
                return
            assert all(parse(stored(as_json(item)), network=item.network) == item for item in contents.items)
            assert all(one.reason for one in contents.malformed)

        total()

    def test_a_body_that_is_no_json_is_rejected(self, connector: Connector) -> None:
        for body in (b"", b"\xff\xfe", b"<html>", b"{", b"[" * 100_000):
            with pytest.raises(Rejected):
                connector.unpack(body)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to everything in a payload, itself included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in inner for place in _places(one, (*path, name)))]


def _with(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """`value` with `other` where `path` leads."""
    if not path:
        return other
    if isinstance(value, dict):
        return {name: _with(one, path[1:], other) if name == path[0] else one for name, one in value.items()}
    return [_with(one, path[1:], other) if at == path[0] else one for at, one in enumerate(value)]
