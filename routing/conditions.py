"""Conditions of the managers' rules: nested JSON, checked when it is saved, evaluated on every message.

    {"all": [{"field": "text", "op": "contains", "value": ["invoice", "refund"]},
             {"none": [{"field": "network", "op": "in", "value": ["email"]}]}]}

An evaluation matches, does not match, or fails. What is unknown about a message (its language, its author's followers)
makes a condition on it fail: a rule that could not be checked is never taken for one that did not match. Groups follow
Kleene's strong three-valued logic, failed standing for "unknown":

    all   one that does not match decides, whatever failed; else one failed fails; else it matches.
    any   one that matches decides, whatever failed; else one failed fails; else it does not match.
    none  the opposite of any; failed stays failed.
"""

from collections.abc import Callable

from routing.comparisons import Condition, comparison
from routing.outcomes import BadCondition, Outcome, Result
from routing.subject import Subject

__all__ = ["BadCondition", "Condition", "Outcome", "Result", "Subject", "check", "prepare"]

MOST_LEAVES = 200
DEEPEST = 8


def check(conditions: object) -> None:
    """Raise `BadCondition` if these conditions cannot be used."""
    prepare(conditions)


def prepare(conditions: object) -> Condition:
    """Conditions ready to be evaluated on many messages. Raises `BadCondition`, naming field, value and remedy."""
    return _Preparation().node(conditions, 1)


class _Preparation:
    """Turns JSON into functions, counting leaves on the way."""

    def __init__(self) -> None:
        self.leaves = 0

    def node(self, node: object, depth: int) -> Condition:
        if not isinstance(node, dict) or not node:
            raise BadCondition("conditions", node, 'Write {"all": […]}, {"any": […]}, {"none": […]} or one condition.')
        if "field" in node or "op" in node:
            self.leaves += 1
            if self.leaves > MOST_LEAVES:
                raise BadCondition("conditions", self.leaves, f"Use at most {MOST_LEAVES} conditions in a rule.")
            return comparison(node)
        ((group, members), *more) = node.items()
        if more or group not in _GROUPS:
            raise BadCondition("conditions", list(node), 'Use one of "all", "any" and "none" at each level.')
        if not isinstance(members, list) or not members:
            raise BadCondition(group, members, "Give a list with at least one condition.")
        if depth >= DEEPEST:
            raise BadCondition(group, depth, f"Nest at most {DEEPEST} levels deep.")
        return _GROUPS[group]([self.node(member, depth + 1) for member in members])


def _all(members: list[Condition]) -> Condition:
    def evaluate(subject: Subject) -> Result:
        failed: Result | None = None
        terms = []
        for member in members:
            result = member(subject)
            if result.outcome is Outcome.NO_MATCH:
                return result
            if result.outcome is Outcome.FAILED:
                failed = failed or result
            elif result.term:
                terms.append(result.term)
        return failed or Result(Outcome.MATCH, ", ".join(terms))

    return evaluate


def _any(members: list[Condition]) -> Condition:
    def evaluate(subject: Subject) -> Result:
        failed: Result | None = None
        missed: Result | None = None
        for member in members:
            result = member(subject)
            if result.outcome is Outcome.MATCH:
                return result
            if result.outcome is Outcome.FAILED:
                failed = failed or result
            else:
                missed = missed or result
        return failed or missed or _NOTHING

    return evaluate


def _none(members: list[Condition]) -> Condition:
    some = _any(members)

    def evaluate(subject: Subject) -> Result:
        result = some(subject)
        if result.outcome is Outcome.MATCH:
            return Result(Outcome.NO_MATCH, result.term)
        # What is absent is no reason that people look for.
        return result if result.outcome is Outcome.FAILED else _ABSENT

    return evaluate


_NOTHING, _ABSENT = Result(Outcome.NO_MATCH), Result(Outcome.MATCH)
_GROUPS: dict[str, Callable[[list[Condition]], Condition]] = {"all": _all, "any": _any, "none": _none}
