"""One training: what is counted and computed once for all its parts, and the regressions on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedKFold

from routing import cues, lexicon
from routing.artefact import Weights
from routing.classifier import Model, encoded
from routing.corpus import Examples
from routing.cues import Matrix
from routing.features import Bags
from routing.heads import Head, Numbers, Rows, heads
from routing.known import blank

WORDS_STRENGTH, CUES_STRENGTH, WHOLE_STRENGTH = 3.0, 0.4, 3.0
"""How far the regressions may follow the examples (scikit-learn's C)."""
WHOLE_SHARE = 1.0
"""What the encoder's opinion weighs beside the quick one."""
FOLDS, FEWER_FOLDS, _MANY = 5, 2, 15_000
"""Into how many parts examples are cut to be judged unseen; into fewer where there are many examples."""

Chosen = npt.NDArray[np.bool_]


class Course:
    """One training: what is counted and computed once for all its folds."""

    def __init__(self, examples: Examples, departments: list[str], *, only_departments: bool = False) -> None:
        self.examples, self.words = examples, lexicon.read()
        self.heads = heads(examples, departments)[: 1 if only_departments else None]
        self.bags = Bags.of(examples.texts)
        self.blank = blank_weights(self.heads, self.words)
        self.cues = cue_matrix(Model(self.blank), examples.texts)
        self.vectors = _vectors(examples)

    def slices(self) -> Iterator[tuple[Head, slice]]:
        """The heads, and where their columns stand."""
        start = 0
        for head in self.heads:
            yield head, slice(start, start + len(head.names))
            start += len(head.names)

    def unseen(self) -> tuple[Numbers, Numbers]:
        """The quick and the whole opinion of every example, by models that had not seen it."""
        columns = self.blank.columns
        quick, whole = np.zeros((len(self.examples), columns)), np.zeros((len(self.examples), columns))
        labels = np.array(self.examples.labels)
        folds = FOLDS if len(labels) <= _MANY else FEWER_FOLDS
        for seen, held_out in StratifiedKFold(folds, shuffle=True, random_state=0).split(labels, labels):
            chosen = np.zeros(len(labels), dtype=bool)
            chosen[seen] = True
            fold = self.fit(chosen)
            rows = self.bags.matrix(held_out, fold.telling)
            quick[held_out] = rows @ fold.words + self.cues[held_out] @ fold.cues + fold.bias
            if self.vectors is not None:
                whole[held_out] = self.vectors[held_out] @ fold.whole + fold.whole_bias
        return quick, whole

    def fit(self, chosen: Chosen) -> "Fit":
        """One model of the chosen examples, not calibrated."""
        telling = tuple(bag.inverse_frequencies(np.flatnonzero(chosen)) for bag in self.bags.all)
        matrix = self.bags.matrix(slice(None), telling)
        made = Fit.blank(telling, matrix.shape[1], self.cues.shape[1], self.blank.columns)
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

    def opinions(self, chosen: Chosen, rows: Rows, weights: Numbers) -> dict[str, Numbers]:
        """What each part of a model of the chosen examples, weighed like this, says of the department of some rows."""
        head = replace(self.heads[0], weights=weights[self.heads[0].rows])
        telling = tuple(bag.inverse_frequencies(np.flatnonzero(chosen)) for bag in self.bags.all)
        parts = [("words", self.bags.matrix(slice(None), telling), WORDS_STRENGTH), ("cues", self.cues, CUES_STRENGTH)]
        if self.vectors is not None:
            parts.append(("whole", self.vectors, WHOLE_STRENGTH))
        found = {"leanings": self.cues[rows] @ _given(self.words, head.names)}
        for name, features, strength in parts:
            coefficients, shift = head.fit(features, chosen, strength)
            found[name] = np.asarray(features[rows] @ coefficients) + shift
        return found


@dataclass
class Fit:
    """Coefficients as they were learnt; `telling`: how much each word, pair and n-gram counts."""

    telling: tuple[Numbers, ...]
    words: Numbers
    cues: Numbers
    bias: Numbers
    whole: Numbers
    whole_bias: Numbers

    @classmethod
    def blank(cls, telling: tuple[Numbers, ...], features: int, cues: int, columns: int) -> "Fit":
        """Nothing learnt yet."""
        sizes = ((features, columns), (cues, columns), (columns,), (512, columns), (columns,))
        return cls(telling, *(np.zeros(size) for size in sizes))


def cue_matrix(model: Model, texts: list[str]) -> Matrix:
    """The cues of texts, a row a text."""
    parts = []
    for start in range(0, len(texts), 1000):
        scores = model.score(texts[start : start + 1000])
        parts.append(np.hstack([cues.spoken(scores.concepts), scores.form]))
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


def _given(words: lexicon.Lexicon, departments: tuple[str, ...]) -> Numbers:
    """The hand-given leanings: a row a cue, a column a department, centred."""
    leanings = [*words.leanings, *(cue.leaning for cue in cues.FORM)]
    given = np.array([[leaning.get(department, 0.0) for department in departments] for leaning in leanings])
    centred: Numbers = given - given.mean(axis=1, keepdims=True)
    return centred


def blank_weights(asked: list[Head], words: lexicon.Lexicon) -> Weights:
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
