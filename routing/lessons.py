"""What there is to learn from: the shipped examples and what colleagues said here, with the encoder's vectors."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from people.models import TRIAGE, Department
from routing import corpus
from routing.classifier import encoded
from routing.corpus import EXAMPLES, Examples, correction, read_examples
from routing.decisions import NOISE
from routing.encoder import SIZE
from routing.models import Example, Service

MOST = 50_000
"""Corrections that are learnt from: the newest."""
_CHUNK = 500

Vectors = npt.NDArray[np.float16]


@dataclass(frozen=True)
class Lessons:
    """Examples to train on, and those to judge on. `fresh`: messages whose correction came after a certain time, and
    that were not moved together with one like them."""

    examples: Examples
    held_back: Examples
    fresh: frozenset[int]

    @property
    def corrections(self) -> int:
        """How many of the examples to train on colleagues have given."""
        return int(self.examples.learnt.sum())


def gather(until: datetime, since: datetime | None, folder: Path = EXAMPLES) -> Lessons:
    """All that was said until a time; what was said after `since` is fresh. The departments are those of today."""
    departments = set(Department.objects.exclude(slug=TRIAGE).values_list("slug", flat=True))
    starters = dict(Service.objects.exclude(starter="").values_list("department__slug", "starter"))
    shipped = read_examples(departments, starters, folder)
    learnt: list[corpus.Example] = []
    held_back: list[corpus.Example] = []
    fresh: set[int] = set()
    for row in _said(until, departments):
        one = correction(row["text"], row["department"], row["message"], _vector(row["embedding"]))
        (held_back if row["is_held_back"] else learnt).append(one)
        if row["source"] != Example.Source.SIMILAR and (since is None or row["at"] > since):
            fresh.add(row["message"])
    return Lessons(shipped + learnt, Examples(held_back), frozenset(fresh))


def _said(until: datetime, departments: set[str]) -> Iterator[dict[str, Any]]:
    """Corrections, oldest first. What was only taken out of noise, or put into Triage, names no department."""
    found = Example.objects.filter(at__lte=until, department__in=[*departments, NOISE]).order_by("-at", "-id")[:MOST]
    columns = ("message", "text", "department", "embedding", "is_held_back", "source", "at")
    yield from reversed(found.values(*columns))


def _vector(embedding: bytes | memoryview | None) -> Vectors | None:
    """As it was kept; None where another encoder made it."""
    if embedding is None or len(embedding) != 2 * SIZE:
        return None
    return np.frombuffer(embedding, dtype=np.float16)


def embed(tell: Callable[[int, int], None]) -> None:
    """Give a vector to every correction that has none, a few at a time; does nothing without an encoder.

    `tell` is called with how many are done, of how many.
    """
    ids = list(Example.objects.filter(embedding=None).order_by("pk").values_list("pk", flat=True))
    for done in range(0, len(ids), _CHUNK):
        some = ids[done : done + _CHUNK]
        texts = dict(Example.objects.filter(pk__in=some).values_list("pk", "text"))
        vectors = encoded(list(texts.values())) if texts else None
        if vectors is None:
            return
        store(dict(zip(texts, vectors, strict=True)))
        tell(done + len(some), len(ids))


def store(vectors: dict[int, npt.NDArray[np.floating]]) -> None:
    """Keep vectors of examples, by their ids. One statement."""
    blobs = [vector.astype(np.float16).tobytes() for vector in vectors.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE routing_example x SET embedding = n.embedding FROM unnest(%s::bigint[], %s::bytea[])"
            " AS n(id, embedding) WHERE x.id = n.id",
            [list(vectors), blobs],
        )


def is_outdated(answers: Collection[str]) -> bool:
    """Whether a model with these answers knows a department that is gone, or lacks one with shipped examples."""
    departments = set(Department.objects.exclude(slug=TRIAGE).values_list("slug", flat=True))
    begun = set(Service.objects.exclude(starter="").values_list("department__slug", flat=True))
    shipped = {path.stem.rpartition("_")[2] for path in EXAMPLES.glob("*.csv")}
    return not (shipped | begun) & departments <= set(answers) or not set(answers) <= departments | {NOISE}
