"""The event stream of a browser: what it hears, what it is told after a break, and when it ends."""

import asyncio
import contextlib
import json
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from inbox import here, hub, live, streams
from inbox.eventlog import EventLog, Place, merged
from people.models import User
from tests.inbox.cast import Cast


@pytest.fixture
def cast(transactional_db):
    live.client().delete(live.LOG, here.KEY)
    return Cast()


class Browser:
    """Reads one stream, as its session, from a place on."""

    def __init__(self, session, since=""):
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}".encode()
        self.scope = {"headers": [(b"cookie", cookie), (b"last-event-id", since.encode())], "query_string": b""}
        self.status, self.text, self.is_over, self.takes = None, "", False, asyncio.Event()
        self.takes.set()
        self.gone = asyncio.Event()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        await self.takes.wait()
        self.text += message["body"].decode()
        self.is_over = not message.get("more_body")

    @property
    def events(self):
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in fields:
                found.append(
                    SimpleNamespace(name=fields["event"], id=fields.get("id"), data=json.loads(fields["data"]))
                )
        return found

    def named(self, name):
        return [one.data for one in self.events if one.name == name]

    @property
    def place(self):
        return [one.id for one in self.events if one.id][-1]

    @property
    def conversations(self):
        return {pk for one in self.named("changed") for pk in one["conversations"]}

    @contextlib.asynccontextmanager
    async def listening(self):
        task = asyncio.create_task(streams.application(self.scope, self.receive, self.send))
        await until(lambda: "here" in self.text or self.is_over)
        try:
            yield self
        finally:
            self.gone.set()
            self.takes.set()
            await task


async def until(holds, seconds=15):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "It did not happen."
        await asyncio.sleep(0.01)


def play(story, *arguments):
    async def whole():
        try:
            await story(*arguments)
        finally:
            await sync_to_async(connections.close_all)()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    asyncio.run(whole())


def session_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def tells(*ids):
    return sync_to_async(live.publish)({"conversations": list(ids), "channels": []})


async def hears():
    """The process listens before anything happens."""
    hub.listening()
    await until(lambda: not hub.listening()._is_deaf)


def test_nobody_listens_without_a_session(cast):
    async def story():
        browser = Browser("nonsense")
        await streams.application(browser.scope, browser.receive, browser.send)
        assert browser.status == 403

    play(story)


def test_everybody_hears_what_changes_and_a_burst_is_one_event(cast):
    async def story(sessions):
        await hears()
        async with Browser(sessions[0]).listening() as one, Browser(sessions[1]).listening() as other:
            for n in range(1, 31):
                await tells(n)
            await until(lambda: len(one.conversations) == 30 and len(other.conversations) == 30)
            assert len(one.named("changed")) < 30

    play(story, [session_of(cast.alice), session_of(cast.bob)])


def test_r22_a_stream_that_is_cut_again_and_again_misses_nothing(cast):
    async def story(session):
        await hears()
        seen, place = set(), "0-0"
        for n in range(1, 101):
            browser = Browser(session, place)
            async with browser.listening():
                await tells(2 * n)
                if n % 3:
                    await until(lambda: 2 * n in browser.conversations)  # noqa: B023
            assert browser.named("everything") == []
            seen |= browser.conversations
            place = browser.place
            await tells(2 * n + 1)
        async with Browser(session, place).listening() as last:
            await until(lambda: 201 in last.conversations)
            seen |= last.conversations
        assert seen == set(range(2, 202))

    play(story, session_of(cast.alice))


@pytest.mark.parametrize("place", ["", "nonsense", "1-0", "99999999999999-0", "5" * 60, "-", "\u00b2-\u00b2"])
def test_whoever_comes_back_from_a_place_that_nobody_knows_asks_for_everything(cast, place):
    async def story(session):
        await tells(1)
        await tells(2)
        await hears()
        browser = Browser(session)
        browser.scope["headers"][1] = (b"last-event-id", place.encode("latin-1"))
        async with browser.listening():
            assert browser.named("everything") == [{"deaf": False}]

    play(story, session_of(cast.alice))


