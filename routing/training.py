"""Training of the classifier: a library call that the product makes whenever enough was corrected.

The quick opinion on a department is the mean of three: a regression on words and character n-grams, a regression on
cues, and the hand-given leanings of the cues. All are linear, so their mean is one linear model (a geometric mean of
their probabilities). The full opinion is the mean of that and of a regression on the encoder's vectors. Intents and
moods are learnt in the same way from the examples that say them, without hand-given leanings.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from routing.artefact import Weights
from routing.calibration import factor, platt, softmax
from routing.corpus import (
    ELSEWHERE,
    BadExamples,
    Example,
    Examples,
    correction,
    read_examples,
    starter_names,
)
from routing.course import Course, Fit
from routing.decisions import NOISE
from routing.features import Bags
from routing.heads import Head, Numbers, Rows
from routing.known import known

__all__ = [
    "BadExamples", "Example", "Examples", "Trained", "correction", "read_examples", "starter_names",
    "train", "train_and_judge", "version",
]  # fmt: skip

CODE_VERSION = 2
"""Raised when a change to this code or to the cues changes the model."""

FEWEST = 8
"""Examples that a department needs before the classifier knows it."""
_FEWEST_LEARNT = 100
"""Corrections from which on they alone say how sure the model may be."""

Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """A model, and what it said of its own examples while it had not seen them.

    For each of the examples: `right`, the column of its department (-1: none of the model's), and a row of
    probabilities by the full opinion and by the `quick` one, a column a department.
    """

    weights: Weights
    examples: Examples
    right: Rows
    probabilities: Numbers
    quick: Numbers


def train(examples: Examples) -> Weights:
    """The calibrated model of some examples. Raises `BadExamples`."""
    return train_and_judge(examples).weights


def train_and_judge(examples: Examples) -> Trained:
    """The calibrated model, and its cross-validated opinion of its own examples. Raises `BadExamples`."""
    called = version(examples)
    examples = examples.faded().of_departments_with(FEWEST)
    labels = set(examples.labels) - {ELSEWHERE}
    departments = sorted(labels - {NOISE}) + [NOISE] * (NOISE in labels)
    if len(departments) < 2:
        raise BadExamples(f"Two departments with {FEWEST} examples each at least are needed.")
    course = Course(examples, departments)
    quick, whole = course.unseen()
    made, alone, both = _finished(course, quick, whole)
    made = replace(made, version=called)
    right = np.array([departments.index(label) if label in departments else -1 for label in examples.labels])
    return Trained(made, examples, right, softmax(both), softmax(alone))


def version(examples: Examples) -> str:
    """The version of a model of these examples: another one where they, the lexicons or the code differ."""
    return f"{CODE_VERSION}-{examples.digest[:12]}"


def _finished(course: Course, quick: Numbers, whole: Numbers) -> tuple[Weights, Numbers, Numbers]:
    """The model of all examples, calibrated by unseen opinions; and those of departments, calibrated as well."""
    made = course.fit(np.ones(len(course.examples), dtype=bool))
    columns = course.blank.columns
    times, plus, both_times, both_plus = np.ones(columns), np.zeros(columns), np.ones(columns), np.zeros(columns)
    for head, where in course.slices():
        rows = _telling_rows(course, head)
        times[where], plus[where] = _calibrated(head, quick[:, where], rows)
        both_times[where], both_plus[where] = _calibrated(head, (quick + whole)[:, where], rows)
    share = both_times / times
    weights = _weights(course.blank, course.bags, made, times, plus)
    if course.vectors is not None:
        weights = replace(
            weights,
            quick_share=share.astype(np.float32),
            whole_weights=(made.whole * both_times).astype(np.float32),
            whole_bias=(made.whole_bias * both_times + both_plus - plus * share).astype(np.float32),
            **known(course.examples, course.vectors),
        )
    first = len(course.heads[0].names)
    return weights, (quick * times + plus)[:, :first], ((quick + whole) * both_times + both_plus)[:, :first]


def _telling_rows(course: Course, head: Head) -> Chosen:
    """Which of a head's rows say how sure it may be: corrections, where there are enough of them."""
    learnt = course.examples.learnt[head.rows]
    return learnt if learnt.sum() >= _FEWEST_LEARNT else np.ones(len(learnt), dtype=bool)


def _calibrated(head: Head, logits: Numbers, rows: Chosen) -> tuple[Numbers, Numbers]:
    """Factors and shifts of a head's columns, under which its unseen opinions come true."""
    logits = logits[head.rows[rows]]
    if head.exclusive:
        times = factor(logits, head.answers[rows].argmax(axis=1), head.weights[rows])
        return np.full(len(head.names), times), np.zeros(len(head.names))
    pairs = [platt(column, said) for column, said in zip(logits.T, head.answers[rows].T, strict=True)]
    return np.array([each[0] for each in pairs]), np.array([each[1] for each in pairs])


def _weights(blank_: Weights, bags: Bags, made: Fit, times: Numbers, plus: Numbers) -> Weights:
    """What was learnt, in the form that the classifier looks up."""
    arrays: dict[str, Any] = {"cue_weights": made.cues * times, "bias": made.bias * times + plus}
    start = 0
    for bag, telling in zip(bags.all, made.telling, strict=True):
        kept = np.flatnonzero(telling)
        arrays[f"{bag.kind}s"] = [bag.names[at] for at in kept]
        arrays[f"{bag.kind}_weights"] = made.words[start : start + len(kept)] * telling[kept, None] * times
        arrays[f"{bag.kind}_sizes"] = telling[kept] ** 2
        start += len(kept)
    return replace(blank_, **arrays)
