"""Conditions of the managers' rules: nested JSON, checked when it is saved, evaluated on every message.

    {"all": [{"field": "text", "op": "contains", "value": ["invoice", "refund"]},
             {"none": [{"field": "network", "op": "in", "value": ["email"]}]}]}

An evaluation matches, does not match, or fails. What is unknown about a message (its language, its author's followers)
makes a condition on it fail: a rule that could not be checked is never taken for one that did not match.
"""

from collections.abc import Callable

from routing.comparisons import NO_MATCH, BadCondition, Condition, Outcome, Result, Subject, comparison

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
        results = [member(subject) for member in members]
        for outcome in (Outcome.NO_MATCH, Outcome.FAILED):
            found = next((result for result in results if result.outcome is outcome), None)
            if found:
                return found
        return Result(Outcome.MATCH, ", ".join(result.term for result in results if result.term))

    return evaluate


def _any(members: list[Condition]) -> Condition:
    def evaluate(subject: Subject) -> Result:
        decided = NO_MATCH
        for member in members:
            result = member(subject)
            if result.outcome is Outcome.MATCH:
                return result
            if result.outcome is Outcome.FAILED and decided is NO_MATCH:
                decided = result
        return decided

    return evaluate


def _none(members: list[Condition]) -> Condition:
    some = _any(members)

    def evaluate(subject: Subject) -> Result:
        result = some(subject)
        if result.outcome is Outcome.FAILED:
            return result
        return NO_MATCH if result.outcome is Outcome.MATCH else Result(Outcome.MATCH)

    return evaluate


_GROUPS: dict[str, Callable[[list[Condition]], Condition]] = {"all": _all, "any": _any, "none": _none}
