"""What is wrong with rules, said before they are in force: errors keep them from it, warnings may be meant.

What is said to never match, or never to be reached, never does or is: see routing/logic.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import re2
from django.utils.translation import gettext as _

from routing.conditions import BadCondition, check
from routing.fields import ATTRIBUTE, field_of
from routing.logic import Case, TooMany, cases
from routing.names import Names, is_gone
from routing.reach import Reach
from routing.shortcuts import leaves
from routing.values import pattern

MOST_PATTERNS = 500
"""Patterns of all rules together, each of which may take a megabyte of a worker's memory."""

Rule = Mapping[str, Any]
_PROBES = ("a", "Hello there", "42", "Где мой заказ?", "退款", "😡", "\n")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a rule, and what to do about it. `others`: ids of the rules it has to do with."""

    rule: int
    text: str
    is_error: bool
    others: tuple[int, ...] = field(default=())


def lint(rules: Sequence[Rule], names: Names) -> list[Fault]:
    """All that is wrong with rules in their order. Those that are off are looked at alone."""
    found: list[Fault] = []
    reach, patterns = Reach(), 0
    for rule in rules:
        faults = list(_of_rule(rule, names))
        patterns += sum(leaf.get("op") == "matches" for leaf in leaves(rule["conditions"]))
        if not any(one.is_error for one in faults):
            faults += _of_reach(rule, reach, {one["id"]: one["name"] for one in rules})
        found += faults
    if patterns > MOST_PATTERNS:
        text = _("All rules together have %(n)d patterns. %(most)d are possible: look for words where that is enough.")
        found.append(Fault(rules[-1]["id"], text % {"n": patterns, "most": MOST_PATTERNS}, is_error=True))
    return found


def _of_rule(rule: Rule, names: Names) -> Iterator[Fault]:
    wrong = _cannot_be_used(json.dumps(rule["conditions"]))
    if wrong:
        yield Fault(rule["id"], wrong, is_error=True)
        return
    for text in (*_doing(rule["actions"]), *_gone(rule, names)):
        yield Fault(rule["id"], text, is_error=True)
    for text in (*_odd(rule["actions"]), *_unlikely(rule, names)):
        yield Fault(rule["id"], text, is_error=False)


# Of a draft, one rule changes at a time.
@lru_cache(maxsize=4_096)
def _cannot_be_used(conditions: str) -> str:
    try:
        check(json.loads(conditions))
    except BadCondition as error:
        return str(error)
    return ""


@lru_cache(maxsize=4_096)
def _cases(conditions: str) -> tuple[Case, ...] | None:
    """The cases in which conditions match; None where there are too many."""
    try:
        return tuple(cases(json.loads(conditions)))
    except TooMany:
        return None


_DOING = ("owner", "contributors", "assignee", "priority", "tags", "role", "spam")


def _doing(actions: Mapping[str, Any]) -> Iterator[str]:
    if not any(actions.get(one) for one in _DOING):
        yield _("The rule does nothing. Say what happens with the messages that it finds.")
    if actions.get("spam") and actions.get("owner"):
        yield _("A message cannot be set aside and go to a department. Choose one of both.")


def _odd(actions: Mapping[str, Any]) -> Iterator[str]:
    if actions.get("owner") and actions["owner"] in actions.get("contributors", ()):
        yield _("The department that gets the message need not be asked to take part.")
    if actions.get("spam") and actions.get("assignee"):
        yield _("What is set aside is not assigned to anybody.")


def _gone(rule: Rule, names: Names) -> Iterator[str]:
    actions = rule["actions"]
    for slug in dict.fromkeys(filter(None, [actions.get("owner"), *actions.get("contributors", ())])):
        if is_gone(slug, names.departments):
            yield _("The department “%(name)s” is not there any more. Choose another one.") % {"name": slug}
    if actions.get("assignee") is not None and is_gone(actions["assignee"], names.colleagues):
        yield _("The colleague it assigns to does not work here any more. Choose somebody else.")
    if actions.get("role") and is_gone(actions["role"], names.roles):
        yield _("The role “%(name)s” is not in use any more. Choose another one.") % {"name": actions["role"]}
    for leaf in leaves(rule["conditions"]):
        if leaf["field"] == "hours" and is_gone(leaf["value"], names.calendars):
            yield _("There are no working hours called “%(name)s”. Choose others.") % {"name": leaf["value"]}
        slug = leaf["field"].removeprefix(ATTRIBUTE)
        if slug != leaf["field"] and is_gone(slug, names.attributes):
            yield _("There is no attribute “%(name)s” any more. Take the condition out.") % {"name": slug}


_NUMBERS, _DAYS = ("at_least", "at_most"), ("before", "after")


def _unlikely(rule: Rule, names: Names) -> Iterator[str]:
    for leaf in leaves(rule["conditions"]):
        about = field_of(leaf["field"])
        known = {"departments": names.departments, "roles": names.roles}.get(about.source if about else "")
        values = leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]
        for value in values if known is not None else ():
            if is_gone(value, known):
                text = _("“%(name)s” is not there any more, so nothing is found by it. Take it out.")
                yield text % {"name": value}
        if leaf["op"] == "matches" and about and _matches_everything(about, leaf["value"]):
            text = _("The pattern “%(name)s” matches every text. Make it say what to look for.")
            yield text % {"name": leaf["value"]}
        kind = (names.attributes or {}).get(leaf["field"].removeprefix(ATTRIBUTE), "")
        if kind and ((leaf["op"] in _NUMBERS and kind != "number") or (leaf["op"] in _DAYS and kind != "date")):
            text = _("The attribute “%(name)s” cannot be compared like this, so the condition fails on every message.")
            yield text % {"name": leaf["field"].removeprefix(ATTRIBUTE)}


def _matches_everything(about: Any, value: str) -> bool:
    compiled: re2._Regexp[str] = pattern(about, value)
    return all(compiled.search(probe) for probe in _PROBES)


def _of_reach(rule: Rule, reach: Reach, called: Mapping[int, str]) -> Iterator[Fault]:
    """Whether a rule can match at all, and whether it is asked: an earlier one may have ended the search."""
    when = _cases(json.dumps(rule["conditions"]))
    if when is None:
        return
    if not when:
        yield Fault(rule["id"], _("Its conditions contradict one another: it can never match."), is_error=False)
        return
    if not rule.get("on", True):
        return
    earlier = reach.before(when)
    if earlier:
        listed = ", ".join(f"“{called[one]}”" for one in earlier[:3])
        text = _("It is never reached: %(rules)s before it matches all that it matches, and ends the search.")
        yield Fault(rule["id"], text % {"rules": listed}, is_error=False, others=tuple(earlier))
    if not rule["actions"].get("go_on"):
        reach.add(rule["id"], when)
