"""What a rule's conditions come down to: statements about one field each, and which of them say the same or more.

A literal says that a comparison matches, or (`holds` false) that it does not. Both mean that the fact is known: what
failed is neither. Each is turned into one form: “closed” is “not open”, “verified is false” is “not verified”.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any

from routing.comparisons import bare, is_one_of
from routing.fields import Field, Kind, field_of
from routing.moments import minutes
from routing.wording import Phrase, Wording, fold

Value = Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison that holds, or does not. `topic` is what it is about; of two topics neither says anything of the
    other. `values` is a set of texts, a range, a mask of minutes, or nothing."""

    topic: tuple[str, ...]
    values: Value
    holds: bool = True

    def denied(self) -> "Literal":
        """The opposite, where the fact is known."""
        return Literal(self.topic, self.values, not self.holds)


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers or days from `low` to `high`; `open_low`, `open_high`: without that end."""

    low: Any = -inf
    high: Any = inf
    open_low: bool = False
    open_high: bool = False

    def within(self, other: "Range") -> bool:
        """Whether the other one holds all of it."""
        low = self.low > other.low or (self.low == other.low and (self.open_low or not other.open_low))
        high = self.high < other.high or (self.high == other.high and (self.open_high or not other.open_high))
        return bool(low and high)


def literal(leaf: Mapping[str, Any]) -> Literal:
    """What a comparison that can be used says when it matches."""
    field = field_of(leaf["field"])
    if field is None:
        raise ValueError(leaf["field"])
    op, value = leaf["op"], leaf["value"]
    if op in _WAYS:
        return _WAYS[op](field, value)
    if field.kind is Kind.FLAG:
        return Literal((field.name, "flag"), None, value)
    if field.kind is Kind.TIMES:
        return Literal((field.name, "time", leaf.get("zone", "UTC")), minutes(value))
    if op == "is" and field.kind is Kind.NUMBER:
        return Literal((field.name, "number"), Range(value, value))
    topic = (field.name, "names", *([leaf.get("zone", "UTC")] if field.kind is Kind.DAYS else []))
    return Literal(topic, frozenset(fold(bare(field, each)) for each in _list(value)))


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


_WAYS: Mapping[str, Callable[[Field, Any], Literal]] = {
    "contains": lambda field, value: Literal((field.name, "words"), frozenset(map(fold, _list(value)))),
    "matches": lambda field, value: Literal((field.name, "pattern", value), None),
    "at_least": lambda field, value: Literal((field.name, "number"), Range(low=value)),
    "at_most": lambda field, value: Literal((field.name, "number"), Range(high=value)),
    "before": lambda field, value: Literal((field.name, "day"), _days(high=value)),
    "after": lambda field, value: Literal((field.name, "day"), _days(low=value)),
    "known": lambda field, value: Literal((field.name, "known"), None, value),
    "open": lambda field, value: Literal((field.name, "open", value), None),
    "closed": lambda field, value: Literal((field.name, "open", value), None, holds=False),
}


def _days(low: str = "0001-01-01", high: str = "9999-12-31") -> Range:
    bounds = [date.fromisoformat(each).toordinal() for each in (low, high)]
    return Range(bounds[0], bounds[1], low != "0001-01-01", high != "9999-12-31")


def ranges(one: Literal) -> Range | None:
    """The range in which a number or day lies; None where that is not one range."""
    if not isinstance(one.values, Range):
        return None
    if one.holds:
        return one.values
    if one.values.low == -inf:
        return Range(one.values.high, inf, not one.values.open_high)
    if one.values.high == inf:
        return Range(-inf, one.values.low, open_high=not one.values.open_low)
    return None


def implies(one: Literal, other: Literal) -> bool:
    """Whether the other holds wherever the one does. False also where nobody can tell."""
    if one.topic != other.topic:
        return False
    if one == other:
        return True
    if isinstance(one.values, Range):
        inner, outer = ranges(one), ranges(other)
        return inner is not None and outer is not None and inner.within(outer)
    if one.holds is not other.holds or one.values is None:
        return False
    narrow, wide = (one, other) if one.holds else (other, one)
    return _lies_in(narrow, wide)


def _lies_in(narrow: Literal, wide: Literal) -> bool:
    """Whether everything that the one set of values takes, the other takes."""
    if isinstance(narrow.values, int):
        return bool(narrow.values & ~wide.values == 0)
    if narrow.topic[1] == "words":
        phrases = [Phrase(each) for each in wide.values]
        return all(any(Wording(each).says(phrase) for phrase in phrases) for each in narrow.values)
    return all(takes(narrow.topic[0], wide.values, each) for each in narrow.values)


def takes(name: str, values: Collection[str], found: str) -> bool:
    """Whether a field of names that holds `found` matches these values."""
    field = field_of(name)
    return field is not None and is_one_of(field, found, set(values))
