"""A bounded memory of words: for each word met, what it adds to a text, as one row of numbers.

A word's row holds the weights of the word itself and of all its character n-grams, already added up, the sizes for
normalising, its concepts and its form. So scoring a text is adding rows, whatever a word cost to look up first.

    row  = word weights | word size | n-gram weights | n-gram size | concepts | counts of form
    pair = word weights | word size | concepts
"""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from routing.artefact import Weights
from routing.cues import COUNTS, FORM, Matrix, counts
from routing.words import grams, normal

Numbers = npt.NDArray[np.int64]

MOST_WORDS = 32_768
"""Rows kept; beyond them the table starts anew. One row is about 400 bytes."""

EDGE = 0
"""The row that stands before the first word of every text: it adds nothing."""


@dataclass(frozen=True)
class Layout:
    """Which columns of a row hold what."""

    word: slice
    gram: slice
    concepts: slice
    form: slice

    @classmethod
    def of(cls, columns: int, concepts: int) -> "Layout":
        """The layout for so many columns of weights and so many concepts."""
        ends = list(accumulate((columns + 1, columns + 1, concepts, len(COUNTS))))
        return cls(*(slice(start, end) for start, end in pairwise((0, *ends))))


class WordTable:
    """Rows for words and for pairs of neighbouring words. Not safe for threads: the model holds a lock."""

    def __init__(self, weights: Weights, most_words: int = MOST_WORDS) -> None:
        concepts = len(weights.cue_weights) - len(FORM)
        self.layout = Layout.of(weights.columns, concepts)
        self._most_words = most_words
        self._concept_words, self._concept_stems = weights.concept_words, weights.concept_stems
        self._shortest_stem = min(map(len, weights.concept_stems), default=1)
        self._longest_stem = max(map(len, weights.concept_stems), default=0)
        self._words = {word: at for at, word in enumerate(weights.words)}
        self._grams = {gram: at + 1 for at, gram in enumerate(weights.grams)}
        self._word_rows = _with_nothing_first(weights.word_weights, weights.word_sizes)[1:]
        self._gram_rows = _with_nothing_first(weights.gram_weights, weights.gram_sizes)
        self._make_pairs(weights, concepts)
        self._forget()

    def rows(self, texts: list[list[str]]) -> Numbers:
        """The row of each token, text by text, every text beginning with `EDGE`."""
        if len(self._ids) > self._most_words:
            self._forget()
        known = self._ids
        found = [known.get(token, -1) for tokens in texts for token in ("", *tokens)]
        ids = np.array(found, dtype=np.int64)
        if ids.size and ids.min() < 0:
            self._learn(list(dict.fromkeys(token for tokens in texts for token in tokens if token not in known)))
            ids = np.array([known[token] for tokens in texts for token in ("", *tokens)], dtype=np.int64)
        return ids

    def pairs(self, ids: Numbers) -> tuple[Numbers, Numbers]:
        """Where known pairs of neighbours begin in a sequence of rows, and the row of each pair in `pair_values`."""
        left, right = self.pair_ids[ids[:-1]], self.pair_ids[ids[1:]]
        starts = np.flatnonzero((left >= 0) & (right >= 0))
        keys = left[starts] * self._pair_base + right[starts]
        at = np.searchsorted(self._pair_keys, keys)
        hits = self._pair_keys[np.minimum(at, len(self._pair_keys) - 1)] == keys
        return starts[hits], at[hits]

    def _make_pairs(self, weights: Weights, concepts: int) -> None:
        every = sorted({*weights.pairs, *weights.concept_pairs})
        members = sorted({word for pair in every for word in pair.split(" ")})
        self._pair_words = {word: at for at, word in enumerate(members)}
        self._pair_base = max(len(members), 1)
        values = np.zeros((len(every) + 1, self.layout.word.stop + concepts), dtype=np.float32)
        learnt = {pair: at for at, pair in enumerate(weights.pairs)}
        keys = np.full(len(every) + 1, np.iinfo(np.int64).max, dtype=np.int64)
        for at, pair in enumerate(every):
            left, right = pair.split(" ")
            keys[at] = self._pair_words[left] * self._pair_base + self._pair_words[right]
            if pair in learnt:
                values[at, : self.layout.word.stop - 1] = weights.pair_weights[learnt[pair]]
                values[at, self.layout.word.stop - 1] = weights.pair_sizes[learnt[pair]]
            for concept in weights.concept_pairs.get(pair, ()):
                values[at, self.layout.word.stop + concept] = 1
        order = np.argsort(keys)
        self._pair_keys, self.pair_values = keys[order], values[order]

    def _forget(self) -> None:
        self._ids: dict[str, int] = {"": EDGE}
        self.values = np.zeros((1024, self.layout.form.stop), dtype=np.float32)
        self.pair_ids: Numbers = np.full(1024, -1, dtype=np.int64)

    def _make_room(self, rows: int) -> None:
        size = len(self.values)
        while size < rows:
            size *= 2
        if size > len(self.values):
            values, pair_ids = self.values, self.pair_ids
            self.values = np.zeros((size, self.layout.form.stop), dtype=np.float32)
            self.pair_ids = np.full(size, -1, dtype=np.int64)
            self.values[: len(values)], self.pair_ids[: len(pair_ids)] = values, pair_ids

    def _learn(self, tokens: list[str]) -> None:
        """Make rows for tokens that are not known yet: a few look-ups for each, then all sums at once."""
        start = len(self._ids)
        self._make_room(start + len(tokens))
        words = [normal(token) for token in tokens]
        pieces: list[int] = []
        firsts: list[int] = []
        for at, (token, word) in enumerate(zip(tokens, words, strict=True), start):
            self._ids[token] = at
            firsts.append(len(pieces))
            pieces.append(0)
            pieces.extend(filter(None, map(self._grams.get, grams(word))))
            for concept in self._concepts_of(word):
                self.values[at, self.layout.concepts.start + concept] = 1
        rows = slice(start, start + len(tokens))
        self.values[rows, self.layout.gram] = np.add.reduceat(self._gram_rows[pieces], firsts, axis=0)
        self.values[rows, self.layout.form] = [counts(token, word) for token, word in zip(tokens, words, strict=True)]
        self.pair_ids[rows] = [self._pair_words.get(word, -1) for word in words]
        known = [(at, self._words[word]) for at, word in enumerate(words, start) if word in self._words]
        if known:
            at_rows, at_words = zip(*known, strict=True)
            self.values[list(at_rows), self.layout.word] = self._word_rows[list(at_words)]

    def _concepts_of(self, word: str) -> set[int]:
        found = set(self._concept_words.get(word, ()))
        for end in range(self._shortest_stem, min(len(word), self._longest_stem) + 1):
            found.update(self._concept_stems.get(word[:end], ()))
        return found


def _with_nothing_first(weights: Matrix, sizes: Matrix) -> Matrix:
    """Weights and sizes side by side, after a first row of zeros for what is not known."""
    rows = np.zeros((len(weights) + 1, weights.shape[1] + 1), dtype=np.float32)
    rows[1:, :-1], rows[1:, -1] = weights, sizes
    return rows
