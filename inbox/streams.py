"""The event stream at /live/, as native ASGI: it lasts for hours and must not occupy a thread."""

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from django.conf import settings

from inbox.hub import Stream, listening
from inbox.stream_sessions import admit

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store, private"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
# Milliseconds after which a browser tries again. Not all of them at the same moment, after a restart.
_AGAIN = 500, 3_000


async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """`hello` on connect, with what was missed since `Last-Event-ID` or `?since=`, or `everything` where that is not
    known; then `changed` with ids, `here` and `taken` with who is where, `beat` now and then. 403 without a session, or
    without the second factor that everybody needs."""
    hub = listening()
    found = await sync_to_async(admit, thread_sensitive=True)(_session_key(scope))
    if found is None:
        await send({"type": "http.response.start", "status": 403, "headers": [(b"cache-control", b"no-store")]})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await _write(send, f"retry: {random.randint(*_AGAIN)}\n\n".encode())  # noqa: S311 - guards nothing
    stream = Stream(found)
    leaving = asyncio.ensure_future(_disconnected(receive))
    leaving.add_done_callback(lambda _: stream.end())
    hub.enter(stream, _since(scope))
    try:
        while chunk := await stream.taken():
            await _write(send, chunk)
    except asyncio.CancelledError:
        # It was let go, or the server stops.
        return
    finally:
        hub.leave(stream)
        has_left = leaving.done()
        leaving.cancel()
    if not has_left:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


def _header(scope: MutableMapping[str, Any], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


def _since(scope: MutableMapping[str, Any]) -> str:
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("since", [""])
    return _header(scope, b"last-event-id") or asked[0]


def _session_key(scope: MutableMapping[str, Any]) -> str:
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""
