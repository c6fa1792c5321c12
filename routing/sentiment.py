"""How a message is meant: clearly negative, clearly positive, or neither. Pure; by hand-written words, see tones/.

Made for telling who complains in public, so it had rather say nothing (0) than call somebody negative who is not.
Measured on 14,640 posts to airlines in English that people had judged (63% of them negative), beside VADER 3.3.2, which
has had no release since 2020: see docs/roles.md. What another language says, nobody guesses: it is 0.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from routing.words import normal, tokens

FOLDER = Path(__file__).parent / "tones"
LANGUAGES = ("en", "de", "fr", "es")
NEGATIVE, NEITHER, POSITIVE = -1, 0, 1

# Sums of weights from which a tone is clear. Negative needs more than one weak word.
_CLEARLY_NEGATIVE, _CLEARLY_POSITIVE = -2.0, 2.0
_LONGEST = 4  # words of an entry
_REACH = 3  # words before a word that may turn it round
_SEVERAL = 1.5


@dataclass
class Tones:
    """The words of one language."""

    weights: dict[str, float] = field(default_factory=dict)
    stems: dict[str, float] = field(default_factory=dict)
    begins: set[str] = field(default_factory=set)
    roles: dict[str, set[str]] = field(default_factory=dict)

    def weight(self, words: list[str], at: int) -> tuple[float, int]:
        """What the entry at a place weighs, and how many words it is long; the longest entry counts."""
        if words[at] in self.begins:
            for length in range(min(_LONGEST, len(words) - at), 1, -1):
                found = self.weights.get(" ".join(words[at : at + length]))
                if found is not None:
                    return found, length
        word = words[at]
        if (found := self.weights.get(word)) is not None:
            return found, 1
        for end in range(3, len(word) + 1):
            if (found := self.stems.get(word[:end])) is not None:
                return found, 1
        return 0.0, 1


def sentiment(text: str, language: str = "") -> int:
    """-1, 0 or 1. `language`: as the network names it; without one, the language is known by its common words."""
    words = [normal(token) for token in tokens(text)]
    spoken = language.replace("_", "-").partition("-")[0].casefold() or _language(words)
    if spoken in ("", "und"):
        spoken = _language(words)
    tones = _tones(spoken) if spoken in LANGUAGES else _tones("any")
    low, high = _sums(words, tones)
    if low <= _CLEARLY_NEGATIVE and -low > high * _SEVERAL:
        return NEGATIVE
    if high >= _CLEARLY_POSITIVE and high > -low * _SEVERAL:
        return POSITIVE
    return NEITHER


def _sums(words: list[str], tones: Tones) -> tuple[float, float]:
    """The weights of what is said badly and well. What follows a "but" counts double: it is what is meant."""
    denying, more, turns = (tones.roles.get(role, set()) for role in ("not", "more", "turn"))
    low = high = 0.0
    at = 0
    factor = 1.0
    while at < len(words):
        if words[at] in turns:
            factor = 2.0
        weight, length = tones.weight(words, at)
        if weight:
            before = words[max(0, at - _REACH) : at]
            if length == 1 and any(word in denying for word in before):
                # "not good" is bad; "not bad" is nothing that one would complain about.
                weight = -0.75 * weight if weight > 0 else 0.0
            if before and before[-1] in more:
                weight *= 1.3
            low, high = (low + factor * weight, high) if weight < 0 else (low, high + factor * weight)
        at += length
    return low, high


def _language(words: list[str]) -> str:
    """The one of our languages whose common words there are most of; none where that is not clear."""
    if not words:
        return ""
    counts = sorted(
        ((sum(word in _tones(one).roles["common"] for word in words), one) for one in LANGUAGES), reverse=True
    )
    (most, found), (second, _) = counts[:2]
    return found if most > second else ""


@lru_cache(maxsize=len(LANGUAGES) + 1)
def _tones(language: str) -> Tones:
    tones = Tones()
    for name in dict.fromkeys(("any", language)):
        section = ""
        for line in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[]")
                continue
            for entry in line.split():
                _add(tones, section, entry)
    return tones


def _add(tones: Tones, section: str, entry: str) -> None:
    parts = [normal(part) for part in entry.removesuffix("*").split("_")]
    words = " ".join(parts)
    if not section.startswith("tone "):
        tones.roles.setdefault(section, set()).add(words)
        return
    weight = float(section.removeprefix("tone "))
    (tones.stems if entry.endswith("*") else tones.weights)[words] = weight
    if len(parts) > 1:
        tones.begins.add(parts[0])
