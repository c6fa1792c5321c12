"""Texts by the million: words as frequent as a language's are (Zipf's law), from the training examples and beyond."""

import re
from collections import Counter
from typing import Any

import numpy as np

from bench.dataset import texts

# So many words are known altogether. Those that the examples do not have are put together from two that they have.
_KNOWN = 120_000
# p(rank) ~ 1 / (rank + b)^a, Mandelbrot's form, with figures usual for English.
_EXPONENT, _OFFSET = 1.07, 2.7
# Words of a text: most say a line or two, some write long mails.
_MIDDLE, _SPREAD, _SHORTEST, _LONGEST = 14, 0.65, 2, 400


class Words:
    """A vocabulary from which texts are drawn."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.known = np.array(vocabulary(), dtype=object)
        shares = 1 / (np.arange(1, len(self.known) + 1) + _OFFSET) ** _EXPONENT
        self._up_to = np.cumsum(shares / shares.sum())

    def texts(self, count: int) -> list[str]:
        """So many texts; one in seven ends with a number of its own, as orders and parcels have."""
        lengths = self.chance.lognormal(np.log(_MIDDLE), _SPREAD, count).astype(int).clip(_SHORTEST, _LONGEST)
        numbers = self.chance.integers(100_000, 10_000_000, count).tolist()
        drawn = self._drawn(int(lengths.sum()))
        ends = np.cumsum(lengths).tolist()
        found, start = [], 0
        for end, number in zip(ends, numbers, strict=True):
            text = " ".join(drawn[start:end])
            found.append(f"{text} #{number}" if number % 7 == 0 else text)
            start = end
        return found

    def titles(self, count: int) -> list[str]:
        """Subjects of mails."""
        drawn = self._drawn(count * 4)
        return [" ".join(drawn[4 * at : 4 * at + 4]).capitalize() for at in range(count)]

    def _drawn(self, count: int) -> list[Any]:
        ranks = np.searchsorted(self._up_to, self.chance.random(count))
        return list(self.known[ranks.clip(0, len(self.known) - 1)])


def vocabulary() -> list[str]:
    """All words, the most frequent first."""
    found = Counter(word for text in texts() for word in text.split())
    real = [word for word, _ in sorted(found.items(), key=lambda one: (-one[1], one[0]))]
    stems = sorted({word.lower() for word in real if re.fullmatch(r"[a-zA-Zà-ÿ]{4,7}", word)})
    chance = np.random.default_rng(11)
    pairs = chance.integers(0, len(stems), (3 * _KNOWN, 2)).tolist()
    made = dict.fromkeys(stems[first] + stems[second] for first, second in pairs)
    seen = set(real)
    return [*real, *(word for word in made if word not in seen)][:_KNOWN]
