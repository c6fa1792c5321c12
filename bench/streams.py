"""Event streams over real HTTP: what 1,000 idle ones cost, and how soon what was committed stands on a screen.

The times to a screen are those of one page in Chromium, with 200 more streams open and 20 messages a second coming in
for a hundred conversations: from the commit of a message in a conversation that is on the page until its words stand
there. They are taken from the clock of this machine, which is also the browser's.
"""

import asyncio
import itertools
import json
import resource
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from django.db import connection, connections, transaction

from bench.figures import percentile
from bench.serving import agents, redis_url, resident, serving
from inbox import events, live
from inbox.models import Conversation, Message

IDLE, OPEN, RATE, SECONDS = 1_000, 200, 20, 15
_PEOPLE = 50


def streams(count: int) -> dict[str, Any]:
    """Memory in MB, times in milliseconds."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))
    cookies = agents(_PEOPLE)
    with serving() as (port, pid):
        asyncio.run(_warm(port, cookies[0]))
        before = resident(pid)
        with _listeners(port, cookies, IDLE):
            time.sleep(12)
            idle = resident(pid)
        with _listeners(port, cookies, OPEN) as heard:
            told = _tell(heard)
            screen = _on_screen(port, cookies[0])
        after = resident(pid)
    return {
        "web process, MB": before,
        f"with {IDLE} idle streams, MB": idle,
        "at the end, MB": after,
        "events that a stream did not get": told["missing"],
        "commit to stream p50, ms": told["p50"],
        "commit to stream p95, ms": told["p95"],
        **screen,
    }


async def _warm(port: int, cookie: str) -> None:
    for _ in range(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /inbox/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode()
        )
        await reader.read()
        writer.close()


class _Heard:
    """When each of many streams heard of each conversation."""

    def __init__(self) -> None:
        self.ready = 0
        self.at: list[dict[int, list[float]]] = []
        self.stop = threading.Event()


@contextmanager
def _listeners(port: int, cookies: list[str], count: int) -> Iterator[_Heard]:
    """So many open streams, in a thread of their own."""
    heard = _Heard()
    thread = threading.Thread(target=lambda: asyncio.run(_listen_all(port, cookies, count, heard)))
    thread.start()
    end = time.monotonic() + 120
    while heard.ready < count and time.monotonic() < end:
        time.sleep(0.1)
    try:
        if heard.ready < count:
            raise RuntimeError(f"Only {heard.ready} of {count} streams were opened.")
        yield heard
    finally:
        heard.stop.set()
        thread.join()


async def _listen_all(port: int, cookies: list[str], count: int, heard: _Heard) -> None:
    tasks = []
    for number, cookie in zip(range(count), itertools.cycle(cookies), strict=False):
        tasks.append(asyncio.create_task(_listen(port, cookie, heard)))
        if number % 20 == 19:
            await asyncio.sleep(0.05)
    while not heard.stop.is_set():
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(port: int, cookie: str, heard: _Heard) -> None:
    times: dict[int, list[float]] = {}
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET /live/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    try:
        while line := await reader.readline():
            if line.startswith(b"event: hello"):
                heard.ready += 1
                heard.at.append(times)
            elif line.startswith(b"data: ") and b"conversations" in line:
                now = time.time()
                for one in json.loads(line[6:])["conversations"]:
                    times.setdefault(one, []).append(now)
    finally:
        writer.close()


def _tell(heard: _Heard) -> dict[str, Any]:
    """Events alone, at the rate: how long they take to all streams."""
    client = redis.Redis.from_url(redis_url())
    start = time.time() + 0.5
    sent: dict[int, float] = {}
    for number in range(RATE * 5):
        time.sleep(max(0.0, start + number / RATE - time.time()))
        sent[number + 1] = time.time()
        event = json.dumps({"conversations": [number + 1], "channels": []})
        # As it was before there was a log, too, so that both can be measured.
        client.xadd(live.LOG, {"event": event}) if hasattr(live, "LOG") else client.publish("live", event)
    time.sleep(2)
    delays = [1000 * (times[one][0] - at) for times in heard.at for one, at in sent.items() if one in times]
    missing = len(sent) * len(heard.at) - len(delays)
    return {"missing": missing, "p50": round(percentile(delays, 0.5)), "p95": round(percentile(delays, 0.95))}


# --- one page in Chromium

# When each text that is waited for came to stand on the page: the browser's own clock, at the next painting.
_WATCH = """() => {
  window.seen = {};
  const look = () => {
    for (const [, n] of document.body.innerText.matchAll(/bench message (\\d+)!/g)) {
      if (!(n in window.seen)) window.seen[n] = 0;
    }
    requestAnimationFrame(() => { for (const n in window.seen) window.seen[n] ||= Date.now() / 1000; });
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def _on_screen(port: int, cookie: str) -> dict[str, Any]:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only developers have it
    except ImportError:
        return {"commit to screen": "needs Playwright and Chromium"}
    chosen = list(Conversation.objects.filter(state="open").order_by("-last_message_at", "-id")[:100])
    sent: dict[str, float] = {}
    thread = threading.Thread(target=_write, args=(chosen, sent))
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"}])
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/inbox/open/c/{chosen[0].pk}/")
        page.wait_for_selector("html[data-stream=open]")
        page.evaluate(_WATCH)
        thread.start()
        page.wait_for_timeout(1000 * (SECONDS + 3))
        thread.join()
        seen: dict[str, float] = page.evaluate("() => window.seen")
        browser.close()
    delays = sorted(1000 * (seen[one] - at) for one, at in sent.items() if seen.get(one))
    return {
        "messages that could show": len(sent),
        "of these on the screen": len(delays),
        "commit to screen p50, ms": round(percentile(delays, 0.5)),
        "commit to screen p95, ms": round(percentile(delays, 0.95)),
    }


def _write(chosen: list[Conversation], sent: dict[str, float]) -> None:
    """Messages at the rate; every fourth is for the conversation that is open. What is written last in a line of the
    list may be overtaken before it is shown, so only those of the open one are waited for."""
    live._publisher = live._Publisher()
    client = redis.Redis.from_url(redis_url())
    live.client = lambda: client  # type: ignore[assignment]
    start = time.time() + 0.2
    for number in range(RATE * SECONDS):
        time.sleep(max(0.0, start + number / RATE - time.time()))
        is_open = number % 4 == 0
        one = chosen[0] if is_open else chosen[1 + number % (len(chosen) - 1)]
        with transaction.atomic():
            _say(one, f"bench message {number}!")
            live.changed(conversations=[one.pk])
        if is_open:
            sent[str(number)] = time.time()
    connections.close_all()


def _say(conversation: Conversation, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        at = cursor.fetchone()[0]
    message = Message.objects.create(
        channel_id=conversation.channel_id,
        conversation=conversation,
        identity_id=conversation.identity_id,
        direction="in",
        kind="mention",
        external_id=f"bench-{time.time_ns()}",
        text=text,
        posted_at=at,
        created_at=at,
        version_at=at,
    )
    Conversation.objects.filter(pk=conversation.pk).update(snippet=text, last_message_at=at, last_inbound_at=at)
    events.record(
        [
            events.Entry(
                kind="message",
                channel_id=conversation.channel_id,
                identity_id=conversation.identity_id,
                conversation_id=conversation.pk,
                message_id=message.pk,
                actor_id=None,
                at=at,
            )
        ]
    )
