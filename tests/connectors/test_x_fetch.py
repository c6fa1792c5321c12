"""Pulling from X through real HTTP: nothing is lost and nothing loops, whatever the server does in between."""

import json
import random
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from connectors.channels.x import X
from connectors.incoming import Incoming
from connectors.protocol import ConnectorError, Page
from tests.servers.x import Server

Connect = Callable[..., X]


def fill(server: Server, count: int, text: str = "@halden hello") -> set[str]:
    return {server.world.add(f"{text} {n}", f"user{n % 7}", id=str(10**15 + n))["id"] for n in range(count)}


def ids(pages: list[Page]) -> set[str]:
    return {item.external_id for page in pages for item in page.items}


def stored(cursor: Any) -> Any:
    """A cursor as it comes back from the database."""
    return json.loads(json.dumps(cursor))


def test_r1_a_worker_that_dies_after_any_page_comes_back_for_the_rest(server: Server, connect: Connect) -> None:
    everything = fill(server, 730)
    for pages_before_death in (1, 2, 3, 5):
        seen: set[str] = set()
        cursor: dict[str, Any] = {}
        pulls = 0
        while seen != everything:
            pulls += 1
            assert pulls < 20
            pages = list(islice(connect().fetch(stored(cursor)), pages_before_death))
            seen |= ids(pages)
            cursor = pages[-1].cursor
        final = list(connect().fetch(stored(cursor)))
        assert ids(final) == set()


def test_r1_posts_that_arrive_during_a_back_fill_are_not_lost(server: Server, connect: Connect) -> None:
    everything = fill(server, 350)
    seen: set[str] = set()
    cursor: dict[str, Any] = {}
    for _ in range(6):
        pages = list(islice(connect().fetch(stored(cursor)), 1))
        seen |= ids(pages)
        cursor = pages[-1].cursor
        everything.add(server.world.add("@halden and another thing")["id"])
    seen |= ids(list(connect().fetch(stored(cursor))))
    assert seen == everything


def test_posts_that_arrive_between_two_pages_of_one_pull_are_brought_by_the_next(
    server: Server, connect: Connect
) -> None:
    everything = fill(server, 250)
    seen: set[str] = set()
    last = None
    for last in connect().fetch({}):
        seen |= ids([last])
        everything.add(server.world.add("@halden meanwhile")["id"])
    assert last is not None
    seen |= ids(list(connect().fetch(stored(last.cursor))))
    assert seen == everything


def test_r1_random_deaths_and_faults_lose_nothing(server: Server, connect: Connect) -> None:
    chance = random.Random(7)
    everything = fill(server, 900)
    faults = [("repeat", {}), ("repeat", {"ids": 3}), ("shrink", {"keep": 30}), ("status", {}), ("malformed", {})]
    seen: set[str] = set()
    cursor: dict[str, Any] = {}
    for round_ in range(60):
        if round_ < 40:
            effect, options = chance.choice(faults)
            server.faults.add(effect, "/mentions", count=1, after=chance.randrange(3), **options)
        try:
            for number, page in enumerate(connect().fetch(stored(cursor))):
                seen |= ids([page])
                cursor = page.cursor
                if round_ < 40 and number >= chance.randrange(4):
                    break
        except ConnectorError as error:
            assert not error.permanent
        if round_ < 20:
            everything.add(server.world.add("@halden again")["id"])
    assert seen == everything


@pytest.mark.parametrize("effect", [{"type": "repeat"}, {"type": "repeat", "ids": 3}, {"type": "shrink", "keep": 1}])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_page_that_repeats_or_shrinks_does_not_end_the_pull_early(
    effect: dict[str, Any], after: int, server: Server, connect: Connect
) -> None:
    everything = fill(server, 350)
    server.faults.add(effect, "/mentions", count=1, after=after)
    assert ids(list(connect().fetch({}))) == everything


def test_a_page_that_repeats_for_ever_does_not_loop_for_ever(server: Server, connect: Connect) -> None:
    fill(server, 350)
    server.faults.add("repeat", "/mentions")
    cursor: dict[str, Any] = {}
    with pytest.raises(ConnectorError, match="same page") as caught:
        for page in connect().fetch({}):
            cursor = page.cursor
    assert not caught.value.permanent
    assert len(server.asked("/mentions")) < 20
    server.faults.clear()
    assert len(ids(list(connect().fetch(stored(cursor))))) == 250


