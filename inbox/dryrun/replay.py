"""What rules and thresholds would say of messages that were decided on, with the classifier's opinion of then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.decisions import NOISE, TRIAGE
from routing.engine import Course
from routing.names import Names, is_gone
from routing.rulebook import Rulebook, RuleSpec
from routing.signals import Signals

_NOBODY = (None, TRIAGE, NOISE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a message would go. `rule` decided that, if one did; `matched` are all that had a say, `failed` those that
    could not be checked, with the reason."""

    outcome: str
    rule: int | None = None
    matched: Sequence[int] = ()
    failed: Sequence[tuple[int, str]] = ()


class Replay:
    """Rules in order and thresholds, ready for many messages."""

    def __init__(self, rules: Sequence[RuleSpec], thresholds: Mapping[str, float], names: Names) -> None:
        self.book, self._names = Rulebook(rules), names
        self._course = Course(thresholds=thresholds)

    def decide(self, signals: Signals, probabilities: Mapping[str, float]) -> Verdict:
        """In the engine's order: rules, then the open conversation, then the classifier."""
        applied = self.book.apply(signals, self._names)
        matched = [rule.id for rule in applied.matched]
        failed = [(one["rule"], one["term"]) for one in applied.evidence if one["outcome"] == "failed"]
        if signals.owner not in _NOBODY and signals.owner is not None:
            return Verdict(signals.owner, None, matched, failed)
        if applied.decisive is not None:
            return Verdict(applied.decisive.destination, applied.decisive.id, matched, failed)
        return Verdict(self._judged(probabilities), None, matched, failed)

    def _judged(self, probabilities: Mapping[str, float]) -> str:
        if probabilities.get(NOISE, 0.0) > self._course.noise_above:
            return NOISE
        best, share = TRIAGE, 0.0
        for slug, probability in probabilities.items():
            if slug != NOISE and probability > share:
                best, share = slug, probability
        if is_gone(best, self._names.departments) or share < self._course.threshold(best):
            return TRIAGE
        return best
