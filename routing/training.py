"""Training of the classifier: a library call that the product makes whenever enough was corrected.

The quick opinion on a department is the mean of three: a regression on words and character n-grams, a regression on
cues, and the hand-given leanings of the cues. All are linear, so their mean is one linear model (a geometric mean of
their probabilities). The full opinion is the mean of that and of a regression on the encoder's vectors. Intents and
moods are learnt in the same way from the examples that say them, without hand-given leanings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from routing import cues, lexicon
from routing.artefact import Weights
from routing.calibration import factor, platt, softmax
from routing.classifier import Model, encoded
from routing.corpus import (
    ELSEWHERE,
    BadExamples,
    Example,
    Examples,
    correction,
    read_examples,
    read_starter,
    starter_names,
)
from routing.cues import Matrix
from routing.decisions import NOISE
from routing.features import Bags
from routing.heads import Head, Numbers, Rows, heads
from routing.known import blank, known

__all__ = [
    "BadExamples", "Example", "Examples", "Trained", "correction", "read_examples", "read_starter", "starter_names",
    "train", "train_and_judge", "version",
]  # fmt: skip

CODE_VERSION = 2
"""Raised when a change to this code or to the cues changes the model."""

WORDS_STRENGTH, CUES_STRENGTH, WHOLE_STRENGTH = 3.0, 0.4, 3.0
"""How far the regressions may follow the examples (scikit-learn's C)."""
WHOLE_SHARE = 1.0
"""What the encoder's opinion weighs beside the quick one."""
FEWEST = 8
"""Examples that a department needs before the classifier knows it."""
FOLDS = 5
_FEWEST_LEARNT = 100
"""Corrections from which on they alone say how sure the model may be."""

Chosen = npt.NDArray[np.bool_]
Opinions = tuple[Numbers, Numbers]


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
    examples = examples.of_departments_with(FEWEST)
    labels = set(examples.labels) - {ELSEWHERE}
    departments = sorted(labels - {NOISE}) + [NOISE] * (NOISE in labels)
    if len(departments) < 2:
        raise BadExamples(f"Two departments with {FEWEST} examples each at least are needed.")
    course = _Course(examples, departments)
    quick, whole = course.unseen()
    made, alone, both = course.finished(quick, whole)
    made = replace(made, version=called)
    right = np.array([departments.index(label) if label in departments else -1 for label in examples.labels])
    return Trained(made, examples, right, softmax(both), softmax(alone))


def version(examples: Examples) -> str:
    """The version of a model of these examples: another one where they, the lexicons or the code differ."""
    return f"{CODE_VERSION}-{examples.digest[:12]}"


class _Course:
    """One training: what is counted and computed once for all its folds."""

    def __init__(self, examples: Examples, departments: list[str]) -> None:
        self.examples, self.words = examples, lexicon.read()
        self.heads = heads(examples, departments)
        self.bags = Bags.of(examples.texts)
        self.blank = _blank(self.heads, self.words)
        self.cues = cue_matrix(Model(self.blank), examples.texts)
        self.vectors = _vectors(examples)

    def slices(self) -> Iterator[tuple[Head, slice]]:
        """The heads, and where their columns stand."""
        start = 0
        for head in self.heads:
            yield head, slice(start, start + len(head.names))
            start += len(head.names)

    def unseen(self) -> Opinions:
        """The quick and the whole opinion of every example, by models that had not seen it."""
        columns = self.blank.columns
        quick, whole = np.zeros((len(self.examples), columns)), np.zeros((len(self.examples), columns))
        labels = np.array(self.examples.labels)
        for seen, held_out in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels):
            chosen = np.zeros(len(labels), dtype=bool)
            chosen[seen] = True
            fold = self.fit(chosen)
            rows = self.bags.matrix(held_out, fold.telling)
            quick[held_out] = rows @ fold.words + self.cues[held_out] @ fold.cues + fold.bias
            if self.vectors is not None:
                whole[held_out] = self.vectors[held_out] @ fold.whole + fold.whole_bias
        return quick, whole

    def fit(self, chosen: Chosen) -> "_Fit":
        """One model of the chosen examples, not calibrated."""
        telling = tuple(bag.inverse_frequencies(np.flatnonzero(chosen)) for bag in self.bags.all)
        matrix = self.bags.matrix(slice(None), telling)
        made = _Fit.blank(telling, matrix.shape[1], self.cues.shape[1], self.blank.columns)
        given = _given(self.words, self.heads[0].names)
        for head, columns in self.slices():
            words, word_shift = head.fit(matrix, chosen, WORDS_STRENGTH)
            cue, cue_shift = head.fit(self.cues, chosen, CUES_STRENGTH)
            opinions = 3 if head is self.heads[0] else 2
            made.words[:, columns] = words / opinions
            made.cues[:, columns] = (cue + (given if head is self.heads[0] else 0)) / opinions
            made.bias[columns] = (word_shift + cue_shift) / opinions
            if self.vectors is not None:
                coefficients, shift = head.fit(self.vectors, chosen, WHOLE_STRENGTH)
                made.whole[:, columns], made.whole_bias[columns] = coefficients * WHOLE_SHARE, shift * WHOLE_SHARE
        return made

    def finished(self, quick: Numbers, whole: Numbers) -> tuple[Weights, Numbers, Numbers]:
        """The model of all examples, calibrated by unseen opinions; and those of departments, calibrated as well."""
        made = self.fit(np.ones(len(self.examples), dtype=bool))
        columns = self.blank.columns
        times, plus, both_times, both_plus = np.ones(columns), np.zeros(columns), np.ones(columns), np.zeros(columns)
        for head, where in self.slices():
            rows = self._telling_rows(head)
            times[where], plus[where] = _calibrated(head, quick[:, where], rows)
            both_times[where], both_plus[where] = _calibrated(head, (quick + whole)[:, where], rows)
        share = both_times / times
        weights = _weights(self.blank, self.bags, made, times, plus)
        if self.vectors is not None:
            weights = replace(
                weights,
                quick_share=share.astype(np.float32),
                whole_weights=(made.whole * both_times).astype(np.float32),
                whole_bias=(made.whole_bias * both_times + both_plus - plus * share).astype(np.float32),
                **known(self.examples, self.vectors),
            )
        first = len(self.heads[0].names)
        return weights, (quick * times + plus)[:, :first], ((quick + whole) * both_times + both_plus)[:, :first]

    def _telling_rows(self, head: Head) -> Chosen:
        """Which of a head's rows say how sure it may be: corrections, where there are enough of them."""
        learnt = self.examples.learnt[head.rows]
        return learnt if learnt.sum() >= _FEWEST_LEARNT else np.ones(len(learnt), dtype=bool)


