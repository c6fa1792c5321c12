"""The router: from messages to decisions, pure, total, in order, a batch at a time.

Who is blocked is set aside. Then come the rules, in the managers' order; then continuity: an open conversation keeps
its owner; then the classifier, below whose threshold a message goes to triage. An owned conversation is shared, not
snatched: whoever else is concerned, by a rule or because the classifier is sure, becomes a contributor.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from routing.blocks import Blocks
from routing.classifier import Model, Scores
from routing.decisions import NOISE, TRIAGE, Contributor, Decision, Evidence, Look, Source
from routing.explanation import explain
from routing.names import Names
from routing.passages import Passage, telling
from routing.rulebook import EVERYTHING, Applied, Rulebook, RuleSpec
from routing.signals import Senses, Signals
from routing.words import LOOKED_AT

__all__ = ["DEFAULT", "DEFAULT_THRESHOLD", "Course", "RuleSpec", "route"]

Sense = Callable[[Sequence[Signals], Scores], Sequence[Senses]]
"""Finds out what some texts say, once they are scored."""

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


DEFAULT = "default"
"""The threshold of the departments that have none of their own."""


@dataclass(frozen=True, slots=True)
class Course:
    """How to decide beside the rules: `thresholds` by slug, those of noise and of all others (“default”) among them;
    what is blocked; what there is that rules may name; how texts are understood; how thoroughly to look; and in which
    version the rules stand."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    blocks: Blocks = field(default_factory=Blocks)
    names: Names = EVERYTHING
    sense: Sense | None = None
    look: Look = "full"
    ruleset: int | None = None

    def threshold(self, slug: str) -> float:
        """How sure the classifier must be to decide alone for a department."""
        return self.thresholds.get(slug, self.thresholds.get(DEFAULT, DEFAULT_THRESHOLD))

    @property
    def noise_above(self) -> float:
        """Above which probability a message is set aside."""
        return self.thresholds.get(NOISE, NOISE_ABOVE)


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
    threshold: float = DEFAULT_THRESHOLD
    applied: Applied = field(default_factory=Applied)

    def add(self, contributor: Contributor) -> None:
        """Name another department, once."""
        taken = [self.department, *(each["department"] for each in self.contributors)]
        if contributor["department"] not in taken:
            self.contributors.append(contributor)


def route(
    batch: Sequence[Signals],
    *,
    rules: Sequence[RuleSpec] | Rulebook,
    model: Model,
    threshold: float | None = None,
    course: Course | None = None,
) -> list[Decision]:
    """Decide on messages, one decision each, in order. `threshold` is a probability. No text makes it raise.

    Within a batch, the department that gets the first message of a conversation owns it for the later ones.
    """
    rulebook = rules if isinstance(rules, Rulebook) else Rulebook(rules)
    course = course or Course(thresholds={} if threshold is None else {DEFAULT: threshold})
    owners: dict[Hashable, str] = {}
    decisions: list[Decision] = []
    for portion in _portions(batch):
        decisions += _Portion(portion, model, course).decide(rulebook, owners)
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

    def __init__(self, batch: Sequence[Signals], model: Model, course: Course) -> None:
        self.model, self.course = model, course
        self.scores: Scores = model.score([signals.text for signals in batch], full=course.look != "quick")
        self.batch = self._understood(batch)
        self.probabilities: list[list[float]] = self.scores.probabilities.tolist()
        self.departments = [at for at, slug in enumerate(model.departments) if slug != NOISE]
        self.noise = model.departments.index(NOISE) if NOISE in model.departments else None

    def _understood(self, batch: Sequence[Signals]) -> Sequence[Signals]:
        if self.course.sense is None:
            return batch
        senses = self.course.sense(batch, self.scores)
        return [replace(one, senses=one.senses or found) for one, found in zip(batch, senses, strict=True)]

    def decide(self, rulebook: Rulebook, owners: dict[Hashable, str]) -> list[Decision]:
        passages = telling(((at, signals.text) for at, signals in enumerate(self.batch)), self.model)
        drafts: list[_Draft] = []
        for at, signals in enumerate(self.batch):
            block = self.course.blocks.of(signals)
            owner = signals.owner if signals.owner not in _NOBODY else owners.get(signals.conversation)
            if block is not None:
                draft = _Draft(NOISE, 1.0, "block", evidence=[block])
            else:
                draft = self._ruled(at, rulebook.apply(signals, self.course.names), owner, passages.get(at, []))
            if signals.conversation is not None and draft.department not in _NOBODY:
                owners[signals.conversation] = draft.department
            drafts.append(draft)
        terms = explain(self.model, self.scores, [draft.column for draft in drafts])
        return [self._finished(at, draft, found) for at, (draft, found) in enumerate(zip(drafts, terms, strict=True))]

    def _ruled(self, at: int, applied: Applied, owner: str | None, passages: list[Passage]) -> _Draft:
        """A message that rules have seen: its owner keeps it, or a rule decides, or the classifier does."""
        rule = applied.rule
        if owner is not None:
            draft = self._kept(at, owner, applied.contributions(owner), passages)
        elif applied.decisive is not None:
            draft = _Draft(applied.decisive.destination, 1.0, "rule")
            draft.contributors = applied.contributions(draft.department)
        else:
            draft = self._judged(at, passages)
            for one in applied.contributions(draft.department):
                draft.add(one)
        draft.rule, draft.applied = rule.id if rule else None, applied
        draft.evidence[:0] = applied.evidence
        return draft

    def _kept(self, at: int, owner: str, ruled: list[Contributor], passages: list[Passage]) -> _Draft:
        """A message in an owned conversation: the owner stays, others may join."""
        draft = _Draft(owner, 1.0, "continuity", contributors=ruled)
        draft.evidence.append({"kind": "continuity", "department": owner})
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
        noise_above = self.course.noise_above
        if self.noise is not None and row[self.noise] > noise_above:
            return _Draft(NOISE, row[self.noise], "classifier", column=self.noise, threshold=noise_above)
        best = max(self.departments, key=row.__getitem__)
        threshold = self.course.threshold(slugs[best])
        if row[best] < threshold:
            return _Draft(TRIAGE, row[best], "classifier", column=best, threshold=threshold)
        draft = _Draft(slugs[best], row[best], "classifier", column=best, threshold=threshold)
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
        leader = slugs[draft.column] if draft.department == TRIAGE and draft.column >= 0 else draft.department
        second = self._runner_up(at, leader)
        evidence = draft.evidence + terms
        if self.scores.look == "quick" and self.course.look != "quick":
            # The encoder's files are missing or damaged: there was nothing but the quick opinion.
            evidence.append({"kind": "no_encoder"})
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
            threshold=draft.threshold,
            version=self.model.version,
            look=self.course.look,
            ruleset=self.course.ruleset,
            actions=draft.applied.actions,
            signals=self.batch[at],
        )


def unquoted(one: Contributor) -> Contributor:
    """The same without words of the message, which is gone."""
    return _concerned(one["department"], one["confidence"]) if one["reason"].startswith("“") else one


def _concerned(department: str, probability: float) -> Contributor:
    reason = f"The message concerns {department} as well ({probability:.0%})."
    return Contributor(department=department, reason=reason, confidence=probability)


def _said(passage: Passage) -> Contributor:
    reason = f"“{passage.quotation}” concerns {passage.department} ({passage.confidence:.0%})."
    return Contributor(department=passage.department, reason=reason, confidence=passage.confidence)
