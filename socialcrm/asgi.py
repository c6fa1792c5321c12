"""One port for everything: pages through a small pool of threads, the live stream as native ASGI.

Pages are synchronous Django with persistent database connections, one for each thread; a stream lasts for hours and
must not occupy one of them. Since streams never end by themselves, they are ended when the server is told to stop.
"""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import FrameType
from typing import Any, cast

import structlog
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from socialcrm.pages import Pages

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcrm.settings")

THREADS = 2
# Those that wait for networks to hand over pictures and files, so that no page waits behind them.
MEDIA_THREADS = 4
# Those that keep deliveries: a burst of them keeps no page waiting, and no page keeps a network waiting.
WEBHOOK_THREADS = 2

# The settings must be complete before anything of an app is imported.
django = cast(Any, get_wsgi_application())
pages = Pages(django, workers=THREADS)
media = Pages(django, workers=MEDIA_THREADS)

from inbox import hub  # noqa: E402
from inbox.streams import application as live  # noqa: E402
from socialcrm.bodies import Patience  # noqa: E402
from socialcrm.unprivileged import end_with_parent  # noqa: E402

webhooks = Patience(django, WEBHOOK_THREADS)

closing = asyncio.Event()
# New objects after which Python looks for garbage among them; it would do so forty times for a page.
_GARBAGE = 10_000
log = structlog.get_logger(__name__)
# Seconds after which whoever joins the others takes the place of one that has died: uvicorn says nothing of it.
_STARTING = 60

if (parent := multiprocessing.parent_process()) is not None:
    # Of several processes on one port none may outlive the one that started them, however that ends.
    end_with_parent(signal.SIGKILL)
    if os.getppid() != parent.pid:
        os._exit(1)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Hand a request to those who can answer it."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live/":
        await _stream(scope, receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/media/"):
        await media(cast(Any, scope), cast(Any, receive), cast(Any, send))
    elif scope["type"] == "http" and scope["path"].startswith("/webhooks/"):
        await webhooks(scope, receive, send)
    else:
        await pages(cast(Any, scope), cast(Any, receive), cast(Any, send))


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        if event == "lifespan.startup":
            _close_streams_on(signal.SIGTERM, signal.SIGINT)
            # The first page would wait for a second until all that pages need is loaded.
            _ = get_resolver().url_patterns
            # What has been loaded stays: looking through it for garbage would hold a page up for a fifth of a second.
            gc.collect()
            gc.freeze()
            # A page makes some ten thousand objects, and nearly all of them go by themselves.
            gc.set_threshold(_GARBAGE)
            if parent is not None and _age(os.getppid()) > _STARTING:
                log.warning("web_process_replaced", pid=os.getpid())
            # From now on pages know up to where they are told what happens.
            hub.listening()
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


def _age(pid: int) -> float:
    """For how many seconds a process has lived, as proc(5) tells; 0 where there is no such file system."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        return float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0


async def _stream(scope: Message, receive: Receive, send: Send) -> None:
    """The live stream; to it a server that stops looks like a browser that leaves."""
    is_complete = False

    async def receive_or_close() -> Message:
        tasks = asyncio.ensure_future(receive()), asyncio.ensure_future(closing.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return {"type": "http.disconnect"} if closing.is_set() else tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()

    async def watched_send(message: Message) -> None:
        nonlocal is_complete
        is_complete = message["type"] == "http.response.body" and not message.get("more_body")
        await send(message)

    await live(scope, receive_or_close, watched_send)
    if closing.is_set() and not is_complete:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _close_streams_on(*numbers: signal.Signals) -> None:
    """Have the signals that stop the server end the streams first; it waits for them in vain otherwise."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in numbers:
        before = signal.getsignal(number)

        def close(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(closing.set)
            if callable(before):
                before(number, frame)

        signal.signal(number, close)
