"""Bodies of webhooks, read before a thread is taken for them.

Anybody may post to those addresses, and as slowly as they like: somebody who sends a byte now and then would hold one
of the few threads for as long as that lasts. So only a body that is complete reaches Django, one that is too large or
of unknown size is not read, and all that are on their way together take no more than a fixed part of the memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from connectors.webhooks import MAX_BODY

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

SECONDS = 20.0
MEMORY = 48 * 1024 * 1024


class Refused(Exception):
    """A body that is not taken, with the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Patience:
    """Waits for bodies, and hands whole requests to `application`."""

    def __init__(self, application: Application, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._application, self._seconds, self._memory = application, seconds, memory
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self._application(scope, receive, send)
            return
        body = bytearray()
        try:
            await self._read(_length(scope), receive, body)
        except Refused as refused:
            await _answer(send, refused.status)
        else:
            await self._application(scope, _whole(bytes(body)), send)
        finally:
            self._held -= len(body)

    async def _read(self, length: int, receive: Receive, body: bytearray) -> None:
        """Read as much as was announced. Raises Refused."""
        try:
            async with asyncio.timeout(self._seconds):
                while await self._part(length, receive, body):
                    pass
        except TimeoutError:
            raise Refused(408) from None

    async def _part(self, length: int, receive: Receive, body: bytearray) -> bool:
        """Read what comes next; returns whether there is more. Raises Refused."""
        message = await receive()
        if message["type"] != "http.request":
            raise Refused(400)
        part: bytes = message.get("body", b"")
        if len(body) + len(part) > length:
            raise Refused(413)
        if self._held + len(part) > self._memory:
            raise Refused(503)
        body += part
        self._held += len(part)
        return bool(message.get("more_body", False))


def _length(scope: Message) -> int:
    """The size that the request announces. Raises Refused."""
    given = [value for name, value in scope["headers"] if name == b"content-length"]
    if len(given) != 1 or not given[0].isdigit() or len(given[0]) > 9 or int(given[0]) > MAX_BODY:
        raise Refused(413)
    return int(given[0])


def _whole(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(send: Send, status: int) -> None:
    """The rest of the body is not read, so the connection can carry no other request."""
    headers = [(b"connection", b"close"), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
