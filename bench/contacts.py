"""Server time and SQL statements of the list of people and of a person's page, on a company's whole past."""

import random
from typing import Any

from django.core.cache import cache

from bench.large.sizes import LONG, MANY, MIDDLING
from bench.pages import browser, measured
from contacts.models import Contact

_PEOPLE = 60
_FRAGMENTS = ("density", "topics", "ways")
_NARROWED = ("?kind=messages", "?kind=notes", "?kind=handovers", "?kind=deals", "?network=x", "?department=sales")


def contact() -> dict[str, Any]:
    """Pages of people chosen at random, of three who are out of the ordinary, their parts, and the list."""
    people = _chosen()
    some = [f"/contacts/{pk}/" for pk in people]
    figures: dict[str, Any] = {}
    for name, paths in {
        "page": some,
        "page, 300 accounts": [f"/contacts/{MANY}/"],
        "page, 200,000 events": [f"/contacts/{LONG}/"],
        "page, 10,000 events": [f"/contacts/{MIDDLING}/"],
        "timeline narrowed": [path + query for path in some[:10] for query in _NARROWED],
        "timeline narrowed, 300 accounts": [f"/contacts/{MANY}/{query}" for query in _NARROWED],
        "timeline narrowed, 200,000 events": [f"/contacts/{LONG}/{query}" for query in _NARROWED],
        "words": [f"{path}?q=battery" for path in some],
        "words, 200,000 events": [f"/contacts/{LONG}/?q={word}" for word in ("battery", "zzzz")],
        "list": ["/contacts/", *(f"/contacts/?from={letter}" for letter in "bdfhkmprsw~")],
        "list narrowed": [
            f"/contacts/?{query}"
            for query in (
                "role=critic",
                "role=customer",
                "network=x",
                "tag=vip",
                "tag=none",
                "role=advocate&network=email",
            )
        ],
        **{part: [f"{path}{part}/" for path in some] for part in _FRAGMENTS},
        **{f"{part}, 300 accounts": [f"/contacts/{MANY}/{part}/"] for part in _FRAGMENTS},
        **{f"{part}, 200,000 events": [f"/contacts/{LONG}/{part}/"] for part in _FRAGMENTS},
    }.items():
        # Fragments are remembered for minutes; what they cost anew is what counts.
        anew = cache.clear if name.partition(",")[0] in _FRAGMENTS else lambda: None
        found = measured(browser(), paths, 60 if len(paths) > 1 else 20, before=anew)
        figures |= {f"{name}: {figure}": value for figure, value in found.items() if figure != "requests"}
    return figures


def _chosen() -> list[int]:
    chooser = random.Random(5)  # noqa: S311
    newest = Contact.objects.order_by("-id").values_list("id", flat=True).first() or 0
    ids = [chooser.randrange(1, newest + 1) for _ in range(_PEOPLE * 2)]
    return list(Contact.objects.people().filter(pk__in=ids).values_list("pk", flat=True)[:_PEOPLE])
