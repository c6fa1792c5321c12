"""Lists of fifty conversations over real HTTP, with a hundred thousand of them open: pages, depths, filters, counts."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.agents import _answer
from bench.figures import percentile
from bench.serving import serving
from inbox import sidebar, tally
from inbox.models import Conversation, ConversationTag
from people.models import User

OPEN = 100_000
_REQUESTS, _CONNECTIONS, _SECONDS = 200, 8, 10
_ORDERS = ("newest", "waiting", "due")
_VIEWS = ("open", "unassigned", "mine", "q/support", "closed", "sent")
_FILTERS = (
    "unread=1", "late=1", "who=nobody", "priority=urgent", "network=x", "channel=1", "tag=often", "tag=seldom",
    "waiting=1440", "draft=1", "language=de", "language=fi", "tone=negative",
    "department=pr&who=somebody&priority=high",
)  # fmt: skip
# The newest closed ones are opened again; a part of them waits, each with its own time.
_OPENED = """
    UPDATE inbox_conversation SET state = 'open',
        priority = CASE WHEN id %% 400 = 0 THEN 3 WHEN id %% 40 = 0 THEN 2 ELSE 1 END,
        waiting_since = CASE WHEN id %% 3 <> 0 THEN last_inbound_at END,
        language = CASE WHEN id %% 3000 = 0 THEN 'fi' WHEN id %% 5 = 0 THEN 'de' ELSE 'en' END,
        tone = CASE WHEN id %% 10 = 0 THEN -1 WHEN id %% 7 = 0 THEN 1 ELSE 0 END,
        due_at = CASE WHEN id %% 3 <> 0 THEN now() + (id %% 5000) * interval '1 minute' END
    WHERE id IN (SELECT id FROM inbox_conversation WHERE state = 'closed' ORDER BY last_message_at DESC LIMIT %s)
"""
_TAGGED = """
    INSERT INTO inbox_conversationtag (conversation_id, name, at)
    SELECT id, CASE WHEN id %% 300 = 0 THEN 'seldom' ELSE 'often' END, now() FROM inbox_conversation WHERE id %% 3 = 0
"""


def lists() -> dict[str, Any]:
    """Time of a page, from the request to its last byte, and how many a web process gives in a second."""
    fill()
    figures: dict[str, Any] = {"open conversations": Conversation.objects.open().count()}
    with serving() as (port, _):
        cookie = _cookie()
        first = [f"/inbox/{view}/?order={order}" for view in _VIEWS for order in _ORDERS]
        figures |= _times("first page", _asked(port, cookie, first))
        figures |= _times("page at half depth", _asked(port, cookie, [_deep(order) for order in _ORDERS]))
        narrowed = [f"/inbox/open/?{query}&order={order}" for query in _FILTERS for order in _ORDERS]
        figures |= _times("narrowed down", _asked(port, cookie, narrowed))
        slowest = max((percentile(_asked(port, cookie, [one], 10), 0.5), one) for one in narrowed)
        figures["slowest filter"] = f"{slowest[1]}: {slowest[0]:.0f} ms"
        figures[f"lists a second, {_CONNECTIONS} connections"] = round(_rate(port, cookie))
    return figures | _times("counts of all queues", _counts(), digits=2)


def fill() -> None:
    """Bring the database to a hundred thousand open conversations with tags, unless it has them."""
    missing = OPEN - Conversation.objects.open().count()
    with connection.cursor() as cursor:
        if missing > 0:
            cursor.execute(_OPENED, [missing])
        if not ConversationTag.objects.exists():
            cursor.execute(_TAGGED, [])
        cursor.execute("VACUUM ANALYZE")
    tally.fold()


def _cookie() -> str:
    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench", "role": User.Role.MANAGER})
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _deep(order: str) -> str:
    column = {"waiting": "waiting_since", "due": "due_at"}.get(order, "last_message_at")
    found = Conversation.objects.open().exclude(**{column: None}).order_by(column, "id")
    at, pk = found.values_list(column, "id")[found.count() // 2]
    return f"/inbox/open/?order={order}&before={quote(f'{at.isoformat()},{pk}')}"


def _asked(port: int, cookie: str, paths: Sequence[str], requests: int = _REQUESTS, fields: str = "") -> list[float]:
    """Milliseconds of each request, one after the other on one connection; the first of each path is not measured.

    `fields`: further fields of their heads, each with the end of its line.
    """
    count = max(requests, len(paths))
    asked = [*paths, *(paths[number % len(paths)] for number in range(count))]
    return asyncio.run(_one_by_one(port, cookie, asked, fields=fields))[len(paths) :]


async def _one_by_one(
    port: int, cookie: str, paths: Sequence[str], until: float = float("inf"), fields: str = ""
) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    times = []
    for path in paths:
        started = time.perf_counter()
        if started > until:
            break
        head = f"Host: localhost\r\nCookie: {cookie}\r\nAccept-Encoding: gzip\r\n{fields}"
        writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        status = await _answer(reader)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}.")
        times.append(1000 * (time.perf_counter() - started))
    writer.close()
    return times


def _rate(port: int, cookie: str) -> float:
    async def work() -> int:
        until = time.perf_counter() + _SECONDS
        paths = [[f"/inbox/{_VIEWS[number % 4]}/"] * 100_000 for number in range(_CONNECTIONS)]
        lines = (_one_by_one(port, cookie, some, until) for some in paths)
        return sum(len(times) for times in await asyncio.gather(*lines))

    return asyncio.run(work()) / _SECONDS


def _counts() -> list[float]:
    """The statement that counts what stands in every queue and state."""
    user, times = User.objects.get(username="bench"), []
    for _ in range(_REQUESTS):
        started = time.perf_counter()
        list(sidebar.standings(user, timezone.now()))
        times.append(1000 * (time.perf_counter() - started))
    return times


def _times(what: str, times: list[float], digits: int = 1) -> dict[str, float]:
    shares = {"p50": 0.5, "p95": 0.95}
    return {f"{what}, {name}, ms": round(percentile(times, share), digits) for name, share in shares.items()}
