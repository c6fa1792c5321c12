"""What managers do with rules of the draft: add, change, place, copy, switch, remove and bring back."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from inbox.ruling.drafting import Conflict, Refused, Rule, edit
from routing.conditions import check
from routing.models import Ruleset

if TYPE_CHECKING:
    from people.models import User

__all__ = ["Conflict", "Refused"]

MOST = 2_000


def add(by: "User", revision: int | None, rule: Rule, after: int | None = None) -> int:
    """One more rule, last in the order or after another one; returns its id."""
    check(rule["conditions"])

    def change(draft: Ruleset) -> None:
        _insert(draft, rule, None if after is None else _place(draft, after) + 1)

    draft = edit(by, revision, change)
    return draft.next_rule_id - 1


def add_examples(by: "User", revision: int | None, examples: Sequence[Mapping[str, Any]]) -> int:
    """Several rules at once; returns the id of the first."""
    rules = [dict(one["rule"]) for one in examples]
    if not rules:
        raise Refused(gettext("Choose at least one example."))

    def change(draft: Ruleset) -> None:
        for rule in rules:
            _insert(draft, rule)

    return edit(by, revision, change).next_rule_id - len(rules)


def revise(by: "User", revision: int | None, pk: int, change_rule: Callable[[Rule], Rule]) -> None:
    """Another rule in its place."""

    def change(draft: Ruleset) -> None:
        place = _place(draft, pk)
        rule = change_rule(dict(draft.rules[place]))
        check(rule["conditions"])
        draft.rules[place] = rule | {"id": pk}

    edit(by, revision, change)


def switch(by: "User", revision: int | None, pk: int, *, on: bool) -> None:
    """A rule that is off stays in the list and does nothing."""
    revise(by, revision, pk, lambda rule: rule | {"on": on})


def place(by: "User", revision: int | None, pk: int, to: int) -> None:
    """At another place, counted from 0; beyond the ends it stays at the end."""

    def change(draft: Ruleset) -> None:
        rule = draft.rules.pop(_place(draft, pk))
        draft.rules.insert(max(0, to), rule)

    edit(by, revision, change)


def copy(by: "User", revision: int | None, pk: int) -> int:
    """The same rule once more, below it and off; returns its id."""

    def change(draft: Ruleset) -> None:
        at = _place(draft, pk)
        name = gettext("%(name)s, copy") % {"name": draft.rules[at]["name"][:90]}
        _insert(draft, draft.rules[at] | {"name": name, "on": False}, at + 1)

    return edit(by, revision, change).next_rule_id - 1


def remove(by: "User", revision: int | None, pk: int) -> None:
    """Out of the draft. What is in force stays until the draft is published."""

    def change(draft: Ruleset) -> None:
        draft.rules.pop(_place(draft, pk))

    edit(by, revision, change)


def restore(by: "User", revision: int | None, rule: Rule, at: int) -> None:
    """A rule that was removed, with the id that it had."""

    def change(draft: Ruleset) -> None:
        if any(one["id"] == rule["id"] for one in draft.rules):
            raise Refused(gettext("The rule is back already."))
        draft.rules.insert(max(0, at), rule)
        draft.next_rule_id = max(draft.next_rule_id, rule["id"] + 1)

    edit(by, revision, change)


def set_thresholds(by: "User", revision: int | None, thresholds: Mapping[str, float]) -> None:
    """How sure the classifier must be, for each department and for noise."""

    def change(draft: Ruleset) -> None:
        draft.thresholds = dict(thresholds)

    edit(by, revision, change)


def _insert(draft: Ruleset, rule: Rule, at: int | None = None) -> None:
    if len(draft.rules) >= MOST:
        raise Refused(gettext("There are %(n)d rules already. Delete some first.") % {"n": MOST})
    numbered = rule | {"id": draft.next_rule_id}
    draft.rules.insert(len(draft.rules) if at is None else at, numbered)
    draft.next_rule_id += 1


def _place(draft: Ruleset, pk: int) -> int:
    place = next((place for place, one in enumerate(draft.rules) if one["id"] == pk), None)
    if place is None:
        raise Refused(gettext("This rule is not in the draft any more."))
    return place
