"""Server time of the search page, by class of query, over a company's whole past (bench/large)."""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.test import Client, override_settings

from bench.figures import percentile
from bench.large.words import vocabulary
from bench.pages import browser

_RUNS = 5


def queries() -> Mapping[str, Sequence[str]]:
    """What is asked, by class. Words are taken from the vocabulary by how frequent they are."""
    known = [word.lower() for word in vocabulary() if word.isascii() and word.isalpha()]
    common, middling, rare, rarest = known[3], known[300], known[4_000], known[60_000]
    seldom = [known[5_000], known[5_100]]
    return {
        "common word": [common, known[10], known[30]],
        "middling word": [middling, known[500], known[900]],
        "rare word": [rare, rarest, "zzyzx"],
        "words together": [f"{common} {middling}", f"{middling} {rare}", " ".join(seldom), f"{common} {rarest}"],
        "phrase": [f'"{known[0]} {known[1]}"', f'"{middling} {common}"', f'"{common}" -{middling}'],
        "beginning": [f"{middling[:4]}*", f"{middling} {rare[:2]}*", f"{common[:1]}*"],
        "either": [f"{middling} OR {rare}", f"{rare} OR {rarest}"],
        "name": ["anna", "lindholm", "anna lindholm", "@anna_lindholm", "mail3.example"],
        "misspelt name": ["lindhlom", "anna lindhlom", "katarzina", "karl meyerstien"],
        "other scripts": ["сергей", "佐藤", "Ελένη"],
        "from": ["from:anna", f"from:anna {rare}", f'from:"anna lindholm" {common}', f"from:me {middling}"],
        "department": [f"department:sales {middling}", f"department:pr {rare}", "department:marketing"],
        "state": ["is:open", f"is:snoozed {common}", f"is:mine {middling}", "is:late", "is:unassigned is:unread"],
        "fact": [f"role:influencer {common}", f"role:critic {middling}", f"city:berlin {middling}", f"tag:vip {rare}"],
        "network and time": [f"network:email {middling}", f"before:1y {common}", f"after:7d {rare}", "has:attachment"],
        "typing": [middling[:3], f"{common} {middling[:2]}", f"{rare} {common[:1]}", "ann", "an", "a"],
    }


def search() -> dict[str, Any]:
    """p50, p95 and the worst of each class and of all of them, and how many ended before all was looked at."""
    # Nobody types as fast as this.
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}):
        client = browser()
        asked = queries()
        times = {name: [_ask(client, q, name == "typing") for q in some] for name, some in asked.items()}
    figures: dict[str, Any] = {}
    whole = sorted(took for some in times.values() for took, _ in some)
    figures["queries"] = len(whole)
    figures |= {
        "p50, ms": round(percentile(whole, 0.5), 1),
        "p95, ms": round(percentile(whole, 0.95), 1),
        "worst, ms": round(whole[-1], 1),
    }
    figures["ended before all was looked at"] = sum(partial for some in times.values() for _, partial in some)
    for name, some in times.items():
        mine = sorted(took for took, _ in some)
        figures[f"{name}: p50, ms"] = round(percentile(mine, 0.5), 1)
        figures[f"{name}: worst, ms"] = round(mine[-1], 1)
    return figures


def _ask(client: Client, q: str, typing: bool) -> tuple[float, bool]:
    """The median of some requests for the part of the page that is fetched while somebody types, and whether it was
    told that not all was looked at."""
    path = "/search/?" + urlencode({"q": q} | ({"typing": "1"} if typing else {}))
    took = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        response = client.get(path, headers={"HX-Request": "true"})
        took.append(1000 * (time.perf_counter() - started))
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}.")
    return statistics.median(took), b"Search further" in response.content
