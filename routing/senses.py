"""What texts say: language, tone, what somebody wants, the products that they name, how urgent it is. Pure, in batches.

Words are read once for all of it. How good each part is stands in docs/routing.md.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from routing.catalogue import Catalogue
from routing.languages import languages
from routing.sentiment import NEGATIVE, NEITHER, POSITIVE, tone
from routing.signals import Senses, Signals
from routing.urgency import urgency
from routing.wants import wants
from routing.words import normal, tokens

if TYPE_CHECKING:
    from routing.classifier import Model, Scores

# From which probability the model's opinion of the tone counts where the words leave it open.
_CLEAR = 0.6
_MOODS = {"negative": NEGATIVE, "neutral": NEITHER, "positive": POSITIVE}


def sense(
    items: Sequence[Signals],
    *,
    products: Catalogue,
    model: "Model | None" = None,
    scores: "Scores | None" = None,
) -> list[Senses]:
    """What each message says, in order. No text makes it raise.

    `scores`: what the model said of the same texts. Without them wants and tone are known by words alone.
    """
    spoken = languages([one.text for one in items], [one.language for one in items])
    asked = _columns(model.intents, scores.intents.tolist()) if model and scores else [{} for _ in items]
    felt = _columns(model.moods, scores.moods.tolist()) if model and scores else [{} for _ in items]
    return [
        _sense(one, language, products, intents, moods)
        for one, language, intents, moods in zip(items, spoken, asked, felt, strict=True)
    ]


def _columns(names: Sequence[str], rows: list[list[float]]) -> list[dict[str, float]]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def _sense(
    one: Signals, language: str, products: Catalogue, intents: Mapping[str, float], moods: Mapping[str, float]
) -> Senses:
    written = tokens(one.text)
    words = [_normal(token) for token in written]
    named = products.find(one.text)
    return Senses(
        language=language,
        sentiment=_tone(tone(words, language), moods),
        intents=_wants(wants(words), intents),
        products=named.products,
        rivals=named.rivals,
        urgency=urgency(written, words, len(one.earlier)),
    )


def _wants(by_words: dict[str, float], by_model: Mapping[str, float]) -> dict[str, float]:
    """Words and model are independent reasons: measured, that finds more than either, at the model's precision."""
    return {name: 1 - (1 - share) * (1 - by_model.get(name, 0.0)) for name, share in by_words.items()}


def _tone(by_words: int, moods: Mapping[str, float]) -> int:
    """What the words say clearly counts; where they leave it open, what the model is sure of."""
    if by_words != NEITHER or not moods:
        return by_words
    mood = max(moods, key=moods.__getitem__)
    return _MOODS.get(mood, NEITHER) if moods[mood] >= _CLEAR else NEITHER


@lru_cache(maxsize=100_000)
def _normal(token: str) -> str:
    return normal(token)