@dataclass
class _Fit:
    """Coefficients as they were learnt; `telling`: how much each word, pair and n-gram counts."""

    telling: tuple[Numbers, ...]
    words: Numbers
    cues: Numbers
    bias: Numbers
    whole: Numbers
    whole_bias: Numbers

    @classmethod
    def blank(cls, telling: tuple[Numbers, ...], features: int, cues: int, columns: int) -> "_Fit":
        """Nothing learnt yet."""
        sizes = ((features, columns), (cues, columns), (columns,), (512, columns), (columns,))
        return cls(telling, *(np.zeros(size) for size in sizes))


def cue_matrix(model: Model, texts: list[str]) -> Numbers:
    """The cues of texts, a row a text."""
    parts = []
    for start in range(0, len(texts), 1000):
        scores = model.score(texts[start : start + 1000])
        parts.append(np.hstack([cues.spoken(scores.concepts), scores.form]).astype(np.float64))
    return np.vstack(parts)


def _vectors(examples: Examples) -> Matrix | None:
    """The encoder's vectors of all examples, computed where they are not at hand; None without an encoder."""
    missing = [at for at, each in enumerate(examples) if each.vector is None]
    new = encoded([examples[at].text for at in missing]) if missing else np.zeros((0, 512), dtype=np.float32)
    if new is None:
        return None
    vectors = np.zeros((len(examples), 512), dtype=np.float32)
    vectors[missing] = new
    for at, each in enumerate(examples):
        if each.vector is not None:
            vectors[at] = each.vector
    return vectors


def _calibrated(head: Head, logits: Numbers, rows: Chosen) -> tuple[Numbers, Numbers]:
    """Factors and shifts of a head's columns, under which its unseen opinions come true."""
    logits = logits[head.rows[rows]]
    if head.exclusive:
        times = factor(logits, head.answers[rows].argmax(axis=1), head.weights[rows])
        return np.full(len(head.names), times), np.zeros(len(head.names))
    pairs = [platt(column, said) for column, said in zip(logits.T, head.answers[rows].T, strict=True)]
    return np.array([each[0] for each in pairs]), np.array([each[1] for each in pairs])


def _weights(blank_: Weights, bags: Bags, made: _Fit, times: Numbers, plus: Numbers) -> Weights:
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


def _given(words: lexicon.Lexicon, departments: tuple[str, ...]) -> Numbers:
    """The hand-given leanings: a row a cue, a column a department, centred."""
    leanings = [*words.leanings, *(cue.leaning for cue in cues.FORM)]
    given = np.array([[leaning.get(department, 0.0) for department in departments] for leaning in leanings])
    centred: Numbers = given - given.mean(axis=1, keepdims=True)
    return centred


def _blank(asked: list[Head], words: lexicon.Lexicon) -> Weights:
    """A model that knows the lexicons and nothing else."""
    names = {len(head.names) if head.exclusive else 0: head.names for head in asked[1:]}
    columns = sum(len(head.names) for head in asked)
    nothing, none = np.zeros((0, columns), dtype=np.float32), np.zeros(0, dtype=np.float32)
    return Weights(
        version="", departments=list(asked[0].names),
        intents=list(names.get(0, ())), moods=list(names.get(3, ())), words=[], pairs=[], grams=[],
        concept_words=words.words, concept_stems=words.stems, concept_pairs=words.pairs,
        word_weights=nothing, word_sizes=none, pair_weights=nothing, pair_sizes=none,
        gram_weights=nothing, gram_sizes=none,
        cue_weights=np.zeros((len(words.concepts) + len(cues.FORM), columns), dtype=np.float32),
        bias=np.zeros(columns, dtype=np.float32), quick_share=np.ones(columns, dtype=np.float32),
        whole_weights=np.zeros((512, columns), dtype=np.float32), whole_bias=np.zeros(columns, dtype=np.float32),
        **blank(),
    )  # fmt: skip
