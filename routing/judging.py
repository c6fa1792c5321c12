"""Whether one model is better than another: both judged on the same messages, of which people have said the department.

Pure: probabilities and labels in, figures and a verdict out. A figure is a share between 0 and 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

FEWEST = 15
"""On fewer messages nothing is judged."""
LIKELY = 0.8
"""How likely a challenger must be better, by the paired bootstrap."""
FALL, FALL_ON = 0.1, 20
"""How far F1 of a department may fall that has so many messages to be judged on."""
WISHED = 0.8
"""How often a decision should be right, where a threshold is chosen by that."""
DECIDED = 10
"""On fewer decisions no threshold is chosen."""
_ROUNDS = 1000
_STEPS = [round(0.3 + 0.05 * step, 2) for step in range(14)]
_BINS = 10


@dataclass(frozen=True)
class Answers:
    """What a model says of messages: probabilities, a row a message, a column for each of `departments`."""

    departments: Sequence[str]
    probabilities: Numbers

    def over(self, departments: Sequence[str]) -> Numbers:
        """The same over other departments; one that the model does not know has no chance."""
        wide = np.zeros((len(self.probabilities), len(departments)))
        for column, slug in enumerate(self.departments):
            if slug in departments:
                wide[:, departments.index(slug)] = self.probabilities[:, column]
        return wide


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger takes over, and why: “few” messages to judge on, “worse” in departments (`fallen`: by how
    much), “unclear” whether it is better, or “better”; “departments” where it is not known to be better, but
    answers to the departments of today. Macro-F1 `before` and `after`; how `likely` it is better by the bootstrap.
    """

    reason: Literal["few", "worse", "unclear", "better", "departments"]
    before: float = 0.0
    after: float = 0.0
    likely: float = 0.0
    fallen: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_better(self) -> bool:
        """Whether it takes over."""
        return self.reason in ("better", "departments")


def figures(labels: Sequence[str], answers: Answers) -> dict[str, Any]:
    """How good a model is on messages whose department is known. Needs at least one message."""
    departments = sorted({*labels, *answers.departments})
    table = answers.over(departments)
    right = np.array([departments.index(label) for label in labels])
    said = table.argmax(axis=1)
    hits, sure = said == right, table.max(axis=1)
    return {
        "messages": len(labels),
        "accuracy": _round(hits.mean()),
        "macro_f1": _round(_macro_f1(right, said, len(departments))),
        "departments": _per_department(right, said, departments),
        "confusion": _confusion(right, said, departments),
        "calibration_error": _round(calibration_error(sure, hits)),
        "bins": _bins(sure, hits),
        "curves": {slug: curve(right, table, column) for column, slug in enumerate(departments)},
    }


def compare(labels: Sequence[str], champion: Answers, challenger: Answers) -> Verdict:
    """Whether the challenger is better: its macro-F1 is higher, and likely so whichever messages had been judged on
    (paired bootstrap, B. Efron 1979), and no department falls that has enough messages to tell."""
    if len(labels) < FEWEST:
        return Verdict("few")
    departments = sorted({*labels, *champion.departments, *challenger.departments})
    right = np.array([departments.index(label) for label in labels])
    old, new = (one.over(departments).argmax(axis=1) for one in (champion, challenger))
    before, after = (_macro_f1(right, said, len(departments)) for said in (old, new))
    likely = _likely(right, old, new, len(departments))
    fallen = _fallen(right, old, new, departments)
    clear = after > before and likely >= LIKELY
    return Verdict("worse" if fallen else "better" if clear else "unclear", before, after, likely, fallen)


def curve(right: Ids, table: Numbers, column: int) -> list[dict[str, Any]]:
    """Of messages that lean to a department: how many are decided at each threshold, and how many of those rightly."""
    leaning = table.argmax(axis=1) == column
    points = []
    for threshold in _STEPS:
        decided = leaning & (table[:, column] >= threshold)
        count = int(decided.sum())
        if count:
            points.append(
                {
                    "threshold": threshold,
                    "precision": _round((right[decided] == column).mean()),
                    "share": _round(count / leaning.sum()),
                    "messages": count,
                }
            )
    return points


