"""What comes of evaluating a condition, and what is said of one that cannot be used."""

from dataclasses import dataclass
from enum import Enum

from routing.fields import Field

LONGEST_TERM = 200


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
    """An outcome and the term that decided it: what was found in the message, what was not, or why nobody can tell."""

    outcome: Outcome
    term: str = ""


def unknown(field: Field) -> Result:
    """That nobody knows what a condition asks for."""
    return Result(Outcome.FAILED, f"the {field.noun} is unknown")
