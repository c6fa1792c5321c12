"""Reading feeds over HTTP: conditionally, wherever they have moved, and whatever they do to whoever reads them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import isolation
from connectors.channels.feed import source
from connectors.channels.feed.connector import LONGEST, Feed
from connectors.incoming import Incoming
from connectors.protocol import Account, ConnectorError, Page
from tests.servers.canary import answers, listener
from tests.servers.feed import Served, Server, serving

NOW = datetime.now(UTC)
pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def connected(server: Server, path: str = "/feed.xml", **more: str) -> Feed:
    settings = {"url": f"{server.url}{path}", **more}
    return Feed(Account(network="feed", name="News", base_url="", settings=settings))


def read(connector: Feed, cursor: Any = None) -> tuple[list[Incoming], Any, list[Page]]:
    pages = list(connector.fetch({} if cursor is None else cursor))
    return [one for page in pages for one in page.items], pages[-1].cursor if pages else cursor, pages


def test_it_is_called_what_the_feed_is_called(server: Server) -> None:
    assert connected(server).verify() == "Halden News"
    for step in connected(server, "/rss.xml").steps():
        step.run()


@pytest.mark.parametrize("path", ["/feed.xml", "/rss.xml"])
def test_what_has_not_changed_is_not_sent_again(path: str, server: Server) -> None:
    server.add("one", author="Dana", files=[("https://a.example/1.mp3", "audio/mpeg")])
    items, cursor, _ = read(connected(server, path))
    assert [(one.external_id, one.author.name, one.attachments[0].kind) for one in items] == [("one", "Dana", "audio")]
    assert read(connected(server, path), cursor)[2] == []
    headers = server.requests[-1]["headers"]
    assert headers["If-None-Match"]
    assert headers["If-Modified-Since"]
    server.add("two")
    assert [one.external_id for one in read(connected(server, path), cursor)[0]] == ["two"]


def test_only_what_says_that_it_was_changed_and_was_is_an_edit(server: Server) -> None:
    entry = server.add("one", "<p>Old</p>", NOW - timedelta(days=1))
    _, cursor, _ = read(connected(server))
    entry.content = "<p>New, without a word</p>"
    assert read(connected(server), cursor)[0] == []
    entry.updated = NOW
    edit = read(connected(server), cursor)[0][0]
    assert (edit.action, edit.text, edit.posted_at) == ("edit", "New, without a word", NOW.replace(microsecond=0))
    _, cursor, _ = read(connected(server), cursor)
    entry.updated = NOW + timedelta(minutes=1)
    assert read(connected(server), cursor)[0] == []


def test_a_feed_that_has_published_more_than_it_shows_is_noted_as_a_gap(server: Server) -> None:
    server.add("old", at=NOW - timedelta(days=9))
    _, cursor, pages = read(connected(server))
    assert [one for page in pages for one in page.gaps] == []
    server.entries.clear()
    for n in range(3):
        server.add(f"new-{n}", at=NOW - timedelta(days=2 - n))
    _, cursor, pages = read(connected(server), cursor)
    [gap] = pages[0].gaps
    assert gap.since
    assert gap.until
    assert gap.since < gap.until < NOW - timedelta(days=1)
    server.add("next")
    assert [one for page in read(connected(server), cursor)[2] for one in page.gaps] == []


def test_a_feed_that_has_got_other_ids_is_no_gap(server: Server) -> None:
    server.add("a", at=NOW - timedelta(days=2))
    _, cursor, _ = read(connected(server))
    server.entries[0].id = "b"
    assert [one for page in read(connected(server), cursor)[2] for one in page.gaps] == []


def test_the_feed_that_a_page_names_is_read_and_remembered(server: Server) -> None:
    server.add("one")
    items, cursor, _ = read(connected(server, "/"))
    assert len(items) == 1
    assert [one["path"] for one in server.requests] == ["/", "/feed.xml"]
    read(connected(server, "/"), cursor)
    assert [one["path"] for one in server.requests[2:]] == ["/feed.xml"]


@pytest.mark.parametrize("page", [b"<html><body>Hello", b"", b"\x89PNG", b'{"a": 1}', b"<?xml version='1.0'?><a/>"])
def test_what_is_no_feed_is_said(page: bytes, server: Server) -> None:
    server.pages["/"] = Served(page, headers={"Content-Type": "text/html"})
    with pytest.raises(ConnectorError, match="no feed at this address") as caught:
        connected(server, "/").verify()
    assert caught.value.permanent
    assert caught.value.remedy


def test_a_page_that_names_itself_leads_nowhere(server: Server) -> None:
    own, other = (f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in ("/", "/b"))
    server.pages["/"] = Served((own + other).encode())
    server.pages["/b"] = Served(own.encode())
    with pytest.raises(ConnectorError, match="no feed at this address"):
        connected(server, "/").verify()


def test_a_feed_that_has_moved_for_good_is_asked_where_it_is(server: Server) -> None:
    server.add("one")
    server.pages["/old"] = Served(b"", 301, {"Location": "/feed.xml"})
    _, cursor, _ = read(connected(server, "/old"))
    server.add("two")
    assert len(read(connected(server, "/old"), cursor)[0]) == 1
    assert [one["path"] for one in server.requests] == ["/old", "/feed.xml", "/feed.xml"]


def test_a_feed_that_is_elsewhere_for_now_is_asked_where_it_was(server: Server) -> None:
    server.pages["/old"] = Served(b"", 302, {"Location": "/feed.xml"})
    _, cursor, _ = read(connected(server, "/old"))
    server.add("two")
    read(connected(server, "/old"), cursor)
    assert [one["path"] for one in server.requests] == ["/old", "/feed.xml", "/old", "/feed.xml"]


def test_where_a_feed_is_no_more_what_people_entered_counts(server: Server) -> None:
    server.pages["/old"] = Served(b"", 301, {"Location": "/new"})
    server.pages["/new"] = server.served("/feed.xml")
    _, cursor, _ = read(connected(server, "/old"))
    server.pages["/new"] = Served(b"", 404)
    server.pages["/old"] = Served(b"", 301, {"Location": "/rss.xml"})
    server.add("two")
    assert len(read(connected(server, "/old"), cursor)[0]) == 1


def test_where_the_server_of_a_feed_is_no_more_what_people_entered_counts(server: Server) -> None:
    with serving() as other:
        other.add("one")
        server.pages["/old"] = Served(b"", 301, {"Location": f"{other.url}/feed.xml"})
        items, cursor, _ = read(connected(server, "/old"))
        assert len(items) == 1
    server.add("two")
    server.pages["/old"] = server.served("/feed.xml")
    assert len(read(connected(server, "/old"), cursor)[0]) == 1


@pytest.mark.parametrize("location", ["http://[", "http://[none]/", "http://me@[::1/"])
def test_a_redirect_to_what_is_no_address_is_an_error(location: str, server: Server) -> None:
    server.pages["/old"] = Served(b"", 302, {"Location": location})
    with pytest.raises(ConnectorError, match="cannot be asked"):
        connected(server, "/old").verify()


def test_another_address_is_another_feed(server: Server) -> None:
    server.add("one")
    _, cursor, _ = read(connected(server, "/feed.xml"))
    assert len(read(connected(server, "/rss.xml"), cursor)[0]) == 1


@pytest.mark.parametrize("status", [301, 302])
def test_redirects_without_an_end_are_not_followed(status: int, server: Server) -> None:
    server.pages["/a"] = Served(b"", status, {"Location": "/b"})
    server.pages["/b"] = Served(b"", status, {"Location": "/a"})
    with pytest.raises(ConnectorError, match="leads on and on") as caught:
        connected(server, "/a").verify()
    assert caught.value.permanent
    assert len(server.requests) == 4


def test_s18_a_redirect_to_an_address_that_is_not_public_is_refused(server: Server, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1/32"]
    with listener(answers(b"<rss/>")) as canary:
        server.pages["/a"] = Served(b"", 302, {"Location": f"http://[::1]:{canary.port}/"})
        with pytest.raises(ConnectorError, match="not a public address") as caught:
            connected(server, "/a").verify()
        assert caught.value.permanent
        link = f'<link rel="alternate" type="application/rss+xml" href="http://[::1]:{canary.port}/">'
        server.pages["/b"] = Served(link.encode())
        with pytest.raises(ConnectorError, match="not a public address"):
            connected(server, "/b").verify()
        assert canary.connects == 0


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_what_somebody_must_see_to_is_permanent(status: int, server: Server) -> None:
    server.faults.add("status", status=status)
    with pytest.raises(ConnectorError, match=str(status)) as caught:
        connected(server).verify()
    assert caught.value.permanent
    assert caught.value.remedy


def test_a_feed_that_is_gone_says_so(server: Server) -> None:
    server.faults.add("status", status=410)
    with pytest.raises(ConnectorError, match="This feed is gone"):
        connected(server).verify()


@pytest.mark.parametrize(
    ("status", "after", "seconds"), [(429, "", 900), (429, "7200", 7200), (503, "99999999", 86400)]
)
def test_it_waits_as_long_as_the_server_says(status: int, after: str, seconds: int, server: Server) -> None:
    server.faults.add("status", status=status, headers={"Retry-After": after})
    with pytest.raises(ConnectorError) as caught:
        connected(server).verify()
    assert caught.value.retry_at
    assert abs((caught.value.retry_at - datetime.now(UTC)).total_seconds() - seconds) < 10


@pytest.mark.parametrize(
    ("setting", "header", "ttl", "expected"),
    [
        ({}, "", 0, 600),
        ({"interval": "5"}, "", 0, 60),
        ({"interval": "3600"}, "max-age=60", 0, 3600),
        ({}, "public, max-age=1800", 0, 1800),
        ({}, "", 30, 1800),
        ({}, "max-age=31536000", 0, LONGEST),
    ],
)
def test_it_is_read_as_often_as_people_want_and_the_feed_allows(
    setting: dict[str, str], header: str, ttl: int, expected: int, server: Server
) -> None:
    server.ttl = ttl
    served = server.served("/rss.xml")
    server.pages["/rss.xml"] = Served(served.body, headers=served.headers | {"Cache-Control": header})
    connector = connected(server, "/rss.xml", **setting)
    read(connector)
    assert connector.interval == expected


def test_an_entry_that_cannot_be_read_leaves_the_others(server: Server) -> None:
    server.add("good", at=NOW - timedelta(hours=1))
    server.add("empty", "", title="")
    _, cursor, pages = read(connected(server))
    assert [one.external_id for one in pages[0].items] == ["good"]
    assert "is empty" in pages[0].malformed[0].reason
    assert read(connected(server), cursor)[2] == []


def test_broken_xml_is_read_as_far_as_it_goes(server: Server) -> None:
    broken = b"<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title>A & B</title><p></item><item>"
    server.pages["/feed.xml"] = Served(broken + b"<guid>2</guid><title>C</title>")
    assert [one.title for one in read(connected(server))[0]] == ["A & B", "C"]


def test_s19_an_endless_feed_is_cut_off(server: Server) -> None:
    server.pages["/feed.xml"] = Served(b"<rss version='2.0'><channel>" + b" " * (source.MAX_BYTES + 1))
    with pytest.raises(ConnectorError, match="larger than 5 MiB") as caught:
        connected(server).verify()
    assert caught.value.permanent


def laughs() -> bytes:
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    head = f"<!DOCTYPE rss [<!ENTITY a0 'ha'>{entities}]>"
    return f"<?xml version='1.0'?>{head}<rss version='2.0'><channel><title>&a11;</title></channel></rss>".encode()


BOMBS = {
    "billion laughs": laughs(),
    "nested tags": b"<rss version='2.0'><channel><item><description>" + b"<b>" * 1_500_000,
    "nested html": b"<rss version='2.0'><channel><item><description><![CDATA[" + b"<div>" * 900_000,
    "many entries": b"<rss version='2.0'><channel>" + b"<item><guid>x</guid></item>" * 150_000,
    "an outside entity": b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'><channel>"
    b"<title>&x;</title><item><guid>1</guid><title>&x;</title></item></channel></rss>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_s24_a_bomb_goes_off_in_a_process_of_its_own(
    name: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(isolation.call.__kwdefaults__ or {}, "seconds", 3)
    server.pages["/feed.xml"] = Served(BOMBS[name])
    try:
        items, _, _ = read(connected(server))
    except ConnectorError as error:
        assert error.permanent
        assert error.remedy
    else:
        assert len(items) <= 1000
        assert "root:" not in str(items)
    assert threading.active_count() < 50


def test_a_server_that_is_not_there_is_asked_again(server: Server) -> None:
    connector = Feed(Account(network="feed", name="News", base_url="", settings={"url": "http://127.0.0.1:1/"}))
    with pytest.raises(ConnectorError, match="cannot be reached") as caught:
        connector.verify()
    assert not caught.value.permanent


@pytest.mark.parametrize(
    "cursor", [{"of": 5}, {"known": {"a": 5, "b": "x", "c": "x y"}, "newest": "soon", "etag": ["x"]}]
)
def test_a_cursor_may_hold_anything(cursor: dict[str, Any], server: Server) -> None:
    server.add("one")
    items, _, _ = read(connected(server), cursor | {"of": f"{server.url}/feed.xml"} if "known" in cursor else cursor)
    assert len(items) == 1
