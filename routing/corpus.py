"""Examples: texts of which somebody said where they belong, shipped ones and corrections of colleagues."""

import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from routing import lexicon
from routing.cues import Matrix
from routing.decisions import NOISE
from routing.intents import INTENTS

EXAMPLES = Path(__file__).parent / "examples"
STARTERS = EXAMPLES / "starters"
SHIPPED, CORRECTION = 1.0, 4.0
"""What an example weighs: somebody's own correction says more than an invented message."""
FADING = 250
"""Corrections with which what was learnt here weighs eight times what was shipped, one against one."""
ELSEWHERE = ""
"""The department of examples that belong to none of the company's."""


class BadExamples(Exception):
    """The examples cannot be trained on; the message says what to do."""


@dataclass(frozen=True)
class Example:
    """A text and the department (or noise) that it belongs to.

    `id` is that of the message that it was learnt from, 0 for shipped ones. `intents` and `mood` (-1, 0 or 1) are None
    where nobody said what the writer wants and feels. `vector` is the encoder's, None where it has not been asked.
    """

    text: str
    department: str
    id: int = 0
    weight: float = SHIPPED
    intents: frozenset[str] | None = None
    mood: int | None = None
    vector: npt.NDArray[np.floating] | None = None


def correction(text: str, department: str, id: int, vector: npt.NDArray[np.floating] | None = None) -> Example:
    """What a colleague said of the message `id`. `vector`: what the encoder made of it, if that is at hand."""
    return Example(text, department, id, CORRECTION, vector=vector)


def shipped_weight(corrections: int) -> float:
    """What a shipped example weighs beside so many corrections."""
    return SHIPPED * FADING / (FADING + corrections)


class Examples(Sequence[Example]):
    """Examples to train on, in an order that counts."""

    def __init__(self, examples: Iterable[Example]) -> None:
        self._all = tuple(examples)

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        return Examples(self._all[at]) if isinstance(at, slice) else self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Example]:
        return iter(self._all)

    def __add__(self, more: Iterable[Example]) -> "Examples":
        return Examples([*self._all, *more])

    @property
    def texts(self) -> list[str]:
        """All texts."""
        return [each.text for each in self._all]

    @property
    def labels(self) -> list[str]:
        """The department of each."""
        return [each.department for each in self._all]

    @property
    def weights(self) -> Matrix:
        """What each weighs."""
        return np.array([each.weight for each in self._all], dtype=np.float32)

    @property
    def learnt(self) -> npt.NDArray[np.bool_]:
        """Which of them are corrections."""
        return np.array([each.id != 0 for each in self._all], dtype=bool)

    @property
    def digest(self) -> str:
        """Changes whenever the examples or the lexicons do."""
        digest = hashlib.sha256()
        for each in self._all:
            said = f"{each.department}\0{each.weight}\0{sorted(each.intents or ())}\0{each.mood}\0{each.text}\0"
            digest.update(said.encode(errors="replace"))
        for path in sorted(lexicon.FOLDER.glob("*.txt")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def faded(self) -> "Examples":
        """The same; the more was learnt here, the less the shipped examples weigh: half with `FADING` corrections."""
        share = shipped_weight(int(self.learnt.sum()))
        return Examples(each if each.id else replace(each, weight=each.weight * share) for each in self._all)

    def of_departments_with(self, fewest: int) -> "Examples":
        """The same; what belongs to a department with fewer examples belongs elsewhere."""
        counts = Counter(self.labels)
        return Examples(
            each if counts[each.department] >= fewest else replace(each, department=ELSEWHERE) for each in self._all
        )


def read_examples(
    departments: Collection[str] | None = None,
    starters: Mapping[str, str] | None = None,
    folder: Path = EXAMPLES,
) -> Examples:
    """The shipped examples: of these departments and of noise, or of all. Raises `BadExamples`.

    A file is named `<department>.csv` or `<anything>_<department>.csv`. `starters`: which departments (slugs) begin
    with which set of `starters/`. What belongs to no department of these still teaches intents and moods.
    """
    found = [example for path in sorted(folder.glob("*.csv")) for example in _read(path)]
    slugs = {name: slug for slug, name in (starters or {}).items()}
    for name in starter_names(folder / STARTERS.name):
        found += read_starter(name, slugs.get(name, ELSEWHERE), folder / STARTERS.name)
    if departments is None:
        return Examples(found)
    kept = {*departments, NOISE, *slugs.values()}
    return Examples(each if each.department in kept else replace(each, department=ELSEWHERE) for each in found)


def read_starter(name: str, department: str, folder: Path = STARTERS) -> Examples:
    """A starting set under the slug of the department that begins with it; nothing if there is no such set."""
    path = folder / f"{name}.csv"
    if "/" in name or not path.is_file():
        return Examples([])
    return Examples(_read(path, department))


def starter_names(folder: Path = STARTERS) -> list[str]:
    """The starting sets that there are."""
    return sorted(path.stem for path in folder.glob("*.csv"))


def _read(path: Path, department: str | None = None) -> Iterator[Example]:
    department = path.stem.rpartition("_")[2] if department is None else department
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        columns = rows.fieldnames or ()
        if "text" not in columns:
            raise BadExamples(f"{path.name} has no column “text”. Add it to the first line.")
        for row in rows:
            if row["text"]:
                intents = frozenset((row["intents"] or "").split()) if "intents" in columns else None
                mood = int(row["sentiment"] or 0) if "sentiment" in columns else None
                if intents and not intents <= set(INTENTS):
                    raise BadExamples(f"{path.name}: {sorted(intents - set(INTENTS))} are not intents.")
                yield Example(row["text"], department, intents=intents, mood=mood)
