"""What texts consist of, counted once for all trainings on them: words and pairs of words, and character n-grams."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from routing.words import grams, normal, tokens

RARE = {"word": 1, "pair": 2, "gram": 3}
"""In how many examples a word, a pair or an n-gram must stand to count."""
MOST = {"word": 40_000, "pair": 30_000, "gram": 60_000}
"""How many of each are kept, the most frequent ones."""

Matrix = npt.NDArray[np.float64]
Selection = npt.NDArray[np.int64] | slice


class _Numbered:
    """Gives every new name the next number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The number of a name."""
        return self.numbers.setdefault(name, len(self.numbers))


@dataclass(frozen=True)
class Bag:
    """How often each feature of one kind stands in each text."""

    kind: str
    names: list[str]
    counts: sparse.csr_matrix

    def inverse_frequencies(self, rows: Selection) -> Matrix:
        """How telling each feature is among these texts: 0 for what is too rare to count."""
        chosen = self.counts[rows]
        documents = np.bincount(chosen.indices, minlength=len(self.names))
        telling: Matrix = np.log((1 + chosen.shape[0]) / (1 + documents)) + 1
        telling[documents < RARE[self.kind]] = 0
        if len(telling) > MOST[self.kind]:
            telling[np.argsort(-documents, kind="stable")[MOST[self.kind] :]] = 0
        return telling


@dataclass(frozen=True)
class Bags:
    """All features of some texts."""

    words: Bag
    pairs: Bag
    grams: Bag

    @property
    def all(self) -> tuple[Bag, Bag, Bag]:
        """The bags in the order in which their columns stand side by side."""
        return self.words, self.pairs, self.grams

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Bags":
        """Count the features of texts."""
        words, pairs, pieces = _Numbered(), _Numbered(), _Numbered()
        of_word: dict[str, list[int]] = {}
        rows: tuple[list[list[int]], list[list[int]], list[list[int]]] = ([], [], [])
        for text in texts:
            found = tokens(text)
            normals = list(map(normal, found))
            distinct = list(map(normal, dict.fromkeys(found)))
            for word in distinct:
                if word not in of_word:
                    of_word[word] = [pieces.number(gram) for gram in sorted(grams(word))]
            rows[0].append([words.number(word) for word in distinct])
            rows[1].append([pairs.number(pair) for pair in sorted({f"{a} {b}" for a, b in pairwise(normals)})])
            rows[2].append([piece for word in distinct for piece in of_word[word]])
        kinds = (("word", words), ("pair", pairs), ("gram", pieces))
        return cls(*(_bag(kind, names, row) for (kind, names), row in zip(kinds, rows, strict=True)))

    def matrix(self, rows: Selection, telling: Sequence[Matrix]) -> sparse.csr_matrix:
        """Features of some texts side by side, normalised by the sizes of their words: the sum `WordTable` adds up.

        In single precision: fifty thousand texts have fifteen million of them.
        """
        blocks = [bag.counts[rows] for bag in self.all]
        sizes = [block @ each**2 for block, each in zip(blocks, telling, strict=True)]
        word_norms, gram_norms = _inverse_roots(sizes[0] + sizes[1]), _inverse_roots(sizes[2])
        for at, (each, norms) in enumerate(zip(telling, (word_norms, word_norms, gram_norms), strict=True)):
            block = blocks[at]
            block.data *= each.astype(np.float32)[block.indices]
            block.data *= np.repeat(norms.astype(np.float32), np.diff(block.indptr))
            blocks[at] = block[:, np.flatnonzero(each)]
        return sparse.hstack(blocks, format="csr", dtype=np.float32)


def _bag(kind: str, names: _Numbered, rows: Iterable[list[int]]) -> Bag:
    rows = list(rows)
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.fromiter((column for row in rows for column in row), dtype=np.int32, count=int(starts[-1]))
    ones = np.ones(len(columns), dtype=np.float32)
    counts = sparse.csr_matrix((ones, columns, starts), shape=(len(rows), len(names.numbers)))
    counts.sum_duplicates()
    return Bag(kind, list(names.numbers), counts)


def _inverse_roots(sizes: Matrix) -> Matrix:
    roots = np.sqrt(sizes)
    return np.divide(1.0, roots, out=np.ones_like(roots), where=roots > 0)
