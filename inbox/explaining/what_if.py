"""What the router of now would say of a message if it read differently. Nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from inbox import recall
from inbox.dryrun.labels import Labels
from inbox.explaining import bars, facts, told, traced
from inbox.models import Decision
from inbox.ruling.names import Names
from people.models import TRIAGE, User
from routing import champion, rules
from routing import decisions as routed
from routing.engine import Course, route
from routing.explanation import explain_closely
from routing.names import Names as Known
from routing.senses import sense
from routing.signals import Signals

LONGEST = 20_000
"""Characters of a text that can be tried."""

_NOBODY = (TRIAGE, routed.NOISE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the router of now says, with the attributes of a kept decision."""

    outcome: str
    source: str
    rule: int | None
    confidence: float
    threshold: float
    runner_up: str
    probabilities: Mapping[str, float]
    contributors: Any
    evidence: list[dict[str, Any]]
    actions: Mapping[str, Any]
    signals: Signals
    version: str
    number: int | None
    published: rules.Published


def ask(decision: Decision, *, text: str, owner: str) -> Answer:
    """The full model, the rules, blocks and thresholds of now. `owner`: a department's slug, empty for nobody."""
    model = champion.current()
    known = Known(
        departments=set(Labels().departments),
        colleagues=set(User.objects.filter(is_active=True).values_list("pk", flat=True)),
    )
    signals = recall.of_decision(decision, text=text)
    signals = replace(signals, owner=owner or None, senses=None, conversation=None)
    force = rules.in_force([signals])
    published = force.published
    course = Course(
        thresholds=published.thresholds,
        blocks=force.blocks,
        names=known,
        sense=lambda batch, scores: sense(batch, products=force.products, model=model, scores=scores),
    )
    (verdict,) = route([signals], rules=published.book, model=model, course=course)
    evidence = list(verdict.evidence)
    about = next((one["department"] for one in evidence if one.get("kind") == "term"), "")
    if about:
        evidence += explain_closely(model, text, about)
    return Answer(
        outcome=verdict.department,
        source=verdict.source,
        rule=verdict.rule,
        confidence=verdict.confidence,
        threshold=verdict.threshold,
        runner_up=verdict.runner_up or "",
        probabilities=verdict.probabilities,
        contributors=verdict.contributors,
        evidence=evidence,
        actions=verdict.actions,
        signals=verdict.signals or signals,
        version=verdict.version,
        number=published.number,
        published=published,
    )


def shown(answer: Answer, decision: Decision, names: Names, labels: Labels) -> dict[str, Any]:
    """For the page, beside what was decided then."""
    kept = answer.signals.as_json()
    phrases = [one for one in answer.evidence if one.get("kind") == "phrase"]
    terms = [one for one in answer.evidence if one.get("kind") != "phrase"]
    written = {rule["id"]: rule for rule in answer.published.written}
    return {
        "to": labels.mark(answer.outcome),
        "was": labels.mark(decision.outcome),
        "moves": answer.outcome != decision.outcome,
        "says": told.answer(answer, written.get(answer.rule or 0), names, labels),
        "shares": bars.shares(answer.probabilities, answer.outcome, answer.runner_up, labels),
        "terms": bars.terms(terms, labels),
        "phrases": bars.terms(phrases, labels),
        "about": bars.about(terms, labels),
        "likes": bars.likes(terms, labels),
        "senses": facts.of_text(kept),
        "contributors": told.contributors(answer, labels),
        "actions": facts.done(answer.actions, names),
        "trace": traced.of(answer.published.book.trace(answer.signals), written, names),
        "version": answer.version,
        "number": answer.number,
    }
