"""What somebody wants, by the words they use: a stated rule, for when there is no model that knows better. Pure.

Each concept of the lexicons (lexicons/) and each phrase of wants.txt that a text holds is an independent reason for an
intent, of a stated weight: 1 - Π(1 - weight), a concept counting twice at most. Complaints have a rule of their own
(complaint.py), which also halves what speaks for praise.
"""

from collections import Counter
from functools import lru_cache
from pathlib import Path

from routing.complaint import is_complaint
from routing.intents import INTENTS
from routing.lexicon import concepts
from routing.phrases import Phrases, sections

_FILE = Path(__file__).parent / "wants.txt"
_MOST = 2
_WEIGHTS: dict[str, dict[str, float]] = {
    "help": {"helpword": 0.3, "howto": 0.4, "problem": 0.25, "service": 0.15, "waiting": 0.15, "question_words": 0.1},
    "buying": {"buying": 0.35, "wish": 0.35, "availability": 0.3, "advice": 0.35, "selling": 0.3, "future": 0.1},
    "price": {"price": 0.35},
    "churn": {"rival": 0.3},
    "praise": {"praise": 0.35, "joy": 0.35, "emoji_glad": 0.3},
    "press": {"press": 0.2},
    "legal": {"law": 0.3, "harm": 0.25},
    "partnership": {"partner": 0.4},
    "spam": {"spam": 0.4, "reseller": 0.35, "emoji_sell": 0.3},
}  # fmt: skip
_COMPLAINS, _COMPLAINS_NOT = 0.85, 0.1


def wants(words: list[str]) -> dict[str, float]:
    """A probability for each intent, of a text that was cut into normalised words."""
    found = concepts(words)
    counted = Counter(name for one in found for name in one)
    calm = dict.fromkeys(INTENTS, 1.0)
    for intent, weights in _WEIGHTS.items():
        for concept, weight in weights.items():
            calm[intent] *= (1 - weight) ** min(_MOST, counted[concept])
    for intent, weight in _said(words).items():
        calm[intent] *= 1 - weight
    shares = {intent: 1 - share for intent, share in calm.items()}
    complains = is_complaint(found)
    shares["complaint"] = _COMPLAINS if complains else _COMPLAINS_NOT
    if complains:
        shares["praise"] /= 2
    return shares


def _said(words: list[str]) -> dict[str, float]:
    """The intents that a phrase names, with their weights."""
    phrases = _phrases()
    found: dict[str, float] = {}
    at = 0
    while at < len(words):
        said, length = phrases.at(words, at)
        if said is not None:
            found[said[0]] = said[1]
        at += length
    return found


@lru_cache(maxsize=1)
def _phrases() -> Phrases[tuple[str, float]]:
    phrases: Phrases[tuple[str, float]] = Phrases()
    for heading, entries in sections(_FILE):
        name, weight = heading.split()
        for entry in entries:
            phrases.add(entry, (name, float(weight)))
    return phrases
