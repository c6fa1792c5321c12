"""One listener in each web process: it reads the log of live events once, and hands them on to all of its streams.

It also looks, in one statement every few seconds, whether the sessions of its streams still hold, tells who is at which
conversation, and says so when it hears nothing, so that browsers can say it too.
"""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings

from inbox import here, live, stream_sessions
from inbox.attendance import attendance
from inbox.eventlog import EventLog, Place, merged
from inbox.stream_sessions import Pass
from people import memory

log = structlog.get_logger(__name__)

# Seconds: between two looks at sessions and presence; between two signs of life; in which events of one burst are
# gathered; after which a browser that takes nothing is let go.
_LOOK, _BEAT, _GATHER, _STUCK = 5.0, 15.0, 0.04, 60.0
# What waits for a slow browser at most; then it is told to ask for everything.
_WAITING = 200
# Seconds that Redis may take for an answer beyond those that we asked it to wait.
_PATIENCE = 5


class Stream:
    """One browser that listens. What it has not taken yet waits here, within bounds."""

    __slots__ = ("_chunks", "_task", "_wake", "has_ended", "pass_", "stuck_since")

    def __init__(self, pass_: Pass) -> None:
        self.pass_ = pass_
        self._task = asyncio.current_task()
        self.has_ended = False
        self.stuck_since: float | None = None
        self._chunks: deque[bytes] = deque()
        self._wake = asyncio.Event()

    def offer(self, chunk: bytes) -> None:
        """Something for this browser. One that does not take what it is offered loses it, and is told so."""
        if len(self._chunks) >= _WAITING:
            self._chunks.clear()
            self._chunks.append(chunk_of("everything", {}))
            self.stuck_since = self.stuck_since or time.monotonic()
        self._chunks.append(chunk)
        self._wake.set()

    def end(self) -> None:
        """Nothing more comes."""
        self.has_ended = True
        self._wake.set()

    def let_go(self) -> None:
        """It takes nothing, and what is on its way to it need not arrive."""
        if self._task is not None:
            self._task.cancel()

    async def taken(self) -> bytes:
        """All that waits, as soon as there is something; nothing at the end."""
        await self._wake.wait()
        self._wake.clear()
        if self.has_ended:
            return b""
        found = b"".join(self._chunks)
        self._chunks.clear()
        self.stuck_since = None
        return found


