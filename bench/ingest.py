"""Messages a second through ingest, with the raw rate of the same rows beside it."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

from bench.dataset import messages
from bench.raw import resolve_and_insert
from connectors.incoming import Incoming
from connectors.models import Channel
from inbox.imports import PAGE, channel_named
from inbox.ingest import ingest as ingest_page
from people.models import TRIAGE, Department


def ingest(count: int) -> dict[str, Any]:
    """Rates in messages a second: one worker, two workers, the same again as duplicates, and the raw floor of each."""
    data = _pages(list(messages(count)))
    one = _timed(_take_in, "bench one", [data])
    again = _timed(_take_in, "bench one", [data])
    raw_data = _pages(list(messages(count, seed=2, start=10 * count)))
    raw = _timed(_insert_raw, "bench raw", [raw_data])
    halves = [_pages(list(messages(count // 2, seed=3 + half, start=(20 + half) * count))) for half in (0, 1)]
    two = _timed(_take_in, "bench two", halves)
    return {
        "messages": count,
        "one worker, messages/s": round(count / one),
        "two workers, messages/s": round(count / two),
        "known messages again, messages/s": round(count / again),
        "raw resolve and insert, messages/s": round(count / raw),
        "one worker, share of raw": round(raw / one, 2),
    }


def _pages(items: list[Incoming]) -> list[list[Incoming]]:
    return [items[start : start + PAGE] for start in range(0, len(items), PAGE)]


def _timed(work: Callable[[str, Sequence[Sequence[Incoming]]], None], name: str, shares: Sequence[Any]) -> float:
    """Seconds until every share is done, each in a process of its own that is warm before the clock starts."""
    channel_named(name)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    ready, go = context.Barrier(len(shares) + 1), context.Barrier(len(shares) + 1)
    processes = [context.Process(target=_run, args=(work, name, share, ready, go)) for share in shares]
    for process in processes:
        process.start()
    ready.wait(120)
    started = time.perf_counter()
    go.wait(120)
    for process in processes:
        process.join()
    elapsed = time.perf_counter() - started
    if any(process.exitcode for process in processes):
        raise RuntimeError(f"{name}: a worker failed, see above.")
    return elapsed


def _run(work: Callable[[str, Any], None], name: str, share: Any, ready: Any, go: Any) -> None:
    warm = messages(50, seed=99, start=10**9 + hash(name) % 10**6)
    ingest_page(channel_named(f"{name} warm-up"), list(warm))
    ready.wait(120)
    go.wait(120)
    work(name, share)
    connections.close_all()


def _take_in(name: str, pages: Sequence[Sequence[Incoming]]) -> None:
    channel = Channel.objects.get(name=name)
    for page in pages:
        ingest_page(channel, page)


def _insert_raw(name: str, pages: Sequence[Sequence[Incoming]]) -> None:
    channel = Channel.objects.get(name=name)
    triage = Department.objects.get(slug=TRIAGE)
    for page in pages:
        resolve_and_insert(channel, page, triage.pk)
