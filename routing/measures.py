"""How good the router is on messages whose department is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.decisions import TRIAGE, Decision
from routing.judging import calibration_error


@dataclass(frozen=True, slots=True)
class Judged:
    """A message's right department, another answer that is right as well (or ""), and what the router said."""

    department: str
    alternative: str
    best: str
    certainty: float
    decided: str

    @classmethod
    def of(cls, department: str, alternative: str, decision: Decision) -> "Judged":
        """Compare a decision with the right answer. `best` is the top class, whether or not it was sure enough."""
        best = max(decision.probabilities, key=decision.probabilities.__getitem__)
        return cls(department, alternative, best, decision.probabilities[best], decision.department)

    def is_right(self, answer: str, *, leniently: bool = False) -> bool:
        """Whether an answer is the right one, or leniently one of the right ones."""
        return answer == self.department or (leniently and bool(answer) and answer == self.alternative)


def report(judged: Sequence[Judged], threshold: float) -> dict[str, Any]:
    """All figures, for the top class and for what was decided at the threshold. Needs at least one message."""
    best = [each.best for each in judged]
    surest = sorted(judged, key=lambda each: -each.certainty)[: max(len(judged) // 2, 1)]
    decided = [each for each in judged if each.decided != TRIAGE]
    classes = _per_class(judged, best)
    return {
        "messages": len(judged),
        "accuracy": _share(each.is_right(each.best) for each in judged),
        "macro_f1": _mean([scores["f1"] for scores in classes.values()]),
        "accuracy_with_alternatives": _share(each.is_right(each.best, leniently=True) for each in judged),
        "accuracy_of_surest_half": _share(each.is_right(each.best) for each in surest),
        "calibration_error": calibration_error(
            np.array([each.certainty for each in judged]), np.array([each.is_right(each.best) for each in judged])
        ),
        "departments": classes,
        "confusion": _confusion(judged, best),
        "at_threshold": {
            "threshold": threshold,
            "triage": 1 - len(decided) / len(judged),
            "accuracy_of_decided": _share(each.is_right(each.decided) for each in decided),
            "accuracy_of_decided_with_alternatives": _share(
                each.is_right(each.decided, leniently=True) for each in decided
            ),
            "accuracy": _share(each.is_right(each.decided) for each in judged),
            "macro_f1": _mean([scores["f1"] for scores in _per_class(judged, [e.decided for e in judged]).values()]),
        },
    }


def _per_class(judged: Sequence[Judged], answers: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of every department that is right or was answered. Triage is an answer to no message."""
    right = Counter(each.department for each in judged)
    said = Counter(answers)
    hits = Counter(answer for each, answer in zip(judged, answers, strict=True) if answer == each.department)
    return {
        department: {
            "precision": hits[department] / max(said[department], 1),
            "recall": hits[department] / max(right[department], 1),
            "f1": 2 * hits[department] / (said[department] + right[department]),
            "messages": right[department],
        }
        for department in sorted((right.keys() | said.keys()) - ({TRIAGE} - right.keys()))
    }


def _confusion(judged: Sequence[Judged], answers: Sequence[str]) -> dict[str, dict[str, int]]:
    """For every right department, how often each answer was given."""
    table: dict[str, dict[str, int]] = {}
    for each, answer in zip(judged, answers, strict=True):
        row = table.setdefault(each.department, {})
        row[answer] = row.get(answer, 0) + 1
    return {department: dict(sorted(table[department].items())) for department in sorted(table)}


def _share(values: Any) -> float:
    return _mean([float(value) for value in values])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
