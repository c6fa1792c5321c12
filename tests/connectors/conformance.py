"""What every connector promises, whatever its network. A new network adds a class to `test_conformance.py`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

import pytest

from connectors.incoming import Action, Incoming, Kind
from connectors.parse import parse
from connectors.protocol import Account, Connector, ConnectorError, Original, Outgoing, Page
from inbox.pull import as_json


@dataclass(frozen=True)
class Bench:
    """A network for a test: how to reach it, what there is to pull, and how to make it misbehave."""

    account: Account
    # Ids of all messages that a pull shall bring; None where the connector knows them alone.
    expected: set[str] | None = None
    # Makes the network refuse the credentials, be down, and be silent; None where there is no network.
    refuse: Callable[[], Any] | None = None
    break_down: Callable[[], Any] | None = None
    # Makes the network take the next reply and lose its answer.
    lose_answer: Callable[[], Any] | None = None
    # How many replies the network has.
    replies: Callable[[], int] | None = None


def told(connector: Connector) -> list[Incoming]:
    return [item for page in connector.fetch({}) for item in page.items]


def stored(value: Any) -> Any:
    return json.loads(json.dumps(value, allow_nan=False))


def original_of(item: Incoming, raw: Mapping[str, Any] | None = None) -> Original:
    return Original(
        external_id=item.external_id,
        thread_id=item.thread_id or item.external_id,
        kind=item.kind,
        author_external_id=item.author.external_id,
        author_handle=item.author.handle,
        posted_at=item.posted_at,
        raw=item.raw if raw is None else raw,
    )


def outgoing_for(connector: Connector) -> Outgoing | None:
    """A reply to something that can be answered; None where nothing can."""
    for item in told(connector):
        if item.action == "create" and connector.capability(original_of(item)).can_reply:
            return Outgoing(
                text="Thank you, we look into it.",
                original=original_of(item),
                client_key=str(uuid4()),
                queued_at=datetime.now(UTC),
            )
    return None


class Conformance:
    """Subclass it with a fixture `bench` and an attribute `kind`."""

    kind: type[Connector]

    @pytest.fixture
    def connector(self, bench: Bench) -> Connector:
        return self.kind(bench.account)

    def test_it_is_declared(self) -> None:
        names = [field.name for field in self.kind.fields]
        assert self.kind.network.isidentifier()
        assert len(self.kind.network) <= 30
        assert self.kind.label
        assert len(set(names)) == len(names)
        assert all(field.label for field in self.kind.fields)
        assert self.kind.__module__.startswith("connectors.channels.")

    def test_a_round_trip_returns_the_handle(self, connector: Connector) -> None:
        assert isinstance(connector.verify(), str)

    def test_what_it_brings_can_be_read_again_and_stored(self, connector: Connector) -> None:
        for item in told(connector):
            assert item.external_id
            assert item.author.external_id
            assert item.kind in get_args(Kind)
            assert item.action in get_args(Action)
            assert item.posted_at.tzinfo is not None
            assert parse(stored(as_json(item)), network=item.network) == item

    def test_a_second_pull_brings_nothing_again(self, connector: Connector, bench: Bench) -> None:
        pages = list(connector.fetch({}))
        if bench.expected is not None:
            assert {item.external_id for page in pages for item in page.items} == bench.expected
        if pages:
            again = self.kind(bench.account).fetch(stored(pages[-1].cursor))
            assert [item for page in again for item in page.items] == []

    def test_r1_whoever_dies_after_a_page_goes_on_from_its_cursor(self, bench: Bench) -> None:
        whole = {item.external_id for item in told(self.kind(bench.account))}
        seen: set[str] = set()
        cursor: Any = {}
        for _ in range(200):
            page: Page | None = None
            for page in self.kind(bench.account).fetch(stored(cursor)):
                seen |= {item.external_id for item in page.items}
                cursor = page.cursor
                if page.items:
                    break
            if page is None or not page.items:
                break
        assert seen == whole

    @pytest.mark.parametrize("cursor", [{"nonsense": 1}, {"user": 5, "mentions": [], "search": "x"}])
    def test_a_cursor_of_an_older_version_is_no_obstacle(self, cursor: dict[str, Any], connector: Connector) -> None:
        assert len([item for page in connector.fetch(cursor) for item in page.items]) == len(told(connector))

    def test_capability_needs_no_network_and_gives_a_reason(self, bench: Bench, connector: Connector) -> None:
        items = told(connector)[:200]
        unreachable = self.kind(replace(bench.account, base_url="http://127.0.0.1:1"))
        for item in items:
            for raw in (item.raw, {}):
                able = unreachable.capability(original_of(item, raw))
                assert able.can_reply or able.reason.endswith(".")
                assert able.text_limit is None or able.text_limit > 0
        assert connector.text_length("") == 0
        assert connector.text_length("Hello") == 5

    def test_a_reply_arrives_once_and_is_found_again(self, bench: Bench, connector: Connector) -> None:
        outgoing = outgoing_for(connector)
        if outgoing is None:
            return
        sent = connector.reply(outgoing)
        assert sent.external_id
        assert self.kind(bench.account).find(outgoing) == sent
        if bench.replies is not None:
            assert bench.replies() == 1

    def test_r14_a_reply_whose_answer_was_lost_is_found_and_not_sent_again(
        self, bench: Bench, connector: Connector
    ) -> None:
        outgoing = outgoing_for(connector)
        if outgoing is None or bench.lose_answer is None or bench.replies is None:
            return
        bench.lose_answer()
        with pytest.raises(ConnectorError) as caught:
            connector.reply(outgoing)
        assert caught.value.unknown
        assert self.kind(bench.account).find(outgoing) is not None
        assert bench.replies() == 1

    def test_a_refusal_is_permanent_and_says_what_to_do(self, bench: Bench, connector: Connector) -> None:
        if bench.refuse is None:
            return
        outgoing = outgoing_for(connector)
        bench.refuse()
        calls: list[Callable[[], Any]] = [connector.verify, lambda: list(self.kind(bench.account).fetch({}))]
        if outgoing is not None:
            calls.append(lambda: connector.reply(outgoing))
        for call in calls:
            with pytest.raises(ConnectorError) as caught:
                call()
            assert caught.value.permanent
            assert not caught.value.unknown
            assert caught.value.message
            assert caught.value.remedy

    def test_an_outage_is_not_permanent_and_leaves_a_reply_unknown(self, bench: Bench, connector: Connector) -> None:
        if bench.break_down is None:
            return
        outgoing = outgoing_for(connector)
        bench.break_down()
        with pytest.raises(ConnectorError) as caught:
            list(connector.fetch({}))
        assert not caught.value.permanent
        if outgoing is not None:
            with pytest.raises(ConnectorError) as caught:
                connector.reply(outgoing)
            assert caught.value.unknown
            with pytest.raises(ConnectorError) as caught:
                connector.find(outgoing)
            assert caught.value.unknown

    def test_s18_it_goes_through_the_one_door(self, bench: Bench, settings: Any) -> None:
        if bench.refuse is None:
            return
        settings.OUTBOUND_ALLOW = []
        with pytest.raises(ConnectorError, match="not a public address"):
            self.kind(bench.account).verify()

    def test_s31_no_secret_is_in_a_representation_or_an_error(self, bench: Bench, connector: Connector) -> None:
        secrets = [value for value in bench.account.credentials.values() if len(value) > 5]
        shown = f"{connector!r} {connector.account!r} {vars(connector)}"
        if bench.refuse is not None:
            bench.refuse()
            with pytest.raises(ConnectorError) as caught:
                connector.verify()
            shown += f"{caught.value!r} {caught.value} {caught.value.remedy}"
        assert not [secret for secret in secrets if secret in shown]
