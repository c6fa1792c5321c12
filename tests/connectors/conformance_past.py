"""What every connector promises of the past: back-fill, edits and deletions, and sessions that end."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.incoming import Incoming
from connectors.parse import parse
from connectors.protocol import Connector, ConnectorError
from inbox.pull import as_json
from tests.connectors.bench import (
    Bench,
    from_each_cursor,
    heard,
    or_skip,
    original_of,
    overrides,
    stored,
    told,
    with_credentials,
)

NO_PAST = "The network has no past that could be brought in."


class Past:
    """A part of `Conformance`."""

    kind: type[Connector]

    def test_a_back_fill_brings_all_of_the_past_and_nothing_older(self, bench: Bench, connector: Connector) -> None:
        since, expected = or_skip(bench.past, NO_PAST)
        items = [item for page in connector.history(since, {}) for item in page.items]
        assert {item.external_id for item in items} == expected
        assert all(item.posted_at >= since for item in items)
        assert all(parse(stored(as_json(item)), network=item.network) == item for item in items)

    def test_r1_a_back_fill_that_dies_after_a_page_goes_on_from_its_cursor(self, bench: Bench) -> None:
        since, expected = or_skip(bench.past, NO_PAST)
        assert from_each_cursor(lambda cursor: self.kind(bench.account).history(since, cursor)) == expected

    def test_a_back_fill_that_is_over_brings_nothing_again(self, bench: Bench) -> None:
        since, _ = or_skip(bench.past, NO_PAST)
        pages = list(self.kind(bench.account).history(since, {}))
        again = self.kind(bench.account).history(since, stored(pages[-1].cursor))
        assert [item for page in again for item in page.items] == []

    def test_an_edit_is_told_with_its_own_time(self, bench: Bench, connector: Connector) -> None:
        edit = or_skip(bench.edit, "The network knows no edits, or does not tell of them.")
        before, cursor = self._newest(connector)
        edit(before.external_id)
        after = self._news(bench, before, cursor, "edit")
        assert after.text != before.text
        assert after.posted_at >= before.posted_at
        assert after.author.external_id == before.author.external_id
        assert parse(stored(as_json(after)), network=after.network) == after

    def test_a_deletion_is_told(self, bench: Bench, connector: Connector) -> None:
        delete = or_skip(bench.delete, "The network does not tell what was deleted.")
        before, cursor = self._newest(connector)
        delete(before.external_id)
        after = self._news(bench, before, cursor, "delete")
        assert after.posted_at >= before.posted_at
        assert parse(stored(as_json(after)), network=after.network) == after

    def test_looking_again_at_what_is_unchanged_tells_nothing(self, connector: Connector) -> None:
        or_skip(self.kind.looks_again_after, "The network tells of edits and deletions by itself, or never.")
        known = [original_of(item) for item in told(connector) if item.action == "create"][:20]
        assert list(connector.look_again(known)) == []
        assert list(connector.look_again([])) == []

    def _newest(self, connector: Connector) -> tuple[Incoming, Any]:
        """The newest message of a pull, and the cursor that the pull left."""
        pages = list(connector.fetch({}))
        items = [item for page in pages for item in page.items if item.action == "create" and item.text]
        assert items, "The bench has nothing that could be changed."
        return max(items, key=lambda item: item.posted_at), stored(pages[-1].cursor if pages else {})

    def _news(self, bench: Bench, before: Incoming, cursor: Any, action: str) -> Incoming:
        """What looking again, the next pull, or a delivery tells of a message that was changed."""
        fresh = self.kind(bench.account)

        def mine(items: Sequence[Incoming]) -> list[Incoming]:
            return [one for one in items if one.external_id == before.external_id and one.action == action]

        found = mine(fresh.look_again([original_of(before)])) if self.kind.looks_again_after else []
        found = found or mine([item for page in fresh.fetch(cursor) for item in page.items])
        found = found or mine(heard(bench, fresh))
        assert found, f"Nobody tells of the {action}."
        return found[0]

    def test_a_session_that_is_over_is_renewed(self, bench: Bench) -> None:
        if not overrides(self.kind, "renew"):
            pytest.skip("There are no sessions to renew.")
        assert bench.expire
        bench.expire()
        ended = self.kind(bench.account)
        with pytest.raises(ConnectorError):
            ended.verify()
        fresh = ended.renew()
        assert all(isinstance(one, str) for pair in fresh.items() for one in pair)
        renewed = with_credentials(self.kind, bench.account, {**bench.account.credentials, **fresh})
        assert isinstance(renewed.verify(), str)
        until = renewed.session_until()
        assert until is None or until > datetime.now(UTC)

    def test_what_it_knows_of_its_end_is_a_time(self, connector: Connector) -> None:
        expires, ends = connector.expires_at(), connector.session_until()
        assert expires is None or expires.tzinfo is not None
        assert ends is None or ends.tzinfo is not None
