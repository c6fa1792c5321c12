"""A connection to a web process: uvicorn's own over llhttp, with a limit for the head, and shared out fairly."""

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Bytes of a request's line and fields together, and of what may stand between the pieces of its body and after them.
# llhttp has no limit of its own.
_LONGEST_HEAD = 64 * 1024
# Seconds. Whoever is awake takes all connections that come at once, as after a restart, unless it waits for a moment.
_YIELD = 0.0002


class Connection(HttpToolsProtocol):
    """What uvicorn is told to make of each connection (`--http`)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._is_within, self._head = True, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, and leave the next one to another process that waits on the same port."""
        super().connection_made(transport)
        time.sleep(_YIELD)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the fields of a request have no end, before its body or after it."""
        self._head += len(data)
        super().data_received(data)
        if self._is_within and self._head > _LONGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A further request on the same connection, or the first: what was read before is another one's."""
        super().on_message_begin()
        self._is_within, self._head = True, 0

    def on_body(self, body: bytes) -> None:
        """A piece of its body, which may be as long as it likes."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """It is done."""
        self._is_within = False
        super().on_message_complete()
