"""What the classifier is asked about a text, each with its columns: the department, the intents, the mood."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from routing.corpus import Examples
from routing.intents import INTENTS

MOODS = ("negative", "neutral", "positive")
_FEWEST = 20
"""Examples that must say an intent, or feel a mood, before it is learnt."""

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
# Rows of numbers, dense or sparse (scipy's matrices carry no types).
Features = Any


@dataclass(frozen=True)
class Head:
    """A question with one answer of several (`exclusive`), or several questions that are answered by yes or no.

    `rows`: the examples that answer it; `answers`: for each of them and each column, whether it is right.
    """

    names: tuple[str, ...]
    exclusive: bool
    rows: Rows
    answers: npt.NDArray[np.bool_]
    weights: Numbers

    def fit(self, features: Features, chosen: npt.NDArray[np.bool_], strength: float) -> tuple[Numbers, Numbers]:
        """Coefficients (a row a feature, a column an answer) and shifts, learnt from the chosen examples."""
        kept = chosen[self.rows]
        matrix, answers, weights = features[self.rows[kept]], self.answers[kept], self.weights[kept]
        if self.exclusive:
            return _multinomial(matrix, answers.argmax(axis=1), weights, len(self.names), strength)
        fitted = [_yes_or_no(matrix, column, weights, strength) for column in answers.T]
        return np.stack([each[0] for each in fitted], axis=1), np.array([each[1] for each in fitted])


def heads(examples: Examples, departments: list[str]) -> list[Head]:
    """The questions that these examples teach to answer: departments first, then intents, then moods."""
    weights = examples.weights.astype(np.float64)
    rows = np.array([at for at, label in enumerate(examples.labels) if label in departments], dtype=np.int64)
    labels = np.array([departments.index(examples[int(at)].department) for at in rows])
    found = [Head(tuple(departments), True, rows, np.eye(len(departments), dtype=bool)[labels], weights[rows])]
    rows = np.array([at for at, each in enumerate(examples) if each.intents is not None], dtype=np.int64)
    said = [examples[int(at)].intents or frozenset() for at in rows]
    names = tuple(name for name in INTENTS if sum(name in each for each in said) >= _FEWEST)
    if names:
        answers = np.array([[name in each for name in names] for each in said])
        found.append(Head(names, False, rows, answers, np.ones(len(rows))))
    rows = np.array([at for at, each in enumerate(examples) if each.mood is not None], dtype=np.int64)
    moods = np.array([(examples[int(at)].mood or 0) + 1 for at in rows], dtype=np.int64)
    if min(np.bincount(moods, minlength=3)) >= _FEWEST:
        found.append(Head(MOODS, True, rows, np.eye(3, dtype=bool)[moods], np.ones(len(rows))))
    return found


def _multinomial(
    matrix: Features, right: Rows, weights: Numbers, answers: int, strength: float
) -> tuple[Numbers, Numbers]:
    """A balanced logistic regression: every answer counts the same, however many examples it has."""
    totals = np.bincount(right, weights=weights, minlength=answers)
    balanced = weights * (weights.sum() / (answers * totals))[right]
    regression = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(matrix, right, balanced)
    coefficients, shifts = regression.coef_.T, regression.intercept_
    if answers == 2:
        coefficients, shifts = np.hstack([-coefficients, coefficients]) / 2, np.array([-shifts[0], shifts[0]]) / 2
    return coefficients - coefficients.mean(axis=1, keepdims=True), shifts - shifts.mean()


def _yes_or_no(
    matrix: Features, said: npt.NDArray[np.bool_], weights: Numbers, strength: float
) -> tuple[Numbers, float]:
    if said.all() or not said.any():
        return np.zeros(matrix.shape[1]), -6.0
    regression = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(matrix, said, weights)
    return regression.coef_[0], float(regression.intercept_[0])
