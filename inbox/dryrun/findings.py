"""What a dry run has found beside the moves: corrections, deadlines, rules, and what could not be told."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from inbox.models import DryRun
from people.shares import grouped

_FACTS: Mapping[str, Any] = {
    "senses": _("what the text says (language, tone, intents, products)"),
    "customer": _("what was known of the customer (roles, attributes, tags)"),
    "open_at": _("the opening hours of then"),
}
_MOST_RULES = 200


class Line(NamedTuple):
    """What a rule did: it decided, had a say, could not be checked, and most often why not."""

    name: str
    decided: str
    matched: str
    failed: str
    reasons: list[str]


def notes(kept: Mapping[str, Any]) -> list[str]:
    """Sentences, those alone that have something to say."""
    unsure, gone = kept.get("unsure", 0), kept.get("gone", 0)
    found = [_corrections(kept.get("corrections", {})), *_deadlines(kept.get("deadlines", {}))]
    found += [_missing(fact, count) for fact, count in sorted(kept.get("facts", {}).items()) if count]
    if unsure:
        words = ngettext(
            "Of those that would move, %(n)s met a rule that could not be checked. It may go another way.",
            "Of those that would move, %(n)s met rules that could not be checked. They may go another way.",
            unsure,
        )
        found.append(words % {"n": grouped(unsure)})
    if gone:
        words = ngettext(
            "%(n)s message was deleted since and is left out.",
            "%(n)s messages were deleted since and are left out.",
            gone,
        )
        found.append(words % {"n": grouped(gone)})
    return found


def _missing(fact: str, count: int) -> str:
    words = ngettext(
        "Of %(n)s message it is not known: %(fact)s. Conditions on it fail there.",
        "Of %(n)s messages it was not kept: %(fact)s. Conditions on it fail there.",
        count,
    )
    return words % {"n": grouped(count), "fact": _FACTS.get(fact, fact)}


def _corrections(counts: Mapping[str, int]) -> str:
    agreed, disagreed = counts.get("agreed", 0), counts.get("disagreed", 0)
    if not agreed + disagreed:
        return gettext("Nobody has put anything right in this time, so there is nothing to compare with.")
    words = ngettext(
        "People put %(n)s message right in this time. These rules agree in %(agreed)s, and differ in %(disagreed)s.",
        "People put %(n)s messages right in this time. These rules agree in %(agreed)s, and differ in %(disagreed)s.",
        agreed + disagreed,
    )
    return words % {"n": grouped(agreed + disagreed), "agreed": grouped(agreed), "disagreed": grouped(disagreed)}


def _deadlines(counts: Mapping[str, int]) -> list[str]:
    n = {name: grouped(counts.get(name, 0)) for name in ("earlier", "later", "late", "would_be_late", "gone", "new")}
    found = []
    if counts.get("earlier") or counts.get("later"):
        found.append(gettext("Of the moved, a reply would be due earlier to %(earlier)s and later to %(later)s.") % n)
    if counts.get("late") or counts.get("would_be_late"):
        words = gettext("Replies to the moved were late for %(late)s, and would have been for %(would_be_late)s.")
        found.append(words % n)
    if counts.get("gone"):
        found.append(gettext("No reply would be due any more to %(gone)s of the moved.") % n)
    if counts.get("new"):
        found.append(gettext("A reply would be due to %(new)s of the moved for which none was.") % n)
    return found


def rules(run: DryRun) -> dict[str, Any]:
    """Every rule that is on, in order, with what it did; and how many rules failed somewhere."""
    counts: Mapping[str, list[int]] = run.result.get("rules", {})
    failures: Mapping[str, Mapping[str, int]] = run.result.get("failures", {})
    on = [rule for rule in run.rules if rule.get("on", True)]
    lines = [_line(rule, counts, failures) for rule in on[:_MOST_RULES]]
    return {"lines": lines, "failing": len(failures), "more": max(0, len(on) - _MOST_RULES)}


def _line(rule: Mapping[str, Any], counts: Mapping[str, list[int]], failures: Mapping[str, Mapping[str, int]]) -> Line:
    decided, matched, failed = counts.get(str(rule["id"]), [0, 0, 0])
    why = sorted(failures.get(str(rule["id"]), {}).items(), key=lambda pair: -pair[1])
    others = gettext("other reasons")
    reasons = [f"{grouped(count)}: {reason or others}" for reason, count in why]
    return Line(rule["name"], grouped(decided), grouped(matched), grouped(failed), reasons)
