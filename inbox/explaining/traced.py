"""What every rule of a version says of a message, worked out again from what was kept; a part of them at a time."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import gettext

from inbox.ruling import sentences
from inbox.ruling.names import Names
from inbox.then import Row, Then
from routing.conditions import Outcome
from routing.models import Ruleset
from routing.rulebook import Rulebook, Traced
from routing.rules import specs
from routing.signals import Signals

PAGE = 50
"""Rules shown at once."""

_WORDS = {Outcome.MATCH: ("good", "check"), Outcome.NO_MATCH: ("dim", "x"), Outcome.FAILED: ("warn", "triangle-alert")}


class Line(NamedTuple):
    """What one rule says; `place` counts from 1."""

    place: int
    name: str
    sentence: str
    css: str
    icon: str
    says: str
    term: str


class Trace(NamedTuple):
    """A part of the rules, and where it goes on. `decided`: the rule that would decide."""

    lines: list[Line]
    after: int
    total: int
    decided: int | None
    failed: int


@lru_cache(maxsize=4)
def _book(version: int) -> tuple[Rulebook, dict[int, dict[str, Any]]]:
    """A published version, prepared; it never changes."""
    rules = Ruleset.objects.filter(pk=version).values_list("rules", flat=True).first() or []
    return Rulebook(specs(rules)), {rule["id"]: rule for rule in rules}


def rule(version: int | None, pk: int | None) -> dict[str, Any] | None:
    """A rule as a published version has it; None where the version is not known."""
    return _book(version)[1].get(pk or 0) if version is not None else None


def trace(version: int, row: Row, signals: Signals, names: Names, start: int = 0) -> Trace:
    """What the rules of a published version say of a message of the past, from a place on."""
    book, rules = _book(version)
    (signals,) = Then(book).complete([row], [signals])
    return of(book.trace(signals), rules, names, start)


def of(found: Sequence[Traced], rules: dict[int, dict[str, Any]], names: Names, start: int = 0) -> Trace:
    """A trace as pages show it."""
    end = start + PAGE
    lines = [_line(place, one, rules, names) for place, one in enumerate(found[start:end], start + 1)]
    decided = next((one.rule.id for one in found if one.applied and one.rule.destination), None)
    failed = sum(one.outcome is Outcome.FAILED for one in found)
    return Trace(lines, end if end < len(found) else 0, len(found), decided, failed)


def _line(place: int, one: Traced, rules: dict[int, dict[str, Any]], names: Names) -> Line:
    css, icon = _WORDS[one.outcome]
    says = {
        Outcome.MATCH: gettext("matches"),
        Outcome.NO_MATCH: gettext("no match"),
        Outcome.FAILED: gettext("could not be checked"),
    }[one.outcome]
    if one.outcome is Outcome.MATCH and not one.applied:
        css, says = "dim", gettext("would match; an earlier rule had decided")
    conditions = rules[one.rule.id]["conditions"] if one.rule.id in rules else {}
    sentence = sentences.summary(conditions, names) if conditions else ""
    return Line(place, one.rule.name, sentence, css, icon, says, one.term)
