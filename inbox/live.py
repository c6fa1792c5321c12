"""Live updates: after commit a small event goes out through Redis; browsers fetch the fragments that changed.

An event names ids only. What a person may see is decided when their browser asks for the fragment, and a browser that
was away asks for everything on its return, so a lost event costs freshness for a moment and never a message.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from functools import lru_cache, partial
from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any

import redis
import redis.asyncio
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections, transaction
from django.http import HttpRequest

from inbox.attendance import attendance

log = structlog.get_logger(__name__)

TOPIC = "live"
# Seconds after which a session is looked at again (deactivation, log-out, new password); the comment that is sent then
# keeps proxies from closing a quiet stream.
_HEARTBEAT = 5
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def changed(*, conversations: Collection[int] = (), channels: Collection[int] = ()) -> None:
    """Tell open browsers, once the running transaction has committed, that these rows look different now."""
    payload = json.dumps({"conversations": sorted(conversations), "channels": sorted(channels)})
    transaction.on_commit(partial(_publish, payload))


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _publish(payload: str) -> None:
    try:
        _client().publish(TOPIC, payload)
    except redis.RedisError as error:
        log.warning("live_event_lost", error=str(error))


async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """The event stream at /live/: `hello` on connect, then `changed` with ids. 403 without a session."""
    session_key = _session_key(scope)
    user_id = await _signed_in(session_key)
    if user_id is None:
        await _answer(send, 403)
        return
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store, private"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _write(send, "event: hello\ndata: {}\n\n")
    attendance.enter(user_id)
    try:
        await _until_left(send, receive, session_key)
    finally:
        attendance.leave(user_id)


async def _until_left(send: Send, receive: Receive, session_key: str) -> None:
    """Stream until the browser goes, or its person may not read any more."""
    streaming = asyncio.ensure_future(_stream(send, session_key))
    leaving = asyncio.ensure_future(_disconnected(receive))
    done, _ = await asyncio.wait({streaming, leaving}, return_when=asyncio.FIRST_COMPLETED)
    for task in (streaming, leaving):
        task.cancel()
    for outcome in await asyncio.gather(streaming, leaving, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.info("stream_ended", error=str(outcome))
    if leaving not in done:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _stream(send: Send, session_key: str) -> None:
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5)
    try:
        async with client.pubsub() as subscription:
            await subscription.subscribe(TOPIC)
            checked = time.monotonic()
            await attendance.beat()
            while True:
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=_HEARTBEAT)
                if message is not None:
                    await _write(send, f"event: changed\ndata: {message['data'].decode()}\n\n")
                if time.monotonic() - checked < _HEARTBEAT:
                    continue
                if await _signed_in(session_key) is None:
                    return
                await attendance.beat()
                await _write(send, ": still here\n\n")
                checked = time.monotonic()
    finally:
        await client.aclose()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _answer(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": b""})


def _session_key(scope: MutableMapping[str, Any]) -> str:
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


@sync_to_async(thread_sensitive=True)
def _signed_in(session_key: str) -> int | None:
    """Whose session it is; None where nobody's, or somebody's who was switched off."""
    if not session_key:
        return None
    close_old_connections()
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user.pk if user.is_active else None
