"""The values that conditions compare with: checked when they are saved. All raise `BadCondition` with a remedy."""

import math

import re2

from routing.fields import Field
from routing.outcomes import BadCondition
from routing.wording import fold

LONGEST_PATTERN = 500
LONGEST_PHRASE = 200
MOST_VALUES = 500
_LARGEST = 10**15

PATTERN_MEMORY = 1 << 20
"""Bytes that one pattern may take, so that a thousand of them fit into a worker."""


def names(field: Field, value: object) -> list[str]:
    """One text or a list of texts; where the field has choices, of those alone."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not 0 < len(values) <= MOST_VALUES:
        raise BadCondition(field.name, value, f"Give one text or a list of 1 to {MOST_VALUES} texts.")
    for each in values:
        if not isinstance(each, str) or not fold(each).strip("@#") or len(each) > LONGEST_PHRASE:
            raise BadCondition(field.name, each, f"Give texts of 1 to {LONGEST_PHRASE} characters.")
        if field.choices and not field.source and each not in field.choices:
            raise BadCondition(field.name, each, f"Choose among {', '.join(field.choices)}.")
        if not _can_be_kept(each):
            raise BadCondition(field.name, each, "Take out the characters that are no text.")
    return values


def _can_be_kept(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def whole(field: Field, value: object) -> int:
    """A whole number, zero or more."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST:
        raise BadCondition(field.name, value, "Give a whole number, zero or more.")
    return value


def figure(field: Field, value: object) -> float:
    """Any number; between 0 and 1 where the field is a share."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise BadCondition(field.name, value, "Give a number.")
    if field.kind == "share" and not 0 <= value <= 1:
        raise BadCondition(field.name, value, "Give a number from 0 to 1.")
    if abs(value) > _LARGEST:
        raise BadCondition(field.name, value, "Give a smaller number.")
    return float(value)


def yes_or_no(field: Field, value: object) -> bool:
    """True or false, and nothing that is only like it."""
    if not isinstance(value, bool):
        raise BadCondition(field.name, value, "Give true or false.")
    return value


def pattern(field: Field, value: object) -> "re2._Regexp[str]":
    """An RE2 pattern, which takes time that grows with the text alone."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_PATTERN:
        raise BadCondition(field.name, value, f"Give a pattern of 1 to {LONGEST_PATTERN} characters.")
    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, PATTERN_MEMORY
    try:
        if "\0" in value:
            raise BadCondition(field.name, value, "Take out the characters that are no text.")
        return re2.compile(value, options)
    except (re2.error, UnicodeEncodeError) as error:
        remedy = f"Correct the pattern ({_reason(error)}); RE2 knows no look-around and no \\1."
        raise BadCondition(field.name, value, remedy) from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "it cannot be encoded"
    reason = error.args[0] if error.args else ""
    said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return "it would grow too large: repeat less" if "too large" in said else said


def shown(value: object) -> str:
    """Values as a sentence shows them: “brake”, “recall” and 4 more."""
    values = value if isinstance(value, list) else [value]
    first = ", ".join(f"“{str(each)[:60]}”" for each in values[:3])
    return f"{first} and {len(values) - 3} more" if len(values) > 3 else first
