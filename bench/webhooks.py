"""Deliveries to a webhook over real HTTP: how soon each is answered, and how soon an open browser hears of it.

Web and worker run as `manage.py up` starts them, on the scratch database. Deliveries are sent at a fixed rate whatever
the answers take, and their times count from the moment at which each should have been sent.
"""

import asyncio
import json
import re
import subprocess
import time
from bisect import bisect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from bench.dataset import messages
from bench.figures import percentile
from bench.pages import browser
from bench.serving import environment, serving
from connectors import connect, signatures
from connectors.models import Channel
from inbox.models import Message
from inbox.pull import as_json
from socialcrm import processes

RATE = 200
_MOST = 6000
_CONNECTIONS = 16
_WARM_UP = 200
_SECRET = "a secret of this bench alone"  # noqa: S105 - guards nothing
_PATIENCE = 60


@dataclass(slots=True)
class _Run:
    """When each delivery was due, was answered, and with what; when a browser heard of each conversation."""

    due: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    heard: dict[int, list[float]] = field(default_factory=dict)


def webhooks(count: int) -> dict[str, Any]:
    """Times in milliseconds at 200 deliveries a second."""
    channel = connect.connect(network="webhook", name="bench webhooks", credentials={"secret": _SECRET})
    cookie = _cookie()
    bodies = {one.external_id: json.dumps(as_json(one)).encode() for one in messages(min(count, _MOST), seed=11)}
    warm = {one.external_id: json.dumps(as_json(one)).encode() for one in messages(_WARM_UP, seed=12, start=_MOST)}
    with _processes() as port:
        asyncio.run(_play(port, channel, cookie, warm))
        _wait_for(warm)
        run = asyncio.run(_play(port, channel, cookie, bodies))
        in_all = _wait_for(bodies) - min(run.due.values())
    return _figures(run, in_all)


def _figures(run: _Run, in_all: float) -> dict[str, Any]:
    answers = sorted(1000 * (at - run.due[one]) for one, at in run.answered.items())
    found = Message.objects.filter(external_id__in=list(run.due)).values_list("external_id", "conversation_id")
    heard = [(run.due[str(one)], run.heard.get(where, [])) for one, where in found]
    # Somebody may have written to the same conversation just before.
    seen = sorted(1000 * (times[first] - due) for due, times in heard if (first := bisect(times, due)) < len(times))
    return {
        "deliveries": len(run.due),
        "deliveries/s": round(len(run.due) / (max(run.answered.values()) - min(run.due.values()))),
        "not acknowledged": len(run.refused),
        "acknowledged p50, ms": round(percentile(answers, 0.5), 1),
        "acknowledged p95, ms": round(percentile(answers, 0.95), 1),
        "acknowledged p99, ms": round(percentile(answers, 0.99), 1),
        "told to an open browser": len(seen),
        "browser p50, ms": round(percentile(seen, 0.5)),
        "browser p95, ms": round(percentile(seen, 0.95)),
        "browser at most, ms": round(seen[-1]) if seen else 0,
        "all in the inbox after, s": round(in_all, 1),
    }


async def _play(port: int, channel: Channel, cookie: str, bodies: dict[str, bytes]) -> _Run:
    """Send everything, while one browser listens."""
    run = _Run()
    listening = asyncio.create_task(_listen(port, cookie, run))
    await asyncio.sleep(0.5)
    start = time.monotonic() + 0.5
    todo: Iterator[tuple[int, tuple[str, bytes]]] = iter(enumerate(bodies.items()))
    await asyncio.gather(*(_send(port, channel, todo, start, run) for _ in range(_CONNECTIONS)))
    await asyncio.sleep(3)
    listening.cancel()
    return run


async def _send(
    port: int, channel: Channel, todo: Iterator[tuple[int, tuple[str, bytes]]], start: float, run: _Run
) -> None:
    """One connection of a sender: takes the next delivery when it is due."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, (external_id, body) in todo:
        due = start + number / RATE
        await asyncio.sleep(max(due - time.monotonic(), 0))
        run.due[external_id] = due
        signature = signatures.make(_SECRET, body, datetime.now(UTC))
        head = (
            f"POST /webhooks/{channel.uuid}/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{signatures.HEADER}: {signature}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(answer))
        run.answered[external_id] = time.monotonic()
        if (status := int(answer.split()[1])) != 200:
            run.refused.append(status)
    writer.close()


def _length(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


async def _listen(port: int, cookie: str, run: _Run) -> None:
    """A browser with the inbox open: notes when it first hears of each conversation."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    writer.write(f"GET /live/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b"data: ") and b"conversations" in line:
            now = time.monotonic()
            for one in json.loads(line[6:])["conversations"]:
                run.heard.setdefault(one, []).append(now)


def _wait_for(bodies: dict[str, bytes]) -> float:
    """When all of them are in the inbox."""
    end = time.monotonic() + _PATIENCE
    while Message.objects.filter(external_id__in=list(bodies)).count() < len(bodies):
        if time.monotonic() > end:
            raise RuntimeError("Deliveries that were acknowledged are not in the inbox.")
        time.sleep(0.1)
    return time.monotonic()


def _cookie() -> str:
    return f"{settings.SESSION_COOKIE_NAME}={browser().cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def _processes() -> Iterator[int]:
    """A web server and a worker on the scratch database, with a broker of their own; gives the port."""
    program = processes.worker()
    with serving() as (port, _):
        worker = subprocess.Popen(
            program.command, cwd=program.folder, env=program.environment | environment(), stdout=subprocess.DEVNULL
        )
        try:
            yield port
        finally:
            worker.terminate()
            worker.wait(30)
