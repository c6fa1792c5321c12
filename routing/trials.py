"""Trials on messages whose department is known: what corrections teach, and what each part of the classifier adds.

Every message is judged by a model that has not seen it: all are cut into parts, and each part is judged by what was
learnt from the shipped examples and from others of the messages (cross-validation).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import process_time

import numpy as np
from sklearn.model_selection import StratifiedKFold

from routing import calibration
from routing.classifier import Model, encoded
from routing.corpus import CORRECTION, Example, Examples, correction, read_examples, shipped_weight
from routing.course import WHOLE_SHARE, Course
from routing.decisions import NOISE
from routing.heads import Numbers, Rows

PARTS = 5
FEWEST = 25
"""Messages that a trial needs."""


@dataclass(frozen=True)
class Opinion:
    """What one part of the classifier, or several, say: scores, a row a message, a column for each of `departments`."""

    departments: list[str]
    scores: Numbers

    def probabilities(self, right: Rows) -> Numbers:
        """Probabilities, each part of the messages calibrated by the answers to the others."""
        found = np.zeros_like(self.scores)
        for seen, held_out in _parts(right):
            known = seen[right[seen] >= 0]
            times = calibration.factor(self.scores[known], right[known], np.ones(len(known)))
            found[held_out] = calibration.softmax(self.scores[held_out] * times)
        return found

    def best(self, right: Rows) -> tuple[Rows, Numbers]:
        """For each message the column that is most likely, and how likely."""
        probabilities = self.probabilities(right)
        return probabilities.argmax(axis=1), probabilities.max(axis=1)


class Trial:
    """The shipped examples beside some messages, of which a part at a time is learnt from."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        """Count the features of all texts once."""
        shipped = read_examples(set(labels))
        shipped = Examples(each for each in shipped if each.department)
        given = [
            correction(text, label, at) for at, (text, label) in enumerate(zip(texts, labels, strict=True), start=1)
        ]
        rows: list[Example] = [*shipped, *given]
        vectors = encoded([each.text for each in rows])
        if vectors is not None:
            rows = [replace(each, vector=vector) for each, vector in zip(rows, vectors, strict=True)]
        self.shipped = len(shipped)
        known = set(shipped.labels)
        self.departments = sorted(known - {NOISE}) + [NOISE] * (NOISE in known)
        self.right = np.array([self.departments.index(label) if label in known else -1 for label in labels])
        self.course = Course(Examples(rows), self.departments, only_departments=True)

    def opinions(self, corrections: int) -> tuple[int, dict[str, Opinion]]:
        """The opinions on every message after so many corrections, or as many as the other parts have.

        Returns how many there were, and what “words”, “cues”, “leanings” and “whole” say.
        """
        chance = np.random.default_rng(0)
        found: dict[str, Numbers] = {}
        fewest = corrections
        for seen, held_out in _parts(self.right):
            usable = seen[self.right[seen] >= 0]
            learnt = chance.permutation(usable)[:corrections]
            fewest = min(fewest, len(learnt))
            for name, scores in self._opinions(learnt, held_out).items():
                found.setdefault(name, np.zeros((len(self.right), len(self.departments))))[held_out] = scores
        return fewest, {name: Opinion(self.departments, scores) for name, scores in found.items()}

    def _opinions(self, learnt: Rows, held_out: Rows) -> dict[str, Numbers]:
        course, first = self.course, self.shipped
        chosen = np.zeros(len(course.examples), dtype=bool)
        chosen[:first] = True
        chosen[first + learnt] = True
        weights = np.full(len(chosen), CORRECTION)
        weights[:first] = shipped_weight(len(learnt))
        return course.opinions(chosen, first + held_out, weights)


def full(opinions: dict[str, Opinion], parts: Sequence[str] = ("words", "cues", "leanings", "whole")) -> Opinion:
    """What the classifier would say of these parts alone: the mean of the quick ones, and the whole beside it."""
    quick = [opinions[name].scores for name in parts if name != "whole" and name in opinions]
    scores = np.mean(quick, axis=0) if quick else 0.0
    if "whole" in parts and "whole" in opinions:
        scores = scores + opinions["whole"].scores * (WHOLE_SHARE if quick else 1.0)
    return Opinion(next(iter(opinions.values())).departments, np.asarray(scores))


def milliseconds(texts: Sequence[str], model: Model) -> dict[str, float]:
    """How long one processor takes for a message: by words and cues, and with the encoder as well."""
    taken = {}
    for name, is_full in (("quick", False), ("full", True)):
        model.score(texts[:50], full=is_full)
        started = process_time()
        model.score(texts, full=is_full)
        taken[name] = 1000 * (process_time() - started) / max(len(texts), 1)
    return taken


def _parts(right: Rows) -> list[tuple[Rows, Rows]]:
    """Parts of the messages that have each department in the same share."""
    parts = min(PARTS, len(right))
    return list(StratifiedKFold(parts, shuffle=True, random_state=0).split(right, right))
