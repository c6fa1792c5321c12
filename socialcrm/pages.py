"""Pages from a small pool of threads, as a2wsgi has it, but each in one piece where it is one.

a2wsgi hands over the head, every chunk and the end of an answer one by one, and its thread waits each time until the
event loop has taken it: three times for a page, which are a tenth of the time that it takes.
"""

from typing import Any

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import WSGIResponder


class Pages(WSGIMiddleware):
    """A WSGI application as an ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        await _Responder(self.app, self.executor, self.send_queue_size)(scope, receive, send)


class _Responder(WSGIResponder):
    """Keeps the newest chunk, and the head before the first, until it is known whether anything follows."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._kept: list[Any] = []
        self._is_long = False

    def send(self, message: Any) -> None:
        """Called by the thread with the head, the chunks and, without `more_body`, the end of an answer."""
        is_end = message["type"] == "http.response.body" and not message.get("more_body")
        if is_end and self._kept and "body" in self._kept[-1]:
            message = {**self._kept.pop(), "more_body": False}
        self._kept.append(message)
        if is_end and not self._is_long:
            self.loop.call_soon_threadsafe(self._put, self._kept)
            return
        while len(self._kept) > (0 if is_end else 2):
            # What is long is sent as fast as it is read: the thread waits until there is room.
            self._is_long = True
            super().send(self._kept.pop(0))

    def _put(self, messages: list[Any]) -> None:
        for one in messages:
            self.send_queue.put_nowait(one)
