"""Server time and SQL statements of the pages that are open all day."""

import random
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.dataset import messages
from bench.figures import percentile
from bench.ingest import _pages, _take_in
from inbox.imports import channel_named
from inbox.models import Conversation
from people.models import User

_REQUESTS = 100


def fill(count: int) -> None:
    """Bring the scratch database to `count` messages, through ingest."""
    name = "bench pages"
    channel_named(name)
    for start in range(0, count, 20_000):
        _take_in(name, _pages(list(messages(min(20_000, count - start), seed=7, start=start))))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def inbox_list(count: int) -> dict[str, Any]:
    """The inbox's list, the first page of all views in all orders."""
    views = ["/inbox/", "/inbox/q/support/", "/inbox/unassigned/", "/inbox/mine/"]
    ordered = [f"{view}?order={order}" for view in views[:3] for order in ("waiting", "due")]
    return measured(browser(), [*views, *ordered, "/inbox/?unread=1"])


def timeline(count: int) -> dict[str, Any]:
    """Conversations, chosen at random, with the whole timeline of their contact."""
    chooser = random.Random(5)  # noqa: S311
    newest = Conversation.objects.order_by("-id").values_list("id", flat=True).first() or 0
    ids = [chooser.randrange(1, newest + 1) for _ in range(_REQUESTS)]
    known = set(Conversation.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return measured(browser(), [f"/inbox/open/c/{pk}/?tl=whole" for pk in ids if pk in known])


def browser() -> Client:
    """The browser of a manager."""
    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench", "role": User.Role.MANAGER})
    client = Client()
    client.force_login(user)
    return client


def measured(
    client: Client, paths: list[str], requests: int = _REQUESTS, *, before: Callable[[], object] = lambda: None
) -> dict[str, Any]:
    """Asks for the pages in turn; `before` runs before each request and is not measured."""
    times: list[float] = []
    statements = 0
    for path in paths:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}.")
        statements = max(statements, len(captured))
    for number in range(requests):
        path = paths[number % len(paths)]
        before()
        started = time.perf_counter()
        client.get(path)
        times.append(1000 * (time.perf_counter() - started))
    return {
        "requests": len(times),
        "p50, ms": round(percentile(times, 0.5), 1),
        "p95, ms": round(percentile(times, 0.95), 1),
        "SQL statements, at most": statements,
    }
