"""What changes on X after it came in, what X has dropped before anybody asked, and what reading it costs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.x import X
from connectors.channels.x.gaps import TOO_LATE, TOO_MANY
from connectors.incoming import Incoming
from connectors.protocol import ConnectorError, Gap, Original, Outgoing
from tests.connectors.bench import original_of, stored
from tests.servers.x import Server
from tests.servers.x_world import id_at, stamp

Connect = Callable[..., X]


def pulled(connector: X, cursor: Any = None) -> tuple[list[Incoming], list[Gap], Any]:
    """Messages, gaps, and the cursor that is left."""
    pages = list(connector.fetch(stored(cursor or {})))
    return (
        [item for page in pages for item in page.items],
        [gap for page in pages for gap in page.gaps],
        pages[-1].cursor,
    )


def known(connector: X) -> list[Original]:
    return [original_of(item) for item in pulled(connector)[0]]


def test_deleted_and_edited_posts_are_told_a_hundred_at_a_time(server: Server, connect: Connect) -> None:
    posts = [server.world.add(f"@halden {n}")["id"] for n in range(230)]
    originals = known(connect())
    server.world.delete(posts[5])
    second = server.world.edit(posts[7], "@halden in other words")
    third = server.world.edit(second["id"], "@halden in quite other words")
    told = {(one.external_id, one.action): one for one in connect().look_again(originals)}
    assert set(told) == {(posts[5], "delete"), (posts[7], "edit")}
    edit = told[posts[7], "edit"]
    assert (edit.text, edit.kind, edit.raw["data"]["id"]) == ("@halden in quite other words", "mention", third["id"])
    asked = server.asked("/2/tweets")
    assert [len(one["query"]["ids"].split(",")) for one in asked] == [100, 100, 30, 1]
    assert connect().look_again([replace(original_of(edit))]) == []


def test_posts_that_x_may_not_show_are_not_taken_for_deleted(server: Server, connect: Connect) -> None:
    server.world.add("@halden hello")
    originals = known(connect())
    hidden = {"errors": [{"resource_id": originals[0].external_id, "type": "…/not-authorized-for-resource"}]}
    server.faults.add("malformed", "/2/tweets", body=hidden)
    assert connect().look_again(originals) == []


def test_direct_messages_are_not_looked_up(server: Server, connect: Connect) -> None:
    server.world.say("Hello")
    originals = known(connect(direct="1"))
    assert len(originals) == 1
    assert connect(direct="1").look_again(originals) == []
    assert server.asked("/2/tweets") == []


def test_r6_mentions_that_x_has_dropped_leave_a_visible_gap(server: Server, connect: Connect) -> None:
    server.world.add("@halden before")
    _, none, cursor = pulled(connect())
    assert none == []
    cursor["mentions"]["at"] = (datetime.now(UTC) - timedelta(hours=7)).isoformat()
    server.api.reach = 30
    fresh = [server.world.add(f"@halden meanwhile {n}")["id"] for n in range(40)]
    items, gaps, cursor = pulled(connect(), cursor)
    assert {item.external_id for item in items} == set(fresh[10:])
    (gap,) = gaps
    assert gap.since is not None
    assert gap.until is not None
    assert datetime.now(UTC) - gap.since > timedelta(hours=6)
    assert (gap.reason, gap.since < gap.until) == (TOO_MANY, True)
    assert pulled(connect(), cursor)[:2] == ([], [])


def test_r6_the_newest_800_mentions_are_what_x_has(server: Server, connect: Connect) -> None:
    server.api.reach = 800
    server.world.add("@halden before")
    _, _, cursor = pulled(connect())
    for n in range(900):
        server.world.add(f"@halden meanwhile {n}")
    items, gaps, _ = pulled(connect(), cursor)
    assert (len(items), [gap.reason for gap in gaps]) == (800, [TOO_MANY])


@pytest.mark.parametrize("count", [3, 250])
def test_after_a_pause_nothing_is_marked_where_x_has_everything(count: int, server: Server, connect: Connect) -> None:
    server.world.add("@halden before")
    _, _, cursor = pulled(connect())
    cursor["mentions"]["at"] = (datetime.now(UTC) - timedelta(hours=7)).isoformat()
    for n in range(count):
        server.world.add(f"@halden meanwhile {n}")
    items, gaps, _ = pulled(connect(), cursor)
    assert (len(items), gaps) == (count, [])


def test_a_quiet_pull_asks_nothing_more(server: Server, connect: Connect) -> None:
    server.world.add("@halden before")
    _, _, cursor = pulled(connect())
    server.world.add("@halden now")
    asked = len(server.asked("/mentions"))
    pulled(connect(), cursor)
    assert len(server.asked("/mentions")) - asked == 2


@pytest.mark.parametrize("days", [7, 1])
def test_r6_a_search_after_a_long_pause_leaves_a_visible_gap(days: int, server: Server, connect: Connect) -> None:
    server.world.add("a Touring", "bo", id=id_at(datetime.now(UTC) - timedelta(days=9)))
    _, _, cursor = pulled(connect(query="Touring"))
    server.api.search_days = days
    away = datetime.now(UTC) - timedelta(days=9)
    cursor["search"]["at"] = away.isoformat()
    fresh = server.world.add("another Touring", "bo")["id"]
    items, gaps, cursor = pulled(connect(query="Touring"), cursor)
    assert [item.external_id for item in items] == [fresh]
    (gap,) = gaps
    assert (gap.since, gap.reason) == (away, TOO_LATE)
    assert gap.until is not None
    assert abs(datetime.now(UTC) - timedelta(days=days) - gap.until) < timedelta(minutes=1)
    assert pulled(connect(query="Touring"), cursor)[1] == []


def test_a_watch_word_that_was_quiet_for_long_leaves_none(server: Server, connect: Connect) -> None:
    server.world.add("a Touring", "bo", id=id_at(datetime.now(UTC) - timedelta(days=9)))
    _, _, cursor = pulled(connect(query="Touring"))
    server.api.search_days = 7
    assert pulled(connect(query="Touring"), cursor)[1] == []


def test_a_back_fill_says_where_x_ends(server: Server, connect: Connect) -> None:
    server.api.reach = 800
    at = datetime.now(UTC) - timedelta(days=20)
    for n in range(900):
        made = at + timedelta(minutes=n)
        server.world.add(f"@halden {n}", id=id_at(made), created_at=stamp(made))
    since = at - timedelta(days=5)
    pages = list(connect(query="Touring").history(since, {}))
    assert len([item for page in pages for item in page.items]) == 800
    gaps = [gap for page in pages for gap in page.gaps]
    assert [(gap.since, gap.reason) for gap in gaps] == [(since, TOO_MANY), (since, TOO_LATE)]


def test_what_was_used_is_counted(server: Server, connect: Connect) -> None:
    for n in range(130):
        server.world.add(f"@halden {n}")
    server.world.add("Touring", "bo")
    server.world.say("Hello")
    connector = connect(query="Touring", direct="1")
    list(connector.fetch({}))
    used = dict(connector.used)
    assert (used["own_posts"], used["posts"], used["direct"], used["users"]) == (130, 1, 1, 1)
    assert used["calls"] == len(server.requests)
    assert set(used) <= {one.name for one in X.meters}


def test_reading_the_same_direct_messages_again_is_counted_once_a_day(server: Server, connect: Connect) -> None:
    server.world.say("Hello")
    connector = connect(direct="1")
    cursor: Any = {}
    for _ in range(5):
        cursor = list(connector.fetch(stored(cursor)))[-1].cursor
    assert connector.used["direct"] == 1
    cursor["direct"]["day"] = "2026-01-01"
    list(connector.fetch(stored(cursor)))
    assert connector.used["direct"] == 2


def test_replies_are_counted_and_those_with_a_link_apart(server: Server, connect: Connect) -> None:
    server.world.add("@halden help")
    connector = connect()
    (original,) = known(connector)
    for text in ("Here.", "Here: https://halden.example"):
        connector.reply(Outgoing(text=text, original=original, client_key="k", queued_at=datetime.now(UTC)))
    assert (connector.used["replies"], connector.used["links"]) == (1, 1)


def capped(connector: X, **used: int) -> X:
    return X(replace(connector.account, used_this_month=used))


def test_at_the_months_cap_pulling_stops_and_says_so_and_a_higher_cap_goes_on(server: Server, connect: Connect) -> None:
    everything = {server.world.add(f"@halden {n}")["id"] for n in range(250)}
    seen, cursor = set(), {}
    with pytest.raises(ConnectorError, match="110 of 110|210 of 110") as caught:
        for page in capped(connect(cap_posts="110"), posts=3, own_posts=7).fetch({}):
            seen |= {item.external_id for item in page.items}
            cursor = page.cursor
    assert caught.value.permanent
    assert "Raise the cap" in caught.value.remedy
    asked = len(server.requests)
    with pytest.raises(ConnectorError, match="are read"):
        list(capped(connect(cap_posts="110"), own_posts=110).fetch(stored(cursor)))
    assert len(server.requests) == asked
    pages = list(capped(connect(cap_posts="400"), own_posts=110).fetch(stored(cursor)))
    assert seen | {item.external_id for page in pages for item in page.items} == everything


def test_the_cap_keeps_nobody_from_replying(server: Server, connect: Connect) -> None:
    server.world.add("@halden help")
    (original,) = known(connect())
    full = capped(connect(), posts=3_000_000)
    with pytest.raises(ConnectorError, match="are read"):
        full.look_again([original])
    outgoing = Outgoing(text="Here.", original=original, client_key="k", queued_at=datetime.now(UTC))
    assert full.find(outgoing) is None
    assert full.reply(outgoing) == full.find(outgoing)
