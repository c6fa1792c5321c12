"""The managers' rules from the database, as the engine uses them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection

from routing.rulebook import Rulebook, RuleSpec


@dataclass(frozen=True)
class Published:
    """The rules in force and the thresholds, with the id and number of their version.

    `written`: all rules as their version keeps them; `rules`: those that are on, for the engine; `champion`: the
    version of the model that decides, empty for the shipped one.
    """

    ruleset: int | None = None
    number: int | None = None
    written: tuple[dict[str, Any], ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    champion: str = ""
    published_at: datetime | None = None

    @cached_property
    def book(self) -> Rulebook:
        """The rules, ready for messages. Prepared once a process for each version."""
        return Rulebook(self.rules)


_held = Published()

# What is published is never changed, so its rules need not travel again to whoever holds them.
_READ = """
    SELECT r.id, r.number, r.published_at, r.thresholds::text,
           CASE WHEN r.id = %s AND r.published_at = %s THEN NULL ELSE r.rules::text END,
           (SELECT version FROM routing_trainedmodel WHERE state = 'champion')
    FROM (SELECT 1) AS one LEFT JOIN routing_ruleset r ON r.state = 'published'
"""


def published() -> Published:
    """What is in force, in the managers' order: one statement, however many rules there are."""
    global _held  # noqa: PLW0603 - one a process, as the model
    held = _held
    with connection.cursor() as cursor:
        cursor.execute(_READ, [held.ruleset, held.published_at])
        pk, number, at, thresholds, rules, champion = cursor.fetchone()
    champion = champion or ""
    if pk is None:
        return Published(champion=champion)
    if rules is None:
        if held.champion == champion:
            return held
        renewed = replace(held, champion=champion)
        renewed.__dict__["book"] = held.book
        _held = renewed
        return renewed
    written = tuple(json.loads(rules))
    _held = Published(pk, number, written, specs(written), json.loads(thresholds), champion, at)
    return _held


def specs(rules: Iterable[Mapping[str, Any]]) -> tuple[RuleSpec, ...]:
    """Those of a version's rules that are on, as the engine takes them."""
    return tuple(spec(rule) for rule in rules if rule.get("on", True))


def spec(rule: Mapping[str, Any]) -> RuleSpec:
    """One rule as the engine takes it."""
    actions = rule["actions"]
    return RuleSpec(
        id=rule["id"],
        name=rule["name"],
        conditions=rule["conditions"],
        department=actions.get("owner") or "",
        contributors=tuple(actions.get("contributors", ())),
        assignee=actions.get("assignee"),
        priority=actions.get("priority") or "",
        tags=tuple(actions.get("tags", ())),
        role=actions.get("role") or "",
        spam=bool(actions.get("spam")),
        go_on=bool(actions.get("go_on")),
    )
