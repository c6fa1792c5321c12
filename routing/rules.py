"""The managers' rules from the database, as the engine uses them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.models import Ruleset
from routing.rulebook import RuleSpec


@dataclass(frozen=True, slots=True)
class Published:
    """The rules in force and the thresholds, with the id and number of their version.

    `written`: all rules as their version keeps them; `rules`: those that are on, for the engine.
    """

    ruleset: int | None = None
    number: int | None = None
    written: tuple[dict[str, Any], ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)


def published() -> Published:
    """What is in force, in the managers' order: one statement, however many rules there are."""
    found = Ruleset.objects.published().first()
    if found is None:
        return Published()
    return Published(found.pk, found.number, tuple(found.rules), specs(found.rules), found.thresholds)


def specs(rules: list[dict[str, Any]]) -> tuple[RuleSpec, ...]:
    """Those of a version's rules that are on, as the engine takes them."""
    return tuple(
        RuleSpec(
            id=rule["id"],
            name=rule["name"],
            conditions=rule["conditions"],
            department=rule["actions"].get("owner", ""),
            contributors=tuple(rule["actions"].get("contributors", ())),
        )
        for rule in rules
        if rule.get("on", True)
    )