def threshold_for(points: Sequence[Mapping[str, Any]], wished: float = WISHED) -> float | None:
    """The lowest threshold from which on decisions are right as often as wished; None where none is, or too few are."""
    found = None
    for point in reversed([one for one in points if one["messages"] >= DECIDED]):
        if point["precision"] < wished:
            break
        found = point["threshold"]
    return found


def calibration_error(sure: Numbers, hits: npt.NDArray[np.bool_]) -> float:
    """The expected calibration error over ten bins: how far a stated certainty is from the share that is right.

    C. Guo et al., "On Calibration of Modern Neural Networks", 2017.
    """
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return float(sum(abs(sure[bins == one].sum() - hits[bins == one].sum()) for one in range(_BINS)) / len(sure))


def _bins(sure: Numbers, hits: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return [
        {"said": _round(sure[bins == one].mean()), "right": _round(hits[bins == one].mean()), "messages": int(n)}
        for one in range(_BINS)
        if (n := (bins == one).sum())
    ]


def _counts(right: Ids, said: Ids, size: int) -> tuple[Ids, Ids, Ids]:
    """Hits, what is right and what was said, for each department."""
    return (
        np.bincount(right[right == said], minlength=size),
        np.bincount(right, minlength=size),
        np.bincount(said, minlength=size),
    )


def _macro_f1(right: Ids, said: Ids, size: int) -> float:
    """The mean of F1 over the departments that are right for something."""
    hits, truly, answered = _counts(right, said, size)
    present = truly > 0
    return float((2 * hits[present] / (truly[present] + answered[present])).mean())


def _likely(right: Ids, old: Ids, new: Ids, size: int) -> float:
    """In how many of many draws with replacement the new answers have the higher macro-F1; a tie counts half."""
    draw = np.random.default_rng(0)
    wins = 0.0
    for _ in range(_ROUNDS):
        chosen = draw.integers(0, len(right), len(right))
        gain = _macro_f1(right[chosen], new[chosen], size) - _macro_f1(right[chosen], old[chosen], size)
        wins += 1.0 if gain > 0 else 0.5 if gain == 0 else 0.0
    return wins / _ROUNDS


def _fallen(right: Ids, old: Ids, new: Ids, departments: Sequence[str]) -> dict[str, float]:
    truly = np.bincount(right, minlength=len(departments))
    before, after = (_f1(right, said, len(departments)) for said in (old, new))
    return {
        slug: _round(before[at] - after[at])
        for at, slug in enumerate(departments)
        if truly[at] >= FALL_ON and before[at] - after[at] > FALL
    }


def _f1(right: Ids, said: Ids, size: int) -> Numbers:
    hits, truly, answered = _counts(right, said, size)
    f1: Numbers = 2 * hits / np.maximum(truly + answered, 1)
    return f1


def _per_department(right: Ids, said: Ids, departments: Sequence[str]) -> dict[str, dict[str, float]]:
    hits, truly, answered = _counts(right, said, len(departments))
    f1 = _f1(right, said, len(departments))
    return {
        slug: {
            "precision": _round(hits[at] / max(answered[at], 1)),
            "recall": _round(hits[at] / max(truly[at], 1)),
            "f1": _round(f1[at]),
            "messages": int(truly[at]),
            "said": int(answered[at]),
        }
        for at, slug in enumerate(departments)
        if truly[at] or answered[at]
    }


def _confusion(right: Ids, said: Ids, departments: Sequence[str]) -> dict[str, dict[str, int]]:
    """For every right department how often each was said."""
    pairs, counts = np.unique(np.stack([right, said]), axis=1, return_counts=True)
    table: dict[str, dict[str, int]] = {}
    for (truth, answer), count in zip(pairs.T, counts, strict=True):
        table.setdefault(departments[truth], {})[departments[answer]] = int(count)
    return table


def _round(value: Any) -> float:
    return round(float(value), 4)