def test_what_could_not_be_written_to_the_log_makes_everybody_ask_for_everything(cast, monkeypatch):
    publisher = live._Publisher()
    monkeypatch.setattr(live, "_publisher", publisher)

    async def story(session):
        await hears()
        async with Browser(session, live.known()).listening() as browser:
            publisher._quiet_until = time.monotonic() + 60
            await tells(1)
            publisher._quiet_until = 0
            await tells(2)
            await until(lambda: browser.named("everything"))

    play(story, session_of(cast.alice))


def test_a_browser_that_takes_nothing_costs_little_and_asks_for_everything_later(cast, monkeypatch):
    monkeypatch.setattr(hub, "_WAITING", 5)
    monkeypatch.setattr(hub, "_GATHER", 0)

    async def story(session):
        await hears()
        browser = Browser(session, live.known())
        async with browser.listening():
            browser.takes.clear()
            for n in range(1, 40):
                await tells(n)
                await asyncio.sleep(0.01)
            browser.takes.set()
            await until(lambda: 39 in browser.conversations)
            assert browser.named("everything") == [{}]
            assert len(browser.conversations) < 39

    play(story, session_of(cast.alice))


def test_a_stream_ends_within_seconds_of_its_session_password_or_person(cast, monkeypatch):
    monkeypatch.setattr(hub, "_LOOK", 0.2)
    sessions = [session_of(cast.users[name]) for name in ("alice", "bob", "carol", "mia")]

    def leave():
        Client(headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={sessions[0]}"}).post("/logout/")
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
        cast.carol.set_password("another correct horse")
        cast.carol.save()

    async def story():
        async with contextlib.AsyncExitStack() as stack:
            browsers = [await stack.enter_async_context(Browser(one).listening()) for one in sessions]
            await sync_to_async(leave)()
            await until(lambda: all(one.is_over for one in browsers[:3]))
            assert not browsers[3].is_over
            await tells(7)
            await until(lambda: 7 in browsers[3].conversations)

    play(story)


def test_where_everybody_needs_a_second_factor_nobody_listens_without_one(cast, monkeypatch):
    monkeypatch.setattr(hub, "_LOOK", 0.2)
    Authenticator.objects.create(user=cast.adam, type="totp", data={"secret": "sealed"})
    sessions = {name: session_of(cast.users[name]) for name in ("adam", "alice")}

    def asks(needed):
        adam = Client(headers={"cookie": f"{settings.SESSION_COOKIE_NAME}={sessions['adam']}"})
        said = {"name": "Halden", "needs_second_factor": "on" if needed else ""}
        assert adam.post("/settings/company/", said).status_code == 302

    async def story():
        async with Browser(sessions["adam"]).listening() as adam, Browser(sessions["alice"]).listening() as alice:
            await sync_to_async(asks)(True)
            await until(lambda: alice.is_over)
            refused = Browser(sessions["alice"])
            await streams.application(refused.scope, refused.receive, refused.send)
            assert (refused.status, refused.text) == (403, "")
            await tells(7)
            await until(lambda: 7 in adam.conversations)
            assert not adam.is_over and 7 not in alice.conversations
            await sync_to_async(asks)(False)
            async with Browser(sessions["alice"]).listening() as again:
                assert again.status == 200

    play(story)


PLACES = st.builds(Place, st.integers(0, 30), st.integers(0, 2))


@given(st.lists(PLACES, unique=True).map(sorted), st.integers(1, 8), st.one_of(st.none(), PLACES))
def test_the_log_tells_exactly_what_came_after_or_that_it_does_not_know(places, kept, since):
    log = EventLog(kept)
    log.begin([])
    for place in places:
        log.add(place, {"conversations": [place.at * 3 + place.number]})
    found = log.since(since)
    if found is not None:
        after = [place.at * 3 + place.number for place in places if place > since]
        assert [one["conversations"][0] for one in found] == after
    if since is not None and places and since == log.last:
        assert found == []


@given(st.text(max_size=40))
def test_a_place_is_read_or_refused(text):
    place = Place.parse(text)
    assert place is None or Place.parse(str(place)) == place


def test_too_many_changes_are_everything():
    assert merged([{"conversations": [n]} for n in range(1000)]) is None
    assert merged([{"conversations": [2]}, {"conversations": [1], "channels": [9]}, {"here": 5}]) == {
        "conversations": [1, 2],
        "channels": [9],
    }
