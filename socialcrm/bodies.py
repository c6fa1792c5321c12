"""Bodies of webhooks, read before a thread is taken for them.

Anybody may post to those addresses, and as slowly as they like: somebody who sends a byte now and then would hold one
of the few threads for as long as that lasts. So only a body that is complete reaches Django, one that is too large or
of unknown size is not read, and all that are on their way together take no more than a fixed part of the memory.

With the whole body here, a request costs one change of threads there and one back, not one for each part of the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any, NamedTuple

from a2wsgi.wsgi import build_environ

from connectors.webhooks import MAX_BODY

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


SECONDS = 20.0
MEMORY = 48 * 1024 * 1024


class Refused(Exception):
    """A body that is not taken, with the status that says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Answer(NamedTuple):
    """What a WSGI application has said."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Patience:
    """Waits for bodies, and hands whole requests to `application`, which is Django's."""

    def __init__(self, application: Any, threads: int, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.application, self._seconds, self._memory = application, seconds, memory
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="webhooks")
        self._held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            if scope["method"] == "POST":
                await self._read(_length(scope), receive, body)
            environ = build_environ(scope, BytesIO(body))  # type: ignore[arg-type]
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, environ)
        except Refused as refused:
            answer = _refusal(refused.status)
        finally:
            self._held -= len(body)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _ask(self, environ: Any) -> Answer:
        said: list[Any] = []
        response = self.application(environ, lambda status, headers, _=None: said.extend((status, headers)))
        try:
            body = b"".join(response)
        finally:
            response.close()
        status, given = said
        headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in given]
        if not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(body)).encode()))
        return Answer(int(status.split(" ")[0]), headers, body)

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


def _refusal(status: int) -> Answer:
    """The rest of the body is not read, so the connection can carry no other request."""
    headers = [(b"connection", b"close"), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    if status == 503:
        headers.append((b"retry-after", b"5"))
    return Answer(status, headers, b"")
