"""Fifty agents at work at the same time, over real HTTP: each asks for a list or opens a conversation once a second."""

import asyncio
import random
import time
from typing import Any

from bench.figures import percentile
from bench.serving import agents, resident, serving
from inbox.models import Conversation

AGENTS, SECONDS, WARM = 50, 20, 5
_VIEWS = ("/inbox/", "/inbox/unassigned/", "/inbox/mine/", "/inbox/q/support/", "/inbox/q/sales/")


def agents_at_work(count: int) -> dict[str, Any]:
    """Times in milliseconds, from the moment at which each click was due."""
    cookies = agents(AGENTS)
    ids = list(
        Conversation.objects.filter(state="open").order_by("-last_message_at").values_list("pk", flat=True)[:200]
    )
    with serving() as (port, pid):
        lists, opened, refused = asyncio.run(_work(port, cookies, ids))
        memory = resident(pid)
    return {
        "agents": AGENTS,
        "lists": len(lists),
        "lists p50, ms": round(percentile(lists, 0.5)),
        "lists p95, ms": round(percentile(lists, 0.95)),
        "conversations": len(opened),
        "conversations p50, ms": round(percentile(opened, 0.5)),
        "conversations p95, ms": round(percentile(opened, 0.95)),
        "not answered with 200": refused,
        "web process, MB": memory,
    }


async def _work(port: int, cookies: list[str], ids: list[int]) -> tuple[list[float], list[float], int]:
    lists: list[float] = []
    opened: list[float] = []
    refused: list[int] = []
    start = time.monotonic() + 1
    await asyncio.gather(*(_agent(port, one, ids, start, lists, opened, refused) for one in cookies))
    return lists, opened, len(refused)


async def _agent(
    port: int, cookie: str, ids: list[int], start: float, lists: list[float], opened: list[float], refused: list[int]
) -> None:
    """One click a second, three of four on a list; not all agents in the same moment."""
    chooser = random.Random(cookie)  # noqa: S311
    first = start + chooser.random()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    for click in range(WARM + SECONDS):
        due = first + click
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        is_list = chooser.random() < 0.75
        path = chooser.choice(_VIEWS) if is_list else f"/inbox/open/c/{chooser.choice(ids)}/"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nHX-Request: true\r\n\r\n".encode())
        status = await _answer(reader)
        if click >= WARM:
            (lists if is_list else opened).append(1000 * (time.monotonic() - due))
            if status != 200:
                refused.append(status)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end; its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if fields.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(fields.get("content-length", 0)))
    return int(head.split()[1])
