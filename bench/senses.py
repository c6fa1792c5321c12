"""How many texts a second are read for language, tone, wants, products and urgency, on one core."""

import time
from typing import Any

from bench import dataset
from routing.catalogue import Catalogue, Named
from routing.senses import sense
from routing.signals import Signals

_TEXTS, _PAGE, _PRODUCTS, _ROUNDS = 10_000, 500, 500, 3


def senses() -> dict[str, Any]:
    """Texts a second, in pages of 500, with 500 products on the list; and milliseconds for a single text."""
    products = Catalogue([Named(f"Product {n}", [f"p{n}x"], is_rival=n % 2 == 1) for n in range(_PRODUCTS)])
    items = [Signals(one.text) for one in dataset.messages(_TEXTS)]
    sense(items[:_PAGE], products=products)
    rates = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for at in range(0, _TEXTS, _PAGE):
            sense(items[at : at + _PAGE], products=products)
        rates.append(_TEXTS / (time.perf_counter() - began))
    began = time.perf_counter()
    for one in items[:_PAGE]:
        sense([one], products=products)
    single = (time.perf_counter() - began) / _PAGE
    return {"texts a second, one core": round(max(rates)), "one text, ms": round(single * 1000, 2)}
