"""The parts of a message that may each concern another department: “Works now, thanks! What does the big one cost?”"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from routing.classifier import Model
from routing.decisions import NOISE
from routing.words import LOOKED_AT

SURE = 0.85
"""How sure the classifier must be that a passage concerns a department that the message as a whole does not."""

_MOST_PASSAGES = 12
_FEWEST_WORDS, _FEWEST_CHARACTERS = 4, 12
_QUOTED = 80
_END = re.compile(r"(?<=[.!?…؟])\s+|(?<=[。！？])\s*|\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that surely concerns `department`."""

    department: str
    confidence: float
    quotation: str


def telling(texts: Iterable[tuple[int, str]], model: Model) -> dict[int, list[Passage]]:
    """The passages of numbered texts that surely concern some department. A text that is one passage has none."""
    numbers: list[int] = []
    passages: list[str] = []
    for number, text in texts:
        found = split(text)
        if found and len(found[0]) < len(text.strip()):
            numbers += [number] * len(found)
            passages += found
    telling: dict[int, list[Passage]] = {}
    if not passages:
        return telling
    for number, passage, row in zip(numbers, passages, model.score(passages).probabilities, strict=True):
        column = int(row.argmax())
        department, confidence = model.departments[column], float(row[column])
        if confidence >= SURE and department != NOISE:
            telling.setdefault(number, []).append(Passage(department, confidence, _quoted(passage)))
    return telling


def split(text: str) -> list[str]:
    """The first passages of a text that are long enough to judge."""
    return list(_long_enough(_END.split(text[:LOOKED_AT])))[:_MOST_PASSAGES]


def _long_enough(passages: Iterable[str]) -> Iterator[str]:
    for passage in passages:
        words = len(passage.split())
        if words >= _FEWEST_WORDS or (words and not passage.isascii() and len(passage) >= _FEWEST_CHARACTERS):
            yield passage.strip()


def _quoted(passage: str) -> str:
    """The passage as it can be shown and stored."""
    short = passage if len(passage) <= _QUOTED else passage[: _QUOTED - 1].rstrip() + "…"
    return short.encode(errors="replace").decode().replace("\0", "\ufffd")
