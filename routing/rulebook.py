"""The managers' rules as the engine uses them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routing.conditions import BadCondition, Condition, Outcome, Result, Subject, prepare
from routing.decisions import Contributor, Evidence
from routing.signals import Signals


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule: messages that meet `conditions` go to `department`, and concern `contributors` as well (slugs).

    `reason` is what people read beside a contributor that the rule added.
    """

    id: int
    name: str
    conditions: dict[str, Any]
    department: str
    contributors: tuple[str, ...] = ()
    reason: str = ""

    def contributions(self, owner: str) -> list[Contributor]:
        """Everyone the rule names, but the owner."""
        reason = self.reason or f"Rule “{self.name}”"
        named = dict.fromkeys((self.department, *self.contributors))
        return [Contributor(department=slug, reason=reason, confidence=1.0) for slug in named if slug != owner]


class Rulebook:
    """Rules in the managers' order, ready for many messages. A rule that cannot be used fails on each of them."""

    def __init__(self, rules: Sequence[RuleSpec]) -> None:
        self._rules = [(rule, _prepared(rule)) for rule in rules]

    def first_match(self, signals: Signals) -> tuple[RuleSpec | None, list[Evidence]]:
        """The first rule that matches a message, and the evidence: that match, then the rules before it that failed."""
        evidence: list[Evidence] = []
        subject = Subject(signals)
        for rule, condition in self._rules:
            result = condition(subject)
            if result.outcome is Outcome.NO_MATCH:
                continue
            found = {
                "kind": "rule",
                "rule": rule.id,
                "name": rule.name,
                "outcome": result.outcome.value,
                "term": result.term,
            }
            if result.outcome is Outcome.MATCH:
                return rule, [found, *evidence]
            evidence.append(found)
        return None, evidence


def _prepared(rule: RuleSpec) -> Condition:
    try:
        return prepare(rule.conditions)
    except BadCondition as error:
        failed = Result(Outcome.FAILED, str(error))
        return lambda subject: failed
