"""One comparison of a rule: a field of a message against a value, checked once and evaluated on every message.

{"field": "followers", "op": "at_least", "value": 10000}
{"field": "time", "op": "between", "value": ["22:00", "06:00"], "zone": "Europe/Berlin"}
"""

from collections.abc import Callable, Mapping
from typing import Any

import re2

from routing import fields
from routing.customers import attribute
from routing.fields import Field, Kind
from routing.moments import between, weekdays
from routing.outcomes import LONGEST_TERM, BadCondition, Outcome, Result, unknown
from routing.subject import Subject
from routing.values import figure, names, pattern, shown, whole, yes_or_no
from routing.wording import Phrase, Wording, fold

Condition = Callable[[Subject], Result]
Leaf = Mapping[str, Any]


def comparison(leaf: Leaf) -> Condition:
    """The comparison that this JSON describes, ready to be evaluated. Raises `BadCondition`."""
    field = fields.field_of(leaf.get("field"))
    if field is None:
        raise BadCondition("field", leaf.get("field"), f"Use one of {', '.join(one.name for one in fields.FIELDS)}.")
    op = leaf.get("op")
    if op not in field.operators:
        raise BadCondition(field.name, op, f"Compare with {' or '.join(field.operators)}.")
    takes = {"field", "op", "value"}
    if set(leaf) != takes and not (field.kind in _ZONED and set(leaf) == {*takes, "zone"}):
        raise BadCondition(field.name, sorted(map(str, leaf)), 'Give exactly "field", "op" and "value".')
    if field.kind is Kind.ATTRIBUTE:
        return attribute(field, op, leaf["value"])
    if op == "contains":
        return _contains(field, leaf["value"])
    if op == "matches":
        return _matches(field, leaf["value"])
    return _COMPARISONS[field.kind](field, leaf)


def _not(field: Field, wording: str) -> Result:
    return Result(Outcome.NO_MATCH, f"the {field.noun} {wording}")


def _wordings(field: Field) -> Callable[[Subject], tuple[Wording, ...] | None]:
    return lambda subject: getattr(subject, field.name)


def _contains(field: Field, value: object) -> Condition:
    phrases = [Phrase(each) for each in names(field, value)]
    keys = frozenset(phrase.key for phrase in phrases)
    read, failed = _wordings(field), unknown(field)
    no_match = _not(field, f"contains none of {shown([phrase.value for phrase in phrases])}")
    matches = [(phrase, Result(Outcome.MATCH, phrase.value)) for phrase in phrases]
    by_word = "" not in keys

    def evaluate(subject: Subject) -> Result:
        texts = read(subject)
        if texts is None:
            return failed
        for text in texts:
            if by_word and keys.isdisjoint(text.runs):
                continue
            for phrase, matched in matches:
                if text.says(phrase):
                    return matched
        return no_match

    return evaluate


def _matches(field: Field, value: object) -> Condition:
    compiled = pattern(field, value)
    read, failed = _wordings(field), unknown(field)
    no_match = _not(field, f"does not match {shown([str(value)])}")

    def evaluate(subject: Subject) -> Result:
        texts = read(subject)
        if texts is None:
            return failed
        for text in texts:
            found = compiled.search(text.text)
            if found:
                return Result(Outcome.MATCH, _quoted(found))
        return no_match

    return evaluate


def _quoted(found: "re2._Match[str]") -> str:
    said: str = found.group()
    return said[:LONGEST_TERM].replace("\0", "\ufffd")


def _names(field: Field, leaf: Leaf) -> Condition:
    values = names(field, leaf["value"])
    wanted = {fold(bare(field, value)) for value in values}
    failed, no_match = unknown(field), _not(field, f"is not {shown(values)}")

    def evaluate(subject: Subject) -> Result:
        found = subject.names(field.name)
        if found is None:
            return failed
        for each in found:
            if is_one_of(field, fold(each), wanted):
                return Result(Outcome.MATCH, each)
        return no_match

    return evaluate


def bare(field: Field, value: str) -> str:
    """A value without the mark that people may put before it."""
    if field.name in ("author", "email_domain"):
        return value.removeprefix("@")
    return value.removeprefix("#") if field.name in ("hashtag", "campaign") else value


def is_one_of(field: Field, found: str, wanted: set[str]) -> bool:
    """Whether a folded value counts as one of these."""
    if found in wanted:
        return True
    if field.name == "language":  # "pt" means "pt-BR" too.
        return found.partition("-")[0] in wanted
    if field.name in ("link", "email_domain"):  # "example.org" means "shop.example.org" too.
        parts = found.split(".")
        return any(".".join(parts[at:]) in wanted for at in range(1, len(parts)))
    return False


def _number(field: Field, leaf: Leaf) -> Condition:
    op, value = leaf["op"], whole(field, leaf["value"]) if field.kind is Kind.NUMBER else figure(field, leaf["value"])
    failed, no_match = unknown(field), _not(field, f"{fields.WORDINGS[leaf['op']].replace('is ', 'is not ')} {value}")

    def evaluate(subject: Subject) -> Result:
        found = _FIGURES[field.name](subject)
        if found is None:
            return failed
        return Result(Outcome.MATCH, f"{field.noun}: {found}") if _HOLDS[op](found, value) else no_match

    return evaluate


def _urgency(subject: Subject) -> float | None:
    senses = subject.signals.senses
    return None if senses is None else senses.urgency


_FIGURES: Mapping[str, Callable[[Subject], float | None]] = {
    "followers": lambda subject: subject.signals.followers,
    "urgency": _urgency,
}
_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda found, value: bool(found == value),
    "at_least": lambda found, value: bool(found >= value),
    "at_most": lambda found, value: bool(found <= value),
}
_FLAGS: Mapping[str, Callable[[Subject], bool | None]] = {
    "verified": lambda subject: subject.signals.verified,
    "post_is_ours": lambda subject: subject.post_is_ours,
    "is_reply": lambda subject: subject.signals.is_reply,
    "is_first": lambda subject: subject.signals.is_first,
}


def _flag(field: Field, leaf: Leaf) -> Condition:
    value, read = yes_or_no(field, leaf["value"]), _FLAGS[field.name]
    matched = Result(Outcome.MATCH, f"{field.label}: {'yes' if value else 'no'}")
    failed, no_match = unknown(field), Result(Outcome.NO_MATCH, f"{field.label}: {'no' if value else 'yes'}")

    def evaluate(subject: Subject) -> Result:
        found = read(subject)
        return failed if found is None else matched if found is value else no_match

    return evaluate


def _calendar(field: Field, leaf: Leaf) -> Condition:
    name, wants_open = leaf["value"], leaf["op"] == "open"
    (name,) = names(field, name if isinstance(name, str) else "")
    open_, closed = f"{name} is open", f"{name} is closed"
    matched = Result(Outcome.MATCH, open_ if wants_open else closed)
    no_match = Result(Outcome.NO_MATCH, closed if wants_open else open_)
    failed = Result(Outcome.FAILED, f"whether {name} is open is unknown")

    def evaluate(subject: Subject) -> Result:
        found = subject.signals.open_at
        return failed if found is None else matched if (name in found) is wants_open else no_match

    return evaluate


_ZONED = (Kind.TIMES, Kind.DAYS)
_COMPARISONS: Mapping[Kind, Callable[[Field, Leaf], Condition]] = {
    Kind.WORDS: _names,
    Kind.NAMES: _names,
    Kind.NUMBER: _number,
    Kind.SHARE: _number,
    Kind.FLAG: _flag,
    Kind.TIMES: between,
    Kind.DAYS: weekdays,
    Kind.CALENDAR: _calendar,
}
