"""Merging two people and separating them again, with their entries on the timeline, on a company's whole past."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from django.utils import timezone

from bench.figures import percentile
from bench.large.sizes import LONG, MANY, MIDDLING
from contacts.merge import inconsistencies
from contacts.models import Contact, Merge
from inbox import merging
from inbox.models import Event

_ROUNDS = 60


def merge() -> dict[str, Any]:
    """Milliseconds of a merge and of an un-merge, of people out of the ordinary with people chosen at random."""
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    before = Merge.objects.order_by("-id").values_list("id", flat=True).first() or 0
    others = _chosen()
    figures: dict[str, Any] = {}
    try:
        for name, person in {
            "anybody": None,
            "10,000 events": MIDDLING,
            "200,000 events": LONG,
            "300 accounts": MANY,
        }.items():
            merges, unmerges = _timed(person, others)
            figures |= _figures(f"merge, {name}", merges) | _figures(f"un-merge, {name}", unmerges)
        figures["pointers that are wrong"] = len(inconsistencies())
    finally:
        Event.objects.filter(pk__gt=newest, contact__isnull=False).delete()
        Merge.objects.filter(pk__gt=before, undone_at__isnull=False).delete()
    return figures


def _timed(person: int | None, others: Sequence[int]) -> tuple[list[float], list[float]]:
    """The person is in turn the one that joins and the one that is joined."""
    merges, unmerges = [], []
    for turn, (one, other) in enumerate(_pairs(person, others)):
        part, into = (one, other) if turn % 2 else (other, one)
        row, elapsed = _clocked(partial(merging.merge, part, into, by=None, at=timezone.now()))
        merges.append(elapsed)
        _, elapsed = _clocked(partial(merging.unmerge, row.pk, by=None, at=timezone.now()))
        unmerges.append(elapsed)
    return merges, unmerges


def _pairs(person: int | None, others: Sequence[int]) -> Iterator[tuple[int, int]]:
    for one, other in zip(others[:_ROUNDS], others[_ROUNDS:], strict=True):
        yield (person or one), other


def _clocked(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - started) * 1000


def _figures(name: str, times: Sequence[float]) -> dict[str, Any]:
    return {
        f"{name}: p50, ms": round(percentile(times, 0.5), 1),
        f"{name}: p95, ms": round(percentile(times, 0.95), 1),
    }


def _chosen() -> list[int]:
    chooser = random.Random(6)  # noqa: S311
    newest = Contact.objects.order_by("-id").values_list("id", flat=True).first() or 0
    ids = {chooser.randrange(1, newest + 1) for _ in range(_ROUNDS * 20)} - {LONG, MANY, MIDDLING}
    people = list(Contact.objects.people().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
    chooser.shuffle(people)
    return people[: 2 * _ROUNDS]
