"""What every connector promises, whatever its network. A new network adds a class with a bench of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from connectors.incoming import Action, Kind
from connectors.parse import parse
from connectors.protocol import Capability, Connector, ConnectorError, Outgoing, Sent
from inbox.models import Delivery
from inbox.pull import as_json
from tests.connectors.bench import Bench, from_each_cursor, or_skip, original_of, outgoing_for, overrides, stored, told
from tests.connectors.conformance_hooks import Hooks
from tests.connectors.conformance_past import Past

__all__ = ["Bench", "Conformance"]

DOCS = Path(__file__).parents[2] / "docs"
NOTHING_TO_ANSWER = "Nothing that this network brings can be answered."
NO_NETWORK = "There is no network behind this connector that could refuse or fail."


class Conformance(Hooks, Past):
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
        assert all(field.choices for field in self.kind.fields if field.kind == "choice")
        assert self.kind.delivery in ("key", "read-back", "neither")
        assert self.kind.__module__.startswith("connectors.channels.")

    @pytest.mark.parametrize(
        ("declared", "methods"),
        [
            ("takes_webhooks", ("authenticate", "read")),
            ("signs_in", ("authorization", "redeem")),
            ("reaches_back", ("history",)),
            ("looks_again_after", ("look_again",)),
        ],
    )
    def test_it_can_do_what_it_declares_and_declares_what_it_can_do(
        self, declared: str, methods: tuple[str, ...]
    ) -> None:
        assert [overrides(self.kind, method) for method in methods] == [bool(getattr(self.kind, declared))] * len(
            methods
        )
        assert overrides(self.kind, "renew") == overrides(self.kind, "session_until")

    def test_its_bench_shows_what_it_declares(self, bench: Bench) -> None:
        if self.kind.takes_webhooks:
            assert bench.delivery
            assert bench.sign
        if overrides(self.kind, "challenge"):
            assert bench.handshake
        if self.kind.reaches_back:
            assert bench.past
        if self.kind.looks_again_after:
            assert bench.edit or bench.delete
        if overrides(self.kind, "renew"):
            assert bench.expire
        if bench.refuse:
            assert bench.break_down

    def test_its_guide_leads_through_connecting_it(self) -> None:
        asked = [field for field in self.kind.fields if field.required or field.secret]
        if not asked and not self.kind.signs_in:
            pytest.skip("Nobody connects this network by hand.")
        guide = self.kind.guide
        assert guide
        assert guide.steps
        assert guide.cost.endswith(".")
        assert guide.method
        assert (DOCS / guide.page).is_file()
        assert all(what and why for what, why in guide.permissions)
        # What the network's site hands out has rights, and somebody has to grant them.
        if self.kind.signs_in or any(field.secret and field.required and not field.generated for field in asked):
            assert guide.permissions
        told = " ".join(step.format(callback="«callback»", webhook="«webhook»") for step in guide.steps)
        if self.kind.takes_webhooks and not overrides(self.kind, "subscribe"):
            assert "«webhook»" in told
        if self.kind.signs_in and not overrides(self.kind, "register"):
            assert "«callback»" in told

    def test_a_round_trip_returns_the_handle(self, connector: Connector) -> None:
        assert isinstance(connector.verify(), str)

    def test_the_steps_of_its_test_pass_and_one_fails_with_a_remedy_when_it_is_refused(
        self, bench: Bench, connector: Connector
    ) -> None:
        steps = connector.steps()
        assert steps
        assert len({step.label for step in steps}) == len(steps)
        for step in steps:
            step.run()
        or_skip(bench.refuse, NO_NETWORK)()
        errors = []
        for step in self.kind(bench.account).steps():
            try:
                step.run()
            except ConnectorError as error:
                errors.append(error)
        assert errors
        assert all(error.message and error.remedy for error in errors)

    def test_what_it_brings_can_be_read_again_and_stored(self, connector: Connector) -> None:
        for item in told(connector):
            assert item.external_id
            assert item.author.external_id
            assert item.kind in get_args(Kind)
            assert item.action in get_args(Action)
            assert item.posted_at.tzinfo is not None
            assert parse(stored(as_json(item)), network=item.network) == item

    def test_it_tells_who_the_author_is(self, bench: Bench, connector: Connector) -> None:
        profile = or_skip(bench.profile, "The network tells no profile, or its bench has none.")
        author = next(item.author for item in told(connector) if item.author.external_id == profile)
        assert author.handle
        assert author.name
        assert author.avatar_url
        assert author.followers is not None

    def test_a_second_pull_brings_nothing_again(self, connector: Connector, bench: Bench) -> None:
        pages = list(connector.fetch({}))
        if bench.expected is not None:
            assert {item.external_id for page in pages for item in page.items} == bench.expected
        if pages:
            again = self.kind(bench.account).fetch(stored(pages[-1].cursor))
            assert [item for page in again for item in page.items] == []

    def test_r1_whoever_dies_after_a_page_goes_on_from_its_cursor(self, bench: Bench) -> None:
        whole = {item.external_id for item in told(self.kind(bench.account))}
        assert from_each_cursor(lambda cursor: self.kind(bench.account).fetch(cursor)) == whole

    @pytest.mark.parametrize("cursor", [{"nonsense": 1}, {"user": 5, "mentions": [], "search": "x"}])
    def test_a_cursor_of_an_older_version_is_no_obstacle(self, cursor: dict[str, Any], connector: Connector) -> None:
        assert len([item for page in connector.fetch(cursor) for item in page.items]) == len(told(connector))

    def test_capability_needs_no_network_and_gives_a_reason(self, bench: Bench, connector: Connector) -> None:
        items = told(connector)[:200]
        unreachable = self.kind(replace(bench.account, base_url="http://127.0.0.1:1"))
        for item in items:
            for raw in (item.raw, {}):
                self._check(unreachable.capability(original_of(item, raw)))
        assert connector.text_length("") == 0
        assert connector.text_length("Hello") == 5

    def _check(self, able: Capability) -> None:
        assert able.can_reply or able.reason.endswith(".")
        assert able.text_limit is None or able.text_limit > 0
        assert able.until is None or able.until.tzinfo is not None
        assert not able.notice or able.notice.endswith((".", "?", "!"))
        values = [value for value, _ in able.audiences]
        assert len(set(values)) == len(values)
        assert all(0 < len(value) <= (Delivery._meta.get_field("audience").max_length or 0) for value in values)
        assert all(words for _, words in able.audiences)
        if able.files is not None:
            assert able.files.count > 0
            assert able.files.size > 0
            assert able.files.types
            assert all("/" in one for one in able.files.types)

    def test_a_reply_arrives_once_and_is_found_again(self, bench: Bench, connector: Connector) -> None:
        outgoing = or_skip(outgoing_for(bench, connector), NOTHING_TO_ANSWER)
        sent = connector.reply(outgoing)
        assert sent.external_id
        assert self._found(bench, outgoing) in (sent, None)
        if bench.replies is not None:
            assert bench.replies() == 1

    def test_r14_a_reply_whose_answer_was_lost_is_found_and_not_sent_again(
        self, bench: Bench, connector: Connector
    ) -> None:
        outgoing = or_skip(outgoing_for(bench, connector), NOTHING_TO_ANSWER)
        lose_answer = or_skip(bench.lose_answer, "There is no network behind this connector that could lose an answer.")
        lose_answer()
        with pytest.raises(ConnectorError) as caught:
            connector.reply(outgoing)
        assert caught.value.unknown
        self._found(bench, outgoing)
        assert bench.replies is not None
        assert bench.replies() == 1

    def _found(self, bench: Bench, outgoing: Outgoing) -> Sent | None:
        """What a worker finds that knows nothing of the sending; None where the network need not be able to tell."""
        try:
            sent = self.kind(bench.account).find(outgoing)
        except ConnectorError as error:
            assert error.unknown
            assert self.kind.delivery == "neither"
            return None
        assert sent is not None
        return sent

    def test_a_refusal_is_permanent_and_says_what_to_do(self, bench: Bench, connector: Connector) -> None:
        refuse = or_skip(bench.refuse, NO_NETWORK)
        outgoing = outgoing_for(bench, connector)
        refuse()
        calls: list[Callable[[], Any]] = [connector.verify]
        if self.kind.interval:
            calls.append(lambda: list(self.kind(bench.account).fetch({})))
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
        break_down = or_skip(bench.break_down, NO_NETWORK)
        outgoing = outgoing_for(bench, connector)
        break_down()
        with pytest.raises(ConnectorError) as caught:
            list(connector.fetch({})) if self.kind.interval else connector.verify()
        assert not caught.value.permanent
        if outgoing is not None:
            with pytest.raises(ConnectorError) as caught:
                connector.reply(outgoing)
            assert caught.value.unknown
            with pytest.raises(ConnectorError) as caught:
                connector.find(outgoing)
            assert caught.value.unknown

    def test_s18_it_goes_through_the_one_door(self, bench: Bench, settings: Any) -> None:
        or_skip(bench.refuse, NO_NETWORK)
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
