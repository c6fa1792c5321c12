"""What a dry run has found so far, in numbers and ids alone: no word of a message, so that nothing outlives one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inbox.dryrun.past import Past
from inbox.dryrun.replay import Verdict
from inbox.models import Conversation
from routing.decisions import NOISE, TRIAGE

EXAMPLES = 5
"""Messages that are kept for each pair of departments, the newest."""

MOST_REASONS = 10
"""Reasons why a rule failed that are told apart."""

BY_HAND, ELSEWHERE, STAYED, OPEN = "by_hand", "elsewhere", "stayed", "open"
_CLOSED = Conversation.State.CLOSED


@dataclass(slots=True)
class Tally:
    """Counts. `cells`: messages by where they went and would go. `moves`: what people did with those that would move.

    `rules`: for each by id how often it decided, had a say, and could not be checked, and `failures` why. `unsure`:
    would move, where a rule failed. `facts`: messages of which the draft asks something that nobody has kept.
    """

    messages: int = 0
    gone: int = 0
    moved: int = 0
    unsure: int = 0
    cells: dict[str, Counter[str]] = field(default_factory=dict)
    examples: dict[str, dict[str, list[list[Any]]]] = field(default_factory=dict)
    moves: Counter[str] = field(default_factory=Counter)
    corrections: Counter[str] = field(default_factory=Counter)
    rules: dict[str, list[int]] = field(default_factory=dict)
    failures: dict[str, Counter[str]] = field(default_factory=dict)
    facts: Counter[str] = field(default_factory=Counter)
    deadlines: Counter[str] = field(default_factory=Counter)

    @classmethod
    def parse(cls, kept: Mapping[str, Any]) -> "Tally":
        """What `as_json` has written, and other particulars beside it left out."""
        tally = cls(**{name: kept[name] for name in ("messages", "gone", "moved", "unsure") if name in kept})
        tally.cells = {was: Counter(row) for was, row in kept.get("cells", {}).items()}
        tally.failures = {rule: Counter(row) for rule, row in kept.get("failures", {}).items()}
        tally.examples, tally.rules = kept.get("examples", {}), kept.get("rules", {})
        for name in ("moves", "corrections", "facts", "deadlines"):
            setattr(tally, name, Counter(kept.get(name, {})))
        return tally

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def add(self, past: Past, verdict: Verdict) -> bool:
        """Count a message; returns whether it would move."""
        self.messages += 1
        self.cells.setdefault(past.outcome, Counter())[verdict.outcome] += 1
        self._count_rules(verdict)
        if past.chosen is not None:
            self.corrections["agreed" if past.chosen == verdict.outcome else "disagreed"] += 1
        if verdict.outcome == past.outcome:
            return False
        self.moved += 1
        self.unsure += bool(verdict.failed)
        standing = self._standing(past, verdict)
        self.moves[standing] += 1
        shown = self.examples.setdefault(past.outcome, {}).setdefault(verdict.outcome, [])
        if len(shown) < EXAMPLES:
            shown.append([past.message, verdict.rule, standing])
        return True

    def stay(self, past: Past) -> None:
        """Count a message that neither rules nor thresholds can move."""
        self.messages += 1
        self.cells.setdefault(past.outcome, Counter())[past.outcome] += 1

    def _count_rules(self, verdict: Verdict) -> None:
        for pk in verdict.matched:
            self._rule(pk)[1] += 1
        if verdict.rule is not None:
            self._rule(verdict.rule)[0] += 1
        for pk, reason in verdict.failed:
            self._rule(pk)[2] += 1
            why = self.failures.setdefault(str(pk), Counter())
            why[reason if reason in why or len(why) < MOST_REASONS else ""] += 1

    def _rule(self, pk: int) -> list[int]:
        return self.rules.setdefault(str(pk), [0, 0, 0])

    @staticmethod
    def _standing(past: Past, verdict: Verdict) -> str:
        """What people did with a message that would have moved."""
        if past.chosen is not None and past.chosen != past.outcome:
            return BY_HAND if past.chosen == verdict.outcome else ELSEWHERE
        is_done = past.state == _CLOSED or not past.waits
        if past.chosen == past.outcome or (is_done and past.outcome not in (TRIAGE, NOISE) and not past.is_past):
            return STAYED
        return OPEN
