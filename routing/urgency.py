"""How urgent a message is, between 0 and 1: a stated rule over words in fourteen languages, not a guess. Pure.

Each kind of word in urgencies.txt (danger, stranded, now, deadline, outage, again) has a weight, and counts once; so do
the form of the text (shouting, three exclamation marks) and that somebody has written several times without an answer.
They add up like independent reasons: 1 - Π(1 - weight). A word that is denied ("not urgent") does not count.
"""

from functools import lru_cache
from pathlib import Path

from routing.phrases import Phrases, sections

_FILE = Path(__file__).parent / "urgencies.txt"
_SHOUTED, _EXCLAIMED, _WRITTEN_AGAIN = 0.15, 0.1, 0.2
# Words in capitals, out of so many at least, that make a text shouted; words before a word that may deny it.
_CAPITALS, _SHORTEST, _REACH = 0.6, 4, 2
_SEVERAL = 2
_NOT = "not"


def urgency(written: list[str], words: list[str], earlier: int = 0) -> float:
    """Of a text cut into tokens as they stand there (`written`) and normalised (`words`).

    `earlier`: how many messages the same person has written before it, since the last answer.
    """
    calm = 1.0
    for weight in _kinds(words).values():
        calm *= 1 - weight
    if _is_shouted(written):
        calm *= 1 - _SHOUTED
    if sum(len(token) for token in written if token[0] in "!！") > _SEVERAL:
        calm *= 1 - _EXCLAIMED
    if earlier >= _SEVERAL:
        calm *= 1 - _WRITTEN_AGAIN
    return round(1 - calm, 3)


def _kinds(words: list[str]) -> dict[str, float]:
    """The kinds of words that a text holds, with their weights."""
    phrases, denying = _lists()
    found: dict[str, float] = {}
    at = 0
    while at < len(words):
        kind, length = phrases.at(words, at)
        if kind is not None and denying.isdisjoint(words[max(0, at - _REACH) : at]):
            found[kind[0]] = kind[1]
        at += length
    return found


def _is_shouted(written: list[str]) -> bool:
    capitals = sum(token.isupper() for token in written if len(token) > 1)
    return capitals >= _SHORTEST * _CAPITALS and capitals >= _CAPITALS * sum(len(token) > 1 for token in written)


@lru_cache(maxsize=1)
def _lists() -> tuple[Phrases[tuple[str, float]], frozenset[str]]:
    phrases: Phrases[tuple[str, float]] = Phrases()
    denying: frozenset[str] = frozenset()
    for heading, entries in sections(_FILE):
        name, weight = heading.split()
        if name == _NOT:
            denying = frozenset(entries)
            continue
        for entry in entries:
            phrases.add(entry, (name, float(weight)))
    return phrases, denying
