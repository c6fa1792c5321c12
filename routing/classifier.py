"""The classifier: which department a text concerns, what its writer wants, and in which mood it is written.

The quick opinion is a linear model over words, character n-grams and cues: a sum over a text's distinct words and pairs
of neighbours, so it can be taken apart again into what each word, or a cue such as “asks a question”, added to it
(`explanation.py`). The full opinion adds what the encoder makes of the text as a whole.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import structlog

from routing import artefact, cues, encoder
from routing.cues import Matrix
from routing.words import tokens
from routing.wordtable import Layout, Numbers, WordTable

Probabilities = npt.NDArray[np.float64]

_TINY = 1e-12
log = structlog.get_logger()


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

    `probabilities` has a column for each of the model's departments and sums to 1, `intents` one for each of its
    intents, each a probability of its own, `moods` one for each of its moods, summing to 1. `embeddings` are the
    encoder's vectors, None where only the quick opinion was asked for, or where there is no encoder; `whole` is what
    they add to the scores. Tokens are numbered through all texts; text `i` has the tokens from `starts[i] + 1` on, the
    one at `starts[i]` being the edge before its first word.
    """

    probabilities: Probabilities
    intents: Probabilities
    moods: Probabilities
    embeddings: Matrix | None
    whole: Matrix
    tokens: list[list[str]]
    starts: Numbers
    words: Parts
    pairs: Parts
    word_norms: Matrix
    gram_norms: Matrix
    concepts: Matrix
    form: Matrix

    @property
    def look(self) -> str:
        """Which opinion it is: “quick” or “full”."""
        return "quick" if self.embeddings is None else "full"


class Model:
    """A trained classifier. `departments` are its answers in the order of the columns, “noise” among them."""

    def __init__(self, weights: artefact.Weights) -> None:
        self.version = weights.version
        self.departments = tuple(weights.departments)
        self.intents = tuple(weights.intents)
        self.moods = tuple(weights.moods)
        self.cue_weights = weights.cue_weights
        self.quick_share = weights.quick_share
        self.known = Known(weights)
        self._bias = weights.bias
        self._whole_weights, self._whole_bias = weights.whole_weights, weights.whole_bias
        self._table = WordTable(weights)
        self._lock = threading.Lock()

    @classmethod
    def load(cls, file: Path = artefact.FILE) -> "Model":
        """The model in a file. Raises `artefact.BadArtefact`."""
        return cls(artefact.read(file))

    @property
    def layout(self) -> Layout:
        """Where the rows of words keep what."""
        return self._table.layout

    def score(self, texts: Sequence[str], *, full: bool = False, embeddings: Matrix | None = None) -> Scores:
        """What the model thinks of every text, and what that consists of.

        `full` asks the encoder as well, unless `embeddings` are what it has said before. Where the encoder's files are
        missing, the quick opinion is given (`Scores.look` says so).
        """
        found = [tokens(text) for text in texts]
        lengths = np.fromiter((len(words) + 1 for words in found), dtype=np.int64, count=len(found))
        starts = np.cumsum(lengths) - lengths
        with self._lock:
            ids = self._table.rows(found)
            words, pairs = self._parts(ids, np.repeat(np.arange(len(found)), lengths))
            first = self._table.values[ids[starts + (lengths > 1)], self.layout.form]
            last = self._table.values[ids[starts + lengths - 1], self.layout.form]
        layout, columns = self.layout, len(self._bias)
        totals, pair_totals = words.totals(len(found)), pairs.totals(len(found))
        word, gram = totals[:, layout.word] + pair_totals[:, layout.word], totals[:, layout.gram]
        word_norms, gram_norms = (np.sqrt(np.maximum(block[:, -1:], _TINY)) for block in (word, gram))
        concepts = totals[:, layout.concepts] + pair_totals[:, layout.word.stop :]
        form = cues.form(totals[:, layout.form], first, last)
        logits = word[:, :columns] / word_norms + gram[:, :columns] / gram_norms + self._bias
        logits += np.hstack([cues.spoken(concepts), form]) @ self.cue_weights
        if full and embeddings is None and len(found):
            embeddings = encoded(texts)
        whole = np.zeros_like(logits)
        if embeddings is not None:
            whole = embeddings @ self._whole_weights + self._whole_bias
            whole[lengths == 1] = 0
            logits = logits * self.quick_share + whole
        # Without a word there is nothing to judge: a person decides.
        logits[lengths == 1] = self._nothing()
        heads = self._heads(logits)
        return Scores(*heads, embeddings, whole, found, starts, words, pairs, word_norms, gram_norms, concepts, form)

    def _heads(self, logits: Matrix) -> tuple[Probabilities, Probabilities, Probabilities]:
        first, second = len(self.departments), len(self.departments) + len(self.intents)
        moods = _softmax(logits[:, second:]) if self.moods else np.zeros((len(logits), 0))
        return _softmax(logits[:, :first]), _sigmoid(logits[:, first:second]), moods

    def _nothing(self) -> Matrix:
        """The opinion of a text without words: any department, no intent, no mood but the middle one."""
        row = np.zeros(len(self._bias), dtype=np.float32)
        row[len(self.departments) : len(self.departments) + len(self.intents)] = -8
        if "neutral" in self.moods:
            row[len(self.departments) + len(self.intents) + self.moods.index("neutral")] = 8
        return row

    def _parts(self, ids: Numbers, text_of: Numbers) -> tuple[Parts, Parts]:
        """The distinct words and the distinct known pairs of each text."""
        keys, token = np.unique(text_of << 32 | ids, return_index=True)
        words = Parts(keys >> 32, token, self._table.values[keys & 0xFFFFFFFF])
        starts, rows = self._table.pairs(ids)
        keys, at = np.unique(text_of[starts] << 32 | rows, return_index=True)
        pairs = Parts(keys >> 32, starts[at], self._table.pair_values[keys & 0xFFFFFFFF])
        return words, pairs


class Known:
    """The examples that a model can name: which one a text is most like."""

    def __init__(self, weights: artefact.Weights) -> None:
        self.texts, self.labels, self.ids = weights.known_texts, weights.known_labels, weights.known_ids
        self._basis = weights.known_basis
        vectors = weights.known_vectors.astype(np.float32)
        self._vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)

    def nearest(self, embeddings: Matrix) -> tuple[Numbers, Matrix]:
        """For each vector the place of the example that is most like it, and how much it is: 1 is the same."""
        if not len(self._vectors):
            return np.zeros(len(embeddings), dtype=np.int64), np.zeros(len(embeddings), dtype=np.float32)
        vectors = embeddings @ self._basis
        likeness = vectors @ self._vectors.T / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)
        best = likeness.argmax(axis=1)
        return best, likeness[np.arange(len(best)), best]


@cache
def _encoder() -> encoder.Encoder | None:
    """The encoder, opened once a process. A process that cannot open it says so once and goes on without."""
    try:
        return encoder.Encoder()
    except encoder.BadEncoder as error:
        log.warning("encoder_missing", error=str(error))
        return None


def encoded(texts: Sequence[str]) -> Matrix | None:
    """What the encoder makes of texts; None where its files are missing or damaged."""
    opened = _encoder()
    return None if opened is None else opened.encode(texts)


def _sigmoid(logits: Matrix) -> Probabilities:
    powers: Probabilities = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -30, 30)))
    return powers


def _softmax(logits: Matrix) -> Probabilities:
    shifted = logits.astype(np.float64)
    if len(shifted):
        shifted -= shifted.max(axis=1, keepdims=True)
    powers: Probabilities = np.exp(shifted)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