def test_the_second_pull_asks_for_what_is_new_only(server: Server, connect: Connect) -> None:
    fill(server, 120)
    cursor = list(connect().fetch({}))[-1].cursor
    asked = len(server.asked("/mentions"))
    pages = list(connect().fetch(stored(cursor)))
    assert ids(pages) == set()
    assert len(server.asked("/mentions")) == asked + 1
    assert server.requests[-1]["query"]["since_id"] == str(10**15 + 119)
    assert len(server.asked("/users/by")) == 1


def test_hits_of_the_watch_word_come_in_as_posts_and_both_streams_keep_their_own_place(
    server: Server, connect: Connect
) -> None:
    mentions = fill(server, 130)
    hits = {server.world.add(f"my Touring 5 is fine {n}", "bo")["id"] for n in range(240)}
    connector = connect(query="Touring")
    seen: list[Incoming] = []
    cursor: dict[str, Any] = {}
    for _ in range(12):
        pages = list(islice(connector.fetch(stored(cursor)), 1))
        seen += [item for page in pages for item in page.items]
        cursor = pages[-1].cursor
    seen += [item for page in connector.fetch(stored(cursor)) for item in page.items]
    assert {item.external_id for item in seen if item.kind == "mention"} == mentions
    assert {item.external_id for item in seen if item.kind == "post"} == hits


def test_another_watch_word_or_account_begins_anew(server: Server, connect: Connect) -> None:
    fill(server, 20)
    old = server.world.add("an old story about trains", "bo")["id"]
    cursor = list(connect(query="hello").fetch({}))[-1].cursor
    assert ids(list(connect(query="trains").fetch(stored(cursor)))) == {old}
    server.world.user("other", "2000")
    theirs = server.world.add("@other hi", "bo")["id"]
    assert ids(list(connect(username="other").fetch(stored(cursor)))) == {theirs}


def test_a_search_that_was_quiet_for_longer_than_x_looks_back_goes_on(server: Server, connect: Connect) -> None:
    connector = connect(query="Touring")
    cursor = {"search": {"of": "Touring", "since": "1000"}}
    server.api.search_days = 7
    fresh = server.world.add("a Touring at last", "bo")["id"]
    assert ids(list(connector.fetch(cursor))) == {fresh}


def test_what_x_has_forgotten_of_an_unfinished_search_ends_it(server: Server, connect: Connect) -> None:
    server.api.search_days = 7
    fresh = server.world.add("a Touring at last", "bo")["id"]
    cursor = {"search": {"of": "Touring", "since": "1000", "until": "2000", "newest": "3000"}}
    assert ids(list(connect(query="Touring").fetch(cursor))) == {fresh}


def test_r16_limits_are_read_and_a_stream_stops_before_x_has_to_say_so(server: Server, connect: Connect) -> None:
    server.api.limit, server.api.window = 3, 600
    everything = fill(server, 900)
    pages = []
    with pytest.raises(ConnectorError) as caught:
        for page in connect().fetch({}):
            pages.append(page)
    assert [page.calls_left for page in pages] == [2, 1, 0]
    assert caught.value.retry_at == pages[-1].calls_reset_at
    assert len(server.asked("/mentions")) == 3
    server.api.windows.clear()
    server.api.limit = 0
    assert ids(pages) | ids(list(connect().fetch(stored(pages[-1].cursor)))) == everything


def test_a_stream_that_is_limited_does_not_keep_the_other_one_waiting(server: Server, connect: Connect) -> None:
    hit = server.world.add("Touring", "bo")["id"]
    server.faults.add("ratelimit", "/mentions", reset_in=90)
    pages = []
    with pytest.raises(ConnectorError) as caught:
        for page in connect(query="Touring").fetch({}):
            pages.append(page)
    assert ids(pages) == {hit}
    assert caught.value.retry_at is not None


@pytest.mark.parametrize("bad", [{"data": {}}, {}, {"data": "x", "meta": {}}, {"meta": {"result_count": 5}}, []])
def test_an_answer_of_another_shape_does_not_end_the_span(bad: Any, server: Server, connect: Connect) -> None:
    everything = fill(server, 250)
    server.faults.add("malformed", "/mentions", count=1, after=1, body=bad)
    pages = []
    with pytest.raises(ConnectorError) as caught:
        for page in connect().fetch({}):
            pages.append(page)
    assert not caught.value.permanent
    pages += connect().fetch(stored(pages[-1].cursor))
    assert ids(pages) == everything


def test_an_empty_page_may_say_so_with_null(server: Server, connect: Connect) -> None:
    everything = fill(server, 50)
    nothing = {"data": None, "meta": {"result_count": 0}}
    server.faults.add("malformed", "/mentions", after=1, body=nothing)
    assert ids(list(connect().fetch({}))) == everything
