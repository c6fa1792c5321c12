"""The router: from messages to decisions, pure, total, in order, a batch at a time.

Rules come first, in the managers' order; then continuity: an open conversation keeps its owner; then the classifier,
below whose threshold a message goes to triage. An owned conversation is shared, not snatched: whoever else is
concerned, by a rule or because the classifier is sure, becomes a contributor.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from routing.classifier import Model, Scores
from routing.decisions import NOISE, TRIAGE, Contributor, Decision, Evidence, Source
from routing.explanation import explain
from routing.passages import Passage, telling
from routing.rulebook import Rulebook, RuleSpec
from routing.signals import Signals
from routing.words import LOOKED_AT

__all__ = ["DEFAULT_THRESHOLD", "RuleSpec", "route"]

DEFAULT_THRESHOLD = 0.7
"""How sure the classifier must be to decide alone. Measured: see README.md."""

NOISE_ABOVE = 0.5
"""How sure the classifier must be that nobody needs to read a message."""

SHARED_AT, SHARED_MARGIN = 0.75, 0.5
"""When a message in an owned conversation concerns another department: its probability, how far above the owner's."""

SECOND_AT = 0.25
"""When the runner-up of a first message is concerned as well."""

_PORTION = 256 * 1024
"""Characters scored at once, so that a batch of very long texts needs no more memory than one of short ones."""

_NOBODY = (None, TRIAGE, NOISE)


@dataclass(slots=True)
class _Draft:
    """A decision in the making. `column` is the department whose terms are evidence."""

    department: str
    confidence: float
    source: Source
    rule: int | None = None
    contributors: list[Contributor] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    column: int = -1

    def add(self, contributor: Contributor) -> None:
        """Name another department, once."""
        taken = [self.department, *(each["department"] for each in self.contributors)]
        if contributor["department"] not in taken:
            self.contributors.append(contributor)


def route(
    batch: Sequence[Signals], *, rules: Sequence[RuleSpec], model: Model, threshold: float = DEFAULT_THRESHOLD
) -> list[Decision]:
    """Decide on messages, one decision each, in order. `threshold` is a probability. No text makes it raise.

    Within a batch, the department that gets the first message of a conversation owns it for the later ones.
    """
    rulebook = Rulebook(rules)
    owners: dict[Hashable, str] = {}
    decisions: list[Decision] = []
    for portion in _portions(batch):
        decisions += _Portion(portion, model, threshold).decide(rulebook, owners)
    return decisions


def _portions(batch: Sequence[Signals]) -> Iterator[Sequence[Signals]]:
    start = characters = 0
    for at, signals in enumerate(batch):
        length = min(len(signals.text), LOOKED_AT)
        if at > start and characters + length > _PORTION:
            yield batch[start:at]
            start, characters = at, 0
        characters += length
    if start < len(batch):
        yield batch[start:]


class _Portion:
    """Some messages that are scored together."""

    def __init__(self, batch: Sequence[Signals], model: Model, threshold: float) -> None:
        self.batch, self.model, self.threshold = batch, model, threshold
        self.scores: Scores = model.score([signals.text for signals in batch])
        self.probabilities: list[list[float]] = self.scores.probabilities.tolist()
        self.departments = [at for at, slug in enumerate(model.departments) if slug != NOISE]
        self.noise = model.departments.index(NOISE) if NOISE in model.departments else None

    def decide(self, rulebook: Rulebook, owners: dict[Hashable, str]) -> list[Decision]:
        passages = telling(((at, signals.text) for at, signals in enumerate(self.batch)), self.model)
        drafts: list[_Draft] = []
        for at, signals in enumerate(self.batch):
            rule, evidence = rulebook.first_match(signals)
            owner = signals.owner if signals.owner not in _NOBODY else owners.get(signals.conversation)
            if owner is not None:
                draft = self._kept(at, owner, rule, passages.get(at, []))
            elif rule is not None:
                draft = _Draft(rule.department, 1.0, "rule", rule.id, rule.contributions(rule.department))
            else:
                draft = self._judged(at, passages.get(at, []))
            if signals.conversation is not None and draft.department not in _NOBODY:
                owners[signals.conversation] = draft.department
            draft.evidence[:0] = evidence
            drafts.append(draft)
        terms = explain(self.model, self.scores, [draft.column for draft in drafts])
        return [self._finished(at, draft, found) for at, (draft, found) in enumerate(zip(drafts, terms, strict=True))]

    def _kept(self, at: int, owner: str, rule: RuleSpec | None, passages: list[Passage]) -> _Draft:
        """A message in an owned conversation: the owner stays, others may join."""
        draft = _Draft(owner, 1.0, "continuity", rule.id if rule else None)
        draft.evidence.append({"kind": "continuity", "department": owner})
        if rule:
            draft.contributors = rule.contributions(owner)
        for passage in passages:
            draft.add(_said(passage))
        row, slugs = self.probabilities[at], self.model.departments
        best = max(self.departments, key=row.__getitem__)
        owners_own = row[slugs.index(owner)] if owner in slugs else 0.0
        if row[best] >= SHARED_AT and row[best] - owners_own >= SHARED_MARGIN:
            draft.add(_concerned(slugs[best], row[best]))
        concerned = [each["department"] for each in draft.contributors if each["department"] in slugs]
        draft.column = slugs.index(concerned[0]) if concerned else -1
        return draft

    def _judged(self, at: int, passages: list[Passage]) -> _Draft:
        """A message that only the classifier can say something about."""
        row, slugs = self.probabilities[at], self.model.departments
        if self.noise is not None and row[self.noise] > NOISE_ABOVE:
            return _Draft(NOISE, row[self.noise], "classifier", column=self.noise)
        best = max(self.departments, key=row.__getitem__)
        if row[best] < self.threshold:
            return _Draft(TRIAGE, row[best], "classifier", column=best)
        draft = _Draft(slugs[best], row[best], "classifier", column=best)
        for passage in passages:
            draft.add(_said(passage))
        second = self._runner_up(at, slugs[best])
        if second is not None and row[second] >= SECOND_AT:
            draft.add(_concerned(slugs[second], row[second]))
        return draft

    def _runner_up(self, at: int, department: str) -> int | None:
        row, slugs = self.probabilities[at], self.model.departments
        others = [column for column in self.departments if slugs[column] != department]
        return max(others, key=row.__getitem__, default=None)

    def _finished(self, at: int, draft: _Draft, terms: list[Evidence]) -> Decision:
        row, slugs = self.probabilities[at], self.model.departments
        leader = slugs[draft.column] if draft.department == TRIAGE else draft.department
        second = self._runner_up(at, leader)
        evidence = draft.evidence + terms
        if second is not None:
            evidence.append({"kind": "runner_up", "department": slugs[second], "probability": round(row[second], 4)})
        return Decision(
            department=draft.department,
            confidence=draft.confidence,
            probabilities=dict(zip(slugs, row, strict=True)),
            runner_up=slugs[second] if second is not None else None,
            source=draft.source,
            rule=draft.rule,
            contributors=tuple(draft.contributors),
            evidence=evidence,
            threshold=self.threshold,
            version=self.model.version,
        )


def _concerned(department: str, probability: float) -> Contributor:
    reason = f"The message concerns {department} as well ({probability:.0%})."
    return Contributor(department=department, reason=reason, confidence=probability)


def _said(passage: Passage) -> Contributor:
    reason = f"“{passage.quotation}” concerns {passage.department} ({passage.confidence:.0%})."
    return Contributor(department=passage.department, reason=reason, confidence=passage.confidence)
