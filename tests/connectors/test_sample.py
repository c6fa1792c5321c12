import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.imported import Imported
from connectors.channels.sample import connector as sample
from connectors.channels.sample.connector import Sample
from connectors.incoming import Incoming
from connectors.protocol import Account, ConnectorError, Original, Outgoing, Page

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROWS = [json.loads(line) for line in sample._FILE.read_text().splitlines()]
PAST = [row for row in ROWS if not row.get("trickle")]
TRICKLE = [row for row in ROWS if row.get("trickle")]


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    running = Clock()
    monkeypatch.setattr(sample, "_now", running)
    return running


def connector(**settings: Any) -> Sample:
    return Sample(Account(network="sample", name="Sample", base_url="", settings=settings))


def everything(pages: list[Page]) -> list[Incoming]:
    return [item for page in pages for item in page.items]


def test_the_first_pull_brings_the_past_oldest_first_in_pages(clock: Clock) -> None:
    pages = list(connector().fetch({}))
    items = everything(pages)
    assert {len(page.items) for page in pages[:-1]} == {50}
    assert Counter(item.external_id for item in items) == Counter(row["external_id"] for row in PAST)
    assert items == sorted(items, key=lambda item: item.posted_at)
    first = min(PAST, key=lambda row: -row["ago"])
    assert items[0].posted_at == NOW - timedelta(minutes=first["ago"])


def test_messages_are_of_their_own_networks_and_carry_no_stage_directions(clock: Clock) -> None:
    items = everything(list(connector().fetch({})))
    assert len({item.network for item in items}) > 5
    assert "sample" not in {item.network for item in items}
    assert all(item.raw == {} for item in items)


def test_a_pull_that_was_interrupted_goes_on_with_the_same_times(clock: Clock) -> None:
    whole = everything(list(connector().fetch({})))
    seen: list[Incoming] = []
    cursor: dict[str, Any] = {}
    while len(seen) < len(whole):
        page = next(iter(connector().fetch(json.loads(json.dumps(cursor)))))
        seen += page.items
        cursor = dict(page.cursor)
        clock.now += timedelta(hours=1)
    assert seen == whole


def test_later_pulls_bring_one_or_two_an_interval_until_the_end(clock: Clock) -> None:
    cursor = list(connector().fetch({}))[-1].cursor
    assert list(connector().fetch(cursor)) == []
    arrived: list[Incoming] = []
    sizes = Counter[int]()
    for _ in range(200):
        clock.now += timedelta(seconds=7)
        for page in connector().fetch(json.loads(json.dumps(cursor))):
            cursor = page.cursor
            arrived += page.items
            sizes[len(page.items)] += 1
            assert all(abs(item.posted_at - clock.now) < timedelta(seconds=1) for item in page.items)
    assert [item.external_id for item in arrived] == [row["external_id"] for row in TRICKLE]
    assert set(sizes) == {1, 2}
    assert sizes[1] > sizes[2]
    # Every 21 seconds, for the clock ticks in sevens.
    assert len(TRICKLE) * 2 // 3 < sum(sizes.values()) <= 200 // 3


def test_the_interval_is_a_setting(clock: Clock) -> None:
    assert (connector().interval, connector(trickle_seconds=5).interval) == (20, 5)
    assert connector(trickle_seconds="often").interval == 20


def original(kind: str) -> Original:
    return Original(
        external_id="1",
        thread_id="1",
        kind=kind,
        author_external_id="a",
        author_handle="",
        posted_at=NOW,
        raw={},
    )


def test_everything_but_reviews_can_be_answered_and_an_answer_has_one_id_for_ever() -> None:
    assert not connector().capability(original("review")).can_reply
    assert connector().capability(original("mention")).public
    assert not connector().capability(original("direct")).public
    outgoing = Outgoing(text="Hi", original=original("direct"), client_key="key", queued_at=NOW)
    assert connector().reply(outgoing) == connector().find(outgoing) == connector().reply(outgoing)
    assert connector().verify() == "@haldenmotors"


def test_an_imported_message_cannot_be_answered_and_says_why() -> None:
    imported = Imported(Account(network="import", name="Old", base_url=""))
    able = imported.capability(original("email"))
    assert not able.can_reply
    assert "imported" in able.reason
    assert list(imported.fetch({})) == []
    outgoing = Outgoing(text="Hi", original=original("email"), client_key="key", queued_at=NOW)
    assert imported.find(outgoing) is None
    with pytest.raises(ConnectorError) as caught:
        imported.reply(outgoing)
    assert (caught.value.permanent, caught.value.unknown) == (True, False)
