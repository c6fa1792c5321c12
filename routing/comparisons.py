"""One comparison of a rule: a field of a message against a value."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

import re2

from routing.signals import Signals
from routing.words import is_unspaced, is_word_character

LONGEST_PATTERN = 500
LONGEST_TEXT = 65_536
"""Bytes of a text that conditions look at."""
LONGEST_PHRASE = 200
MOST_VALUES = 500

_OPERATORS = {
    "text": ("contains", "matches"),
    "network": ("is", "in"),
    "kind": ("is", "in"),
    "language": ("is", "in"),
    "author": ("contains", "matches", "is", "in"),
    "followers": ("is", "at_least", "at_most"),
    "verified": ("is",),
}


class BadCondition(ValueError):
    """Conditions that cannot be used: `field` and `value` are what is wrong, `remedy` says what to write instead."""

    def __init__(self, field: str, value: object, remedy: str) -> None:
        shown = repr(value)
        super().__init__(f"{field}: {shown[:80] + '…' if len(shown) > 80 else shown} cannot be used. {remedy}")
        self.field, self.value, self.remedy = field, value, remedy


class Outcome(Enum):
    """What came of evaluating a condition."""

    MATCH = "match"
    NO_MATCH = "no match"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome and the term that decided it: what was found in the message, or why it could not be evaluated."""

    outcome: Outcome
    term: str = ""


NO_MATCH = Result(Outcome.NO_MATCH)


class Subject:
    """A message as conditions see it. What several rules need is prepared once, when the first one asks."""

    def __init__(self, signals: Signals) -> None:
        self.signals = signals

    @cached_property
    def text(self) -> str:
        """The text as it was written, cut to what is looked at, without what cannot be encoded."""
        return self.signals.text[:LONGEST_TEXT].encode(errors="replace")[:LONGEST_TEXT].decode(errors="ignore")

    @cached_property
    def folded(self) -> str:
        """The text for finding words in it."""
        return fold(self.text)

    @cached_property
    def author(self) -> tuple[str, ...]:
        """The author's handle and name, those that are known."""
        names = (self.signals.author_handle.removeprefix("@"), self.signals.author_name)
        return tuple(name.encode(errors="replace").decode() for name in names if name)


Condition = Callable[[Subject], Result]


def fold(text: str) -> str:
    """Text in which width, case and kinds of space and apostrophe make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())


def comparison(leaf: dict[str, Any]) -> Condition:
    """The comparison that this JSON describes, ready to be evaluated. Raises `BadCondition`."""
    field, op, value = leaf.get("field"), leaf.get("op"), leaf.get("value")
    if not isinstance(field, str) or field not in _OPERATORS:
        raise BadCondition("field", field, f"Use one of {', '.join(_OPERATORS)}.")
    if not isinstance(op, str) or op not in _OPERATORS[field]:
        raise BadCondition(field, op, f"Compare with {' or '.join(_OPERATORS[field])}.")
    if set(leaf) != {"field", "op", "value"}:
        raise BadCondition(field, sorted(map(str, leaf)), 'Give exactly "field", "op" and "value".')
    if field == "followers":
        return _number(op, value)
    if field == "verified":
        return _flag(value)
    if op == "contains":
        return _contains(field, _strings(field, value))
    if op == "matches":
        return _matches(field, value)
    return _equals(field, _strings(field, value))


def _strings(field: str, value: object) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
        raise BadCondition(field, value, f"Give one text or a list of 1 to {MOST_VALUES} texts.")
    for each in values:
        if not isinstance(each, str) or not fold(each) or len(each) > LONGEST_PHRASE:
            raise BadCondition(field, each, f"Give texts of 1 to {LONGEST_PHRASE} characters.")
    return values


def _number(op: str, value: object) -> Condition:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadCondition("followers", value, "Give a whole number, zero or more.")

    def evaluate(subject: Subject) -> Result:
        followers = subject.signals.followers
        if followers is None:
            return Result(Outcome.FAILED, "the number of followers is unknown")
        holds = {"is": followers == value, "at_least": followers >= value, "at_most": followers <= value}[op]
        return Result(Outcome.MATCH, f"{followers} followers") if holds else NO_MATCH

    return evaluate


def _flag(value: object) -> Condition:
    if not isinstance(value, bool):
        raise BadCondition("verified", value, "Give true or false.")
    matched = Result(Outcome.MATCH, "verified" if value else "not verified")
    return lambda subject: matched if subject.signals.verified is value else NO_MATCH


def _unknown(field: str) -> Result:
    return Result(Outcome.FAILED, f"the {field} is unknown")


def _equals(field: str, values: list[str]) -> Condition:
    wanted = {fold(value.removeprefix("@") if field == "author" else value) for value in values}

    def evaluate(subject: Subject) -> Result:
        found = subject.author if field == "author" else tuple(filter(None, [getattr(subject.signals, field)]))
        if not found:
            return _unknown(field)
        for each in found:
            folded = fold(each)
            # "pt" means "pt-BR" too.
            if folded in wanted or (field == "language" and folded.partition("-")[0] in wanted):
                return Result(Outcome.MATCH, each)
        return NO_MATCH

    return evaluate


def _contains(field: str, values: list[str]) -> Condition:
    phrases = [(value, fold(value)) for value in values]

    def evaluate(subject: Subject) -> Result:
        if field == "author" and not subject.author:
            return _unknown(field)
        texts = [subject.folded] if field == "text" else [fold(name) for name in subject.author]
        for value, phrase in phrases:
            if any(_stands_in(phrase, text) for text in texts):
                return Result(Outcome.MATCH, value)
        return NO_MATCH

    return evaluate


def _stands_in(phrase: str, text: str) -> bool:
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if not _joined(text[at - 1 : at], phrase[0]) and not _joined(phrase[-1], text[end : end + 1]):
            return True
        at = text.find(phrase, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two characters stand within one word. In scripts without spaces every character may begin a word."""
    if not left or not right or "_" in (left, right) or is_unspaced(left) or is_unspaced(right):
        return False
    return is_word_character(left) and is_word_character(right)


def _matches(field: str, value: object) -> Condition:
    if not isinstance(value, str) or not value or len(value) > LONGEST_PATTERN:
        raise BadCondition(field, value, f"Give a pattern of 1 to {LONGEST_PATTERN} characters.")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    try:
        pattern = re2.compile(value, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error, re2.error) else "it cannot be encoded"
        remedy = f"Correct the pattern ({reason}); RE2 knows no look-around and no \\1."
        raise BadCondition(field, value, remedy) from error

    def evaluate(subject: Subject) -> Result:
        if field == "author" and not subject.author:
            return _unknown(field)
        for text in [subject.text] if field == "text" else subject.author:
            found = pattern.search(text)
            if found:
                return Result(Outcome.MATCH, found.group()[:LONGEST_PHRASE].replace("\0", "\ufffd"))
        return NO_MATCH

    return evaluate
