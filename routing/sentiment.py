"""How a message is meant: clearly negative, clearly positive, or neither. Pure; by hand-written words, see tones/.

Made for telling who complains in public, so it had rather say nothing (0) than call somebody negative who is not.
Twelve languages; what another one says, nobody guesses: it is 0. Measured in docs/routing.md and docs/roles.md.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from routing.phrases import Phrases, sections, split
from routing.words import normal, tokens

FOLDER = Path(__file__).parent / "tones"
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "ar", "hi", "tr", "ru")
NEGATIVE, NEITHER, POSITIVE = -1, 0, 1

# Sums of weights from which a tone is clear. Negative needs more than one weak word.
_CLEARLY_NEGATIVE, _CLEARLY_POSITIVE = -2.0, 2.0
_REACH = 3  # words before a word that may turn it round
_SEVERAL = 1.5


@dataclass
class Tones:
    """The words of one language: their weights, and those that play a role (`not`, `more`, `turn`, `common`)."""

    weights: Phrases[float] = field(default_factory=Phrases)
    roles: dict[str, set[str]] = field(default_factory=dict)


def sentiment(text: str, language: str = "") -> int:
    """-1, 0 or 1. `language`: as the network names it; without one, the language is known by its common words."""
    return tone([normal(token) for token in tokens(text)], language)


def tone(words: list[str], language: str = "") -> int:
    """As `sentiment`, of a text that was cut into normalised words already."""
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
        found, length = tones.weights.at(words, at)
        weight = found or 0.0
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
        for section, entries in sections(FOLDER / f"{name}.txt"):
            for entry in entries:
                if section.startswith("tone "):
                    tones.weights.add(entry, float(section.removeprefix("tone ")))
                else:
                    tones.roles.setdefault(section, set()).add(" ".join(map(normal, split(entry))))
    return tones
