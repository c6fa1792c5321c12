"""Invented messages by the million: the training examples in pieces, put together the same for the same seed."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.incoming import Author, Incoming

_EXAMPLES = Path(__file__).resolve().parent.parent / "routing" / "examples"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_NETWORKS = ("x", "instagram", "facebook", "mastodon", "email")


def texts() -> list[str]:
    """All example texts, in a fixed order."""
    found: list[str] = []
    for path in sorted(_EXAMPLES.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [row["text"] for row in csv.DictReader(file)]
    return found


def messages(count: int, *, seed: int = 1, start: int = 0) -> Iterator[Incoming]:
    """Messages `start` to `start + count` of an endless stream: one author for five messages, short threads."""
    chooser = random.Random(f"{seed}:{start}")  # noqa: S311 - a data set, not a secret
    pieces = texts()
    for number in range(start, start + count):
        person = chooser.randrange(max(1, (start + count) // 5))
        network = _NETWORKS[person % len(_NETWORKS)]
        words = f"{chooser.choice(pieces)} {chooser.choice(pieces)}"[: chooser.randrange(40, 280)]
        yield Incoming(
            network=network,
            external_id=f"m{number}",
            author=Author(
                external_id=f"p{seed}-{person}",
                handle=f"person_{seed}_{person}",
                name=f"Person {person}",
                followers=chooser.randrange(100_000),
            ),
            posted_at=_START + timedelta(seconds=20 * number),
            text=f"{words} ({number})",
            thread_id=f"t{person}-{number // 20_000}-{chooser.randrange(3)}",
            language="en",
            raw={"id": f"m{number}", "text": words, "public_metrics": {"like_count": chooser.randrange(50)}},
        )
