"""The classifier: messages a second by the quick and the full opinion, and a training on fifty thousand examples."""

import random
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from bench.figures import percentile
from routing.corpus import Example, Examples, correction, read_examples
from routing.engine import Course, route
from routing.model import load
from routing.signals import Signals
from routing.training import train

_BATCH, _MESSAGES, _SINGLE = 500, 4_000, 300
_CORES = 2
_EXAMPLES = 50_000


def router() -> dict[str, Any]:
    """Decisions a second on two cores, evidence included, and how long a single message takes."""
    figures: dict[str, Any] = {}
    for look in ("quick", "full"):
        with ProcessPoolExecutor(_CORES) as pool:
            list(pool.map(_decide, [look] * _CORES, [_BATCH] * _CORES))  # Every process has read the model.
            began = time.perf_counter()
            list(pool.map(_decide, [look] * _CORES, [_MESSAGES] * _CORES))
            seconds = time.perf_counter() - began
            figures[f"{look}: messages a second, {_CORES} cores"] = round(_CORES * _MESSAGES / seconds)
            figures[f"{look}: MB of a process"] = max(pool.map(_peak, range(_CORES)))
    times = []
    for text in _texts(_SINGLE):
        began = time.perf_counter()
        route([Signals(text)], rules=[], model=load(), course=Course(look="full"))
        times.append(1000 * (time.perf_counter() - began))
    figures["full: ms for one message, p50"] = round(percentile(times, 0.5), 2)
    figures["full: ms for one message, p95"] = round(percentile(times, 0.95), 2)
    return figures


def training() -> dict[str, Any]:
    """A training on the shipped examples and so many corrections that there are fifty thousand."""
    shipped = read_examples()
    examples = shipped + _corrections(shipped, _EXAMPLES - len(shipped))
    began, worked = time.perf_counter(), time.process_time()
    train(examples)
    return {
        "examples": len(examples),
        "seconds": round(time.perf_counter() - began, 1),
        "seconds of a processor": round(time.process_time() - worked, 1),
        "MB of the process": _peak(0),
    }


def _decide(look: str, messages: int) -> None:
    texts = _texts(messages)
    for start in range(0, messages, _BATCH):
        batch = [Signals(text) for text in texts[start : start + _BATCH]]
        route(batch, rules=[], model=load(), course=Course(look="quick" if look == "quick" else "full"))


def _texts(count: int) -> list[str]:
    """Messages of the usual lengths."""
    known: Sequence[str] = read_examples().texts
    return random.Random(1).choices(known, k=count)


def _corrections(shipped: Examples, count: int) -> list[Example]:
    """As many corrections: the beginning of one example and the end of another one of its department."""
    chance = random.Random(0)
    by_department: dict[str, list[str]] = {}
    for each in shipped:
        if each.department:
            by_department.setdefault(each.department, []).append(each.text)
    departments = sorted(by_department)
    made = []
    for at in range(count):
        department = chance.choice(departments)
        first, second = (chance.choice(by_department[department]).split() for _ in range(2))
        words = first[: len(first) // 2 + 1] + second[len(second) // 2 :]
        made.append(correction(" ".join(words), department, at + 1))
    return made


def _peak(_: int) -> int:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
