"""What conditions come down to, and whether they can ever match. Pure, and careful: what it says is never wrong.

Conditions match exactly where all literals of one of their cases hold (disjunctive normal form). Where there are too
many cases, nothing is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import inf
from typing import Any

from routing.fields import ATTRIBUTE, WEEKDAYS
from routing.literals import Literal, Range, implies, literal, ranges, takes
from routing.subject import TONES

Case = frozenset[Literal]

MOST_CASES = 256

_ALL: Mapping[str, Sequence[str]] = {"weekday": WEEKDAYS, "sentiment": tuple(TONES.values())}
"""All values that there are; for most fields nobody knows."""

_ONE = frozenset({"network", "channel", "kind", "language", "email_domain", "department", "sentiment", "weekday"})
"""Fields of names that hold one value at most. Others may match two conditions by two values."""


class TooMany(Exception):
    """There are more cases than anybody looks at."""


def cases(node: Mapping[str, Any]) -> list[Case]:
    """The cases in which conditions match; those that contradict themselves are left out. Raises `TooMany`."""
    return [case for case in _cases(node, holds=True) if not is_contradiction(case)]


def _cases(node: Mapping[str, Any], *, holds: bool) -> list[Case]:
    if "field" in node:
        one = literal(node)
        return [frozenset({one if holds else one.denied()})]
    ((group, members),) = node.items()
    each = [_cases(member, holds=holds is not (group == "none")) for member in members]
    if (group, holds) in _TOGETHER:
        return _together(each)
    return _limited([case for some in each for case in some])


# “any” does not match where none of its members does; the others may miss in one of several ways.
_TOGETHER = frozenset({("all", True), ("any", False), ("none", True)})


def _together(each: Iterable[list[Case]]) -> list[Case]:
    found: list[Case] = [frozenset()]
    for some in each:
        found = _limited([left | right for left in found for right in some])
    return found


def _limited(found: list[Case]) -> list[Case]:
    distinct = list(dict.fromkeys(found))
    if len(distinct) > MOST_CASES:
        raise TooMany
    return distinct


def is_contradiction(case: Case) -> bool:
    """Whether these literals can certainly not hold together."""
    topics: dict[tuple[str, ...], list[Literal]] = {}
    for one in case:
        topics.setdefault(one.topic, []).append(one)
    return any(_excludes(topic, some) for topic, some in topics.items())


def _excludes(topic: tuple[str, ...], some: Sequence[Literal]) -> bool:
    if any(implies(one, other.denied()) for pair in combinations(some, 2) for one, other in (pair, pair[::-1])):
        return True
    if topic[1] == "time":
        return _mask(some) == 0
    if topic[1] in ("number", "day"):
        return _is_empty(some)
    if topic[1] == "words":
        return _words_exclude(some)
    is_one = topic[0] in _ONE or topic[0].startswith(ATTRIBUTE)
    return topic[1] == "names" and is_one and not _candidates(topic[0], some)


def _mask(some: Sequence[Literal]) -> int:
    mask = (1 << 1440) - 1
    for one in some:
        mask &= one.values if one.holds else ~one.values
    return mask


def _is_empty(some: Sequence[Literal]) -> bool:
    low, high = Range(), Range()
    for one in some:
        found = ranges(one)
        if found is None:
            continue
        if (found.low, found.open_low) > (low.low, low.open_low):
            low = found
        if (-found.high, found.open_high) > (-high.high, high.open_high):
            high = found
    if low.low > high.high or (low.low == high.high and (low.open_low or high.open_high) and abs(low.low) != inf):
        return True
    point = Range(low.low, low.low)
    return low.low == high.high and any(not one.holds and one.values == point for one in some)


def _words_exclude(some: Sequence[Literal]) -> bool:
    """Whether words must be there each of which holds one that must not."""
    absent: frozenset[str] = frozenset().union(*(one.values for one in some if not one.holds))
    return any(one.holds and implies(one, Literal(one.topic, absent)) for one in some)


def _candidates(name: str, some: Sequence[Literal]) -> bool:
    """Whether one value is left that all of these allow."""
    present = [one.values for one in some if one.holds]
    absent = [one.values for one in some if not one.holds]
    values = _ALL.get(name) or (frozenset().union(*present) if present else None)
    if values is None:
        return True
    return any(
        all(takes(name, each, value) for each in present) and not any(takes(name, each, value) for each in absent)
        for value in values
    )


def covers(wide: Case, narrow: Case) -> bool:
    """Whether the wide case holds wherever the narrow one does. False also where nobody can tell."""
    return all(any(implies(one, other) for one in narrow) for other in wide)