class Hub:
    """The streams of this process, and what it has heard. It belongs to the loop in which it was made."""

    def __init__(self) -> None:
        self._streams: set[Stream] = set()
        self._log = EventLog(live.KEPT)
        self._here: here.Everybody = {}
        self._is_deaf, self._has_listened = True, False
        self._look_around = asyncio.Event()
        work = self._listen(), self._look(), self._watch_presence()
        self._tasks = [asyncio.ensure_future(one) for one in work]

    def enter(self, stream: Stream, since: str) -> None:
        """One more browser, which has seen everything up to a place in the log."""
        missed = None if self._is_deaf else self._log.since(Place.parse(since))
        event = None if missed is None else merged(missed)
        stream.offer(chunk_of("hello", {"deaf": self._is_deaf}))
        # Only with the last of what was missed a browser has heard everything up to here.
        if event is None:
            stream.offer(chunk_of("everything", {"deaf": self._is_deaf}, self._log.last))
        else:
            stream.offer(chunk_of("changed", event, self._log.last))
        stream.offer(chunk_of("here", {"all": True, "at": self._here}))
        self._streams.add(stream)
        attendance.enter(stream.pass_.user_id)

    def leave(self, stream: Stream) -> None:
        """One browser less."""
        if stream in self._streams:
            self._streams.remove(stream)
            attendance.leave(stream.pass_.user_id)

    # --- the log

    async def _listen(self) -> None:
        """Read the log for as long as the process lives, whatever becomes of Redis."""
        pause = 0.2
        while True:
            client = _client()
            try:
                await self._begin(client)
                pause = 0.2
                while True:
                    await self._read(client)
                    await asyncio.sleep(_GATHER)
            except (redis.RedisError, OSError) as error:
                log.warning("live_events_unheard", error=str(error))
            finally:
                with contextlib.suppress(redis.RedisError, OSError):
                    await client.aclose()
            self._deafen()
            await asyncio.sleep(pause)
            pause = min(2 * pause, 3.0)

    async def _begin(self, client: "redis.asyncio.Redis") -> None:
        """Hear what is in the log already. After a time in which nothing was heard, everybody asks for everything."""
        was_listening = self._has_listened or bool(self._streams)
        found: Any = await client.xrevrange(live.LOG, count=live.KEPT)
        self._log.begin(_told(reversed(found)))
        # Of what nobody heard, an erasure may have been a part.
        memory.forget()
        if was_listening:
            await client.xadd(live.LOG, {live.FIELD: '{"everything": true}'}, maxlen=live.KEPT, approximate=True)
        await self._see(client)
        self._is_deaf, self._has_listened = False, True
        live.heard(str(self._log.last))

    async def _read(self, client: "redis.asyncio.Redis") -> None:
        found: Any = await client.xread({live.LOG: str(self._log.last)}, count=live.KEPT, block=int(1000 * _LOOK))
        if not found:
            return
        events = list(_told(found[0][1] if isinstance(found, list) else next(iter(found.values()))[0]))
        for place, event in events:
            self._log.add(place, event)
        live.heard(str(self._log.last))
        self._hand_on([event for _, event in events])

    def _hand_on(self, events: list[dict[str, Any]]) -> None:
        if any("erased" in one or one.get("everything") for one in events):
            memory.forget()
        event = merged(events)
        if event is None:
            self._tell("everything", {"deaf": False}, self._log.last)
        elif event["conversations"] or event["channels"]:
            self._tell("changed", event, self._log.last)
        for one in events:
            if "taken" in one:
                self._tell("taken", one["taken"])
            if "notified" in one:
                self._tell_people(one["notified"], "notified")
            if "here" in one:
                self._look_around.set()

    def _deafen(self) -> None:
        if not self._is_deaf:
            self._is_deaf = True
            self._tell("deaf", {})

    # --- who is where

    async def _watch_presence(self) -> None:
        """Look who is where as soon as somebody says so, and now and then for those who say nothing any more."""
        client = _client()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._look_around.wait(), _LOOK)
            self._look_around.clear()
            with contextlib.suppress(redis.RedisError, OSError):
                await self._see(client)
            await asyncio.sleep(2 * _GATHER)

    async def _see(self, client: "redis.asyncio.Redis") -> None:
        raw: Any = await client.hgetall(here.KEY)
        before = self._here
        self._here, ended = here.everybody(raw, time.time())
        if ended:
            await client.hdel(here.KEY, *[name.decode() for name in ended])
        news = {
            one: self._here.get(one, []) for one in before.keys() | self._here if before.get(one) != self._here.get(one)
        }
        if news:
            self._tell("here", {"at": news})

    # --- the streams

    def _tell(self, name: str, data: dict[str, Any], place: Place | None = None) -> None:
        chunk = chunk_of(name, data, place)
        for stream in self._streams:
            stream.offer(chunk)

    def _tell_people(self, users: Iterable[int], name: str) -> None:
        chunk, meant = chunk_of(name, {}), set(users)
        for stream in self._streams:
            if stream.pass_.user_id in meant:
                stream.offer(chunk)

    async def _look(self) -> None:
        """End the streams of sessions that ended and of browsers that take nothing; tell the others that we live."""
        beat_at = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK)
            memory.forget_old()
            try:
                await self._check()
                await attendance.beat()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look must come
                log.warning("streams_unchecked", error=str(error))
            for stream in self._streams:
                if stream.stuck_since is not None and time.monotonic() - stream.stuck_since > _STUCK:
                    stream.let_go()
            if time.monotonic() - beat_at >= _BEAT - 1:
                beat_at = time.monotonic()
                self._tell("beat", {})

    async def _check(self) -> None:
        passes = [stream.pass_ for stream in self._streams]
        ended, renewed = await sync_to_async(stream_sessions.expired, thread_sensitive=True)(passes)
        again = {one.session_key: one for one in renewed}
        for stream in self._streams:
            if stream.pass_.session_key in ended:
                stream.end()
            stream.pass_ = again.get(stream.pass_.session_key, stream.pass_)


def chunk_of(name: str, data: dict[str, Any], place: Place | None = None) -> bytes:
    """One event as browsers read it. With a place they say, when they come back, up to where they heard."""
    numbered = f"id: {place}\n" if place else ""
    return f"{numbered}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _client() -> "redis.asyncio.Redis":
    patience = _LOOK + _PATIENCE
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_PATIENCE, socket_timeout=patience)


def _told(found: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> Iterable[tuple[Place, dict[str, Any]]]:
    for at, fields in found:
        place = Place.parse(at.decode())
        if place is not None:
            yield place, json.loads(fields.get(live.FIELD.encode(), b"{}"))


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def listening() -> Hub:
    """The hub of the loop that runs now; it listens from the first time on that somebody asks for it."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
