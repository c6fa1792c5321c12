"""A decision in words: what decided, how sure it was, and who else takes part."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from inbox.dryrun.labels import Labels
from inbox.models import Decision
from inbox.retelling import of_helping
from inbox.ruling import sentences
from inbox.ruling.names import Names
from inbox.why import percent
from people.models import TRIAGE
from routing.decisions import NOISE

Rule = Mapping[str, Any]
Said = SafeString | str


def answer(decision: Any, rule: Rule | None, names: Names, labels: Labels) -> list[Said]:
    """Sentences about what decided. `rule`: the one that decided, as its version has it, where that is known.

    Takes whatever has the attributes of a decision.
    """
    match decision.source:
        case Decision.Source.BLOCK:
            return [_block(decision.evidence)]
        case Decision.Source.RULE:
            return _rule(decision, rule, names)
        case Decision.Source.CONTINUITY:
            words = gettext("It continues a conversation that {} has open, so it stays there.")
            return [format_html(words, labels.mark(decision.outcome)), *_asked_in(decision.evidence)]
    return [_classifier(decision, labels), *_asked_in(decision.evidence)]


def _block(evidence: Sequence[Rule]) -> Said:
    found = next((one for one in evidence if one.get("kind") == "block"), None)
    if found is None:
        return gettext("Whoever wrote it was blocked.")
    kind = {
        "person": gettext("this person"),
        "domain": gettext("this domain"),
        "server": gettext("this server"),
    }.get(found.get("block", ""), gettext("this"))
    words = gettext("Messages from {} are blocked: {}. No rule was asked.")
    return format_html(words, kind, found.get("name") or found.get("value", ""))


def _rule(decision: Any, rule: Rule | None, names: Names) -> list[Said]:
    own = next((one for one in decision.evidence if _is_match(one) and one.get("rule") == decision.rule), None)
    name = (rule or own or {}).get("name", "")
    if not name:
        return [gettext("A rule decided. Which one was not kept.")]
    found: list[Said] = [format_html(gettext("The rule <b>{}</b> decided."), name)]
    if rule is not None:
        found.append(format_html(gettext("It asks: {}."), sentences.summary(rule["conditions"], names)))
    if own and own.get("term"):
        found.append(format_html(gettext("What it found: <q>{}</q>"), own["term"]))
    others = [one for one in decision.evidence if _is_match(one) and one is not own]
    found += [format_html(gettext("The rule “{}” matched as well."), one["name"]) for one in others]
    return found + _failed(decision.evidence)


def _is_match(one: Rule) -> bool:
    return one.get("kind") == "rule" and one.get("outcome") == "match"


def _asked_in(evidence: Sequence[Rule]) -> list[Said]:
    """Rules that matched without choosing a department, and those that could not be checked."""
    matched = [one for one in evidence if _is_match(one)]
    words = gettext("The rule “{}” matched, without deciding where it goes.")
    return [format_html(words, one["name"]) for one in matched] + _failed(evidence)


def _failed(evidence: Sequence[Rule]) -> list[Said]:
    failed = [one for one in evidence if one.get("kind") == "rule" and one.get("outcome") == "failed"]
    words = gettext("The rule “{}” could not be checked: {}.")
    return [format_html(words, one["name"], str(one["term"]).rstrip(".")) for one in failed]


def _classifier(decision: Any, labels: Labels) -> Said:
    share, threshold = percent(decision.confidence), percent(decision.threshold)
    if decision.outcome == TRIAGE:
        guess = max(
            (slug for slug in decision.probabilities if slug != NOISE), key=decision.probabilities.get, default=""
        )
        if not guess:
            return gettext("No rule decided, and the classifier had nothing to go by. A person decides.")
        words = gettext("No rule decided. The best guess is {}, with {}. Below {} a person decides.")
        return format_html(words, labels.mark(guess), share, threshold)
    if decision.outcome == NOISE:
        words = gettext("No rule decided. The classifier takes it for noise, with {}; above {} it is set aside.")
        return format_html(words, share, threshold)
    words = gettext("No rule decided. The classifier chose {} with {}; from {} on it decides alone.")
    return format_html(words, labels.mark(decision.outcome), share, threshold)


def look(decision: Decision, labels: Labels) -> Said:
    """How thoroughly the classifier looked, and what it had said at first."""
    if decision.look == Decision.Look.QUICK:
        return gettext("Many messages came at once, so this was decided quickly. A second look follows.")
    if decision.look != Decision.Look.SECOND:
        return ""
    first = decision.first or {}
    then = first.get("outcome") or first.get("department")
    if not then:
        return gettext("Decided quickly at first, then looked at a second time.")
    words = gettext("Decided quickly at first: {}, {}. The second look said {}, {}.")
    before, now = percent(first.get("confidence", 0)), percent(decision.confidence)
    return format_html(words, labels.mark(then), before, labels.mark(decision.outcome), now)


def contributors(decision: Any, labels: Labels) -> list[dict[str, Any]]:
    """Who else takes part, and why."""
    return [
        {
            "label": labels.mark(one["department"]),
            "reason": of_helping(one.get("reason", ""), labels.name(one["department"])),
        }
        for one in decision.contributors
    ]
