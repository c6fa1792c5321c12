"""To how many messages the managers' rules are applied in a second of one core's time, without the classifier."""

import random
import time
from typing import Any

from routing.rulebook import Rulebook, RuleSpec
from routing.signals import Customer, Senses, Signals

_MESSAGES, _SECONDS = 2_000, 1.5
_COMMON = ("the", "a", "to", "of", "and", "my", "your", "is", "it", "in", "on", "for", "with", "not", "was", "but")
_NETWORKS = ("x", "instagram", "facebook", "email", "mastodon")


def rules() -> dict[str, Any]:
    """Messages of twenty words each, against rules of three conditions; every tenth holds a pattern."""
    chooser = random.Random(7)  # noqa: S311 - a data set that is the same each time
    words = [f"{chooser.choice('bdfgklmnprst')}{chooser.choice('aeiou')}{number}" for number in range(4_000)]
    batch = [_message(chooser, words) for _ in range(_MESSAGES)]
    figures: dict[str, Any] = {}
    for many in (0, 20, 100, 1_000):
        start = time.process_time()
        book = Rulebook([_rule(chooser, number, words) for number in range(many)])
        prepared = time.process_time() - start
        figures[f"{many} rules: messages a second"] = round(_speed(book, batch))
        figures[f"{many} rules: prepared in ms"] = round(prepared * 1_000, 1)
    book = Rulebook([_rule(chooser, number, words) for number in range(100)])
    start = time.process_time()
    for one in batch[:200]:
        book.trace(one)
    figures["100 rules: traces a second"] = round(200 / (time.process_time() - start))
    return figures


def _speed(book: Rulebook, batch: list[Signals]) -> float:
    done, start = 0, time.process_time()
    while time.process_time() - start < _SECONDS:
        for one in batch:
            book.apply(one)
        done += len(batch)
    return done / (time.process_time() - start)


def _message(chooser: random.Random, words: list[str]) -> Signals:
    said = " ".join(chooser.choice(_COMMON if chooser.random() < 0.6 else words) for _ in range(20))
    return Signals(
        text=f"{said.capitalize()}. {chooser.choice(('Thank you!', 'Why?', '😡', 'https://shop.example/a'))}",
        network=chooser.choice(_NETWORKS),
        kind="mention",
        author_handle="someone",
        followers=chooser.choice((None, 10, 5_000, 200_000)),
        senses=Senses(language=chooser.choice(("en", "de", "es")), sentiment=chooser.choice((-1, 0, 1))),
        customer=Customer(),
    )


def _rule(chooser: random.Random, number: int, words: list[str]) -> RuleSpec:
    first: dict[str, Any] = {"field": "text", "op": "contains", "value": chooser.sample(words, 6)}
    if number % 10 == 0:
        first = {"field": "text", "op": "matches", "value": rf"\b{chooser.choice(words)} ?\d+"}
    others = [
        {"field": "followers", "op": "at_least", "value": chooser.randint(1, 100_000)},
        {"field": "sentiment", "op": "is", "value": "negative"},
        {"none": [{"field": "network", "op": "in", "value": ["email", "instagram"]}]},
    ]
    conditions = {"all": [first, {"any": chooser.sample(others, 2)}]}
    return RuleSpec(number, f"Rule {number}", conditions, "support")
