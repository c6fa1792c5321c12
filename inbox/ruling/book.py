"""The managers' rules as their page shows them: what is in force, the draft beside it, and how the two differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from routing.models import Ruleset

Rule = dict[str, Any]


@dataclass(frozen=True)
class Book:
    """The version in force and the draft, where there are any. What is looked at and edited is `rules`."""

    published: Ruleset | None
    draft: Ruleset | None

    @property
    def rules(self) -> list[Rule]:
        """In the managers' order: of the draft where there is one."""
        shown = self.draft or self.published
        return list(shown.rules) if shown else []

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Of the draft where there is one."""
        shown = self.draft or self.published
        return shown.thresholds if shown else {}

    @property
    def revision(self) -> int | None:
        """How often the draft was changed; None where there is none."""
        return self.draft.revision if self.draft else None

    @cached_property
    def before(self) -> dict[int, Rule]:
        """The rules in force, by id."""
        return {rule["id"]: rule for rule in self.published.rules} if self.published else {}

    @cached_property
    def places(self) -> dict[int, int]:
        """At which place, from 0 on, each rule stands."""
        return {rule["id"]: place for place, rule in enumerate(self.rules)}

    def rule(self, pk: int) -> Rule | None:
        """A rule by its id."""
        place = self.places.get(pk)
        return None if place is None else self.rules[place]

    def state(self, rule: Rule) -> str:
        """“new” or “changed” against what is in force; empty where it is the same."""
        if self.draft is None:
            return ""
        old = self.before.get(rule["id"])
        return "new" if old is None else "" if old == rule else "changed"

    @cached_property
    def changes(self) -> int:
        """In how many things the draft differs: rules, their order as one, and each threshold."""
        if self.draft is None:
            return 0
        gone = [pk for pk in self.before if pk not in self.places]
        touched = [rule for rule in self.rules if self.state(rule)]
        kept = [pk for pk in self.places if pk in self.before]
        moved = kept != [pk for pk in self.before if pk in self.places]
        old = self.published.thresholds if self.published else {}
        shifted = [slug for slug in {*old, *self.thresholds} if old.get(slug) != self.thresholds.get(slug)]
        return len(gone) + len(touched) + int(moved) + len(shifted)


def load() -> Book:
    """What is in force, and the draft. One statement."""
    found = Ruleset.objects.filter(state__in=(Ruleset.State.PUBLISHED, Ruleset.State.DRAFT))
    by_state = {one.state: one for one in found.select_related("author")}
    return Book(by_state.get(Ruleset.State.PUBLISHED), by_state.get(Ruleset.State.DRAFT))
