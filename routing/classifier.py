"""The classifier: a linear model over words, character n-grams and cues, scored with numpy alone.

A text's score for a department is a sum over its distinct words and pairs of neighbours, so every score can be taken
apart again into what each word, or a cue such as “asks a question”, added to it (`explanation.py`).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from routing import artefact, cues
from routing.cues import Matrix
from routing.words import tokens
from routing.wordtable import Layout, Numbers, WordTable

_TINY = 1e-12


@dataclass(frozen=True)
class Parts:
    """Some words, or pairs of words, of some texts: whose (`text`), from which token on (`token`), and their rows."""

    text: Numbers
    token: Numbers
    values: Matrix

    def totals(self, texts: int) -> Matrix:
        """The sum of the rows of each text."""
        sums = np.zeros((texts, self.values.shape[1]), dtype=np.float32)
        if len(self.text):
            present, first = np.unique(self.text, return_index=True)
            sums[present] = np.add.reduceat(self.values, first, axis=0)
        return sums


@dataclass(frozen=True)
class Scores:
    """What the model says about some texts, a row a text, and all that is needed to explain it.

    `probabilities` has a column for each of the model's departments. Tokens are numbered through all texts; text `i`
    has the tokens from `starts[i] + 1` on, the one at `starts[i]` being the edge before its first word.
    """

    probabilities: npt.NDArray[np.float64]
    tokens: list[list[str]]
    starts: Numbers
    words: Parts
    pairs: Parts
    word_norms: Matrix
    gram_norms: Matrix
    concepts: Matrix
    form: Matrix


class Model:
    """A trained classifier. `departments` are its answers in the order of the columns, “noise” among them."""

    def __init__(self, weights: artefact.Weights) -> None:
        self.version = weights.version
        self.departments = tuple(weights.departments)
        self.cue_weights = weights.cue_weights
        self._bias = weights.bias
        self._table = WordTable(weights)
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path = artefact.FOLDER) -> "Model":
        """The model in a folder. Raises `artefact.BadArtefact`."""
        return cls(artefact.read(folder))

    @property
    def layout(self) -> Layout:
        """Where the rows of words keep what."""
        return self._table.layout

    def score(self, texts: Sequence[str]) -> Scores:
        """The probability of every department for every text, and what it consists of."""
        found = [tokens(text) for text in texts]
        lengths = np.fromiter((len(words) + 1 for words in found), dtype=np.int64, count=len(found))
        starts = np.cumsum(lengths) - lengths
        with self._lock:
            ids = self._table.rows(found)
            words, pairs = self._parts(ids, np.repeat(np.arange(len(found)), lengths))
            first = self._table.values[ids[starts + (lengths > 1)], self.layout.form]
            last = self._table.values[ids[starts + lengths - 1], self.layout.form]
        layout, departments = self.layout, len(self.departments)
        totals, pair_totals = words.totals(len(found)), pairs.totals(len(found))
        word, gram = totals[:, layout.word] + pair_totals[:, layout.word], totals[:, layout.gram]
        word_norms, gram_norms = (np.sqrt(np.maximum(block[:, -1:], _TINY)) for block in (word, gram))
        concepts = totals[:, layout.concepts] + pair_totals[:, layout.word.stop :]
        form = cues.form(totals[:, layout.form], first, last)
        logits = word[:, :departments] / word_norms + gram[:, :departments] / gram_norms + self._bias
        logits += np.hstack([cues.spoken(concepts), form]) @ self.cue_weights
        logits[lengths == 1] = 0  # Without a word there is nothing to judge: a person decides.
        return Scores(_softmax(logits), found, starts, words, pairs, word_norms, gram_norms, concepts, form)

    def _parts(self, ids: Numbers, text_of: Numbers) -> tuple[Parts, Parts]:
        """The distinct words and the distinct known pairs of each text."""
        keys, token = np.unique(text_of << 32 | ids, return_index=True)
        words = Parts(keys >> 32, token, self._table.values[keys & 0xFFFFFFFF])
        starts, rows = self._table.pairs(ids)
        keys, at = np.unique(text_of[starts] << 32 | rows, return_index=True)
        pairs = Parts(keys >> 32, starts[at], self._table.pair_values[keys & 0xFFFFFFFF])
        return words, pairs


def _softmax(logits: Matrix) -> npt.NDArray[np.float64]:
    shifted = logits.astype(np.float64)
    if len(shifted):
        shifted -= shifted.max(axis=1, keepdims=True)
    powers: npt.NDArray[np.float64] = np.exp(shifted)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
