"""A message that somebody tries on the draft: where it would go, and what every rule says of it. Nothing is kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from inbox import marks
from inbox.ruling.book import Book
from inbox.ruling.names import Names
from routing import champion
from routing.catalogue import Catalogue, Named
from routing.conditions import Outcome
from routing.decisions import NOISE, TRIAGE, Decision
from routing.engine import Course, route
from routing.rulebook import Rulebook, Traced
from routing.rules import specs
from routing.senses import sense
from routing.signals import Signals

# Lines of rules that say something of the message; the others only count.
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """What one rule says of the message."""

    name: str
    url: str
    tone: str
    icon: SafeString
    says: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What comes of a message with the draft, and with what is in force."""

    is_draft: bool
    to: SafeString | str
    why: str
    before: SafeString | str
    before_why: str
    moves: bool
    mine: Line | None
    trace: Sequence[Line]
    rest: str


def attempt(signals: Signals, book: Book, rule: int | None, names: Names) -> Tried:
    """Route a message by the rules that are shown and by those in force. `rule`: the one that is open."""
    model = champion.current()
    products = Catalogue([Named(one.name, one.words, one.is_rival) for one in names.products])
    scores = model.score([signals.text], full=True)
    (senses,) = sense([signals], products=products, model=model, scores=scores)
    signals = replace(signals, senses=senses, at=timezone.now())

    def decided(rules: Rulebook, thresholds: Mapping[str, float]) -> Decision:
        return route([signals], rules=rules, model=model, course=Course(thresholds=thresholds, names=names.known))[0]

    draft = Rulebook(specs(book.rules))
    now = decided(draft, book.thresholds)
    old = now
    if book.draft is not None:
        published = book.published
        rules, thresholds = (published.rules, published.thresholds) if published else ([], {})
        old = decided(Rulebook(specs(rules)), thresholds)
    trace = draft.trace(signals, names.known)
    return _told(now, old, trace, book, rule, names)


def _told(now: Decision, old: Decision, trace: Sequence[Traced], book: Book, rule: int | None, names: Names) -> Tried:
    told = [one for one in trace if one.outcome is not Outcome.NO_MATCH]
    own = next((one for one in trace if one.rule.id == rule), None)
    quiet = len(trace) - len(told)
    rest = ngettext("%(n)d rule does not match.", "%(n)d rules do not match.", quiet) % {"n": quiet}
    if len(told) > _SHOWN:
        rest = gettext("And %(n)d more. %(rest)s") % {"n": len(told) - _SHOWN, "rest": rest}
    return Tried(
        is_draft=book.draft is not None,
        to=_where(now, names),
        why=_why(now, trace),
        before=_where(old, names) if book.draft is not None else "",
        before_why=_why(old, trace),
        moves=old.department != now.department,
        mine=_line(own) if own and own.outcome is Outcome.NO_MATCH else None,
        trace=list(_lines(told[:_SHOWN])),
        rest=rest,
    )


def _where(decision: Decision, names: Names) -> SafeString | str:
    return gettext("Set aside") if decision.department == NOISE else names.department(decision.department)


def _why(decision: Decision, trace: Sequence[Traced]) -> str:
    share = {"share": round(decision.confidence * 100), "threshold": round(decision.threshold * 100)}
    if decision.source == "rule":
        named = next((one["name"] for one in decision.evidence if one.get("rule") == decision.rule), "")
        return gettext("by the rule “%(name)s”") % {"name": named}
    if decision.department == TRIAGE:
        return gettext("no rule decides, and the classifier is %(share)d%% sure, below %(threshold)d%%") % share
    return gettext("no rule decides, the classifier is %(share)d%% sure") % share


def _lines(told: Iterable[Traced]) -> Iterable[Line]:
    return map(_line, told)


def _line(one: Traced) -> Line:
    url = reverse("rule", args=[one.rule.id])
    term: dict[str, Any] = {"term": one.term}
    if one.outcome is Outcome.FAILED:
        says = gettext("could not be checked: %(term)s") % term
        return Line(one.rule.name, url, "warn", marks.icon("triangle-alert", "sm"), says)
    if one.outcome is Outcome.NO_MATCH:
        says = gettext("no match: %(term)s") % term if one.term else gettext("no match")
        return Line(one.rule.name, url, "dim", marks.icon("x", "sm"), says)
    says = gettext("matches: %(term)s") % term if one.term else gettext("matches")
    if not one.applied:
        return Line(
            one.rule.name,
            url,
            "dim",
            marks.icon("check", "sm"),
            gettext("%(says)s; not asked any more") % {"says": says},
        )
    return Line(one.rule.name, url, "good", marks.icon("check", "sm"), says)
