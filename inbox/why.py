"""Why a conversation is where it is: the rule, the conversation that it continues, or the words that spoke for it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, JSONField, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy

from inbox.models import Conversation, Decision, Event
from inbox.presentation import clock, short_date
from inbox.rows import mate
from people import shares
from people.models import TRIAGE

if TYPE_CHECKING:
    from inbox.sidebar import Queue

Part = dict[str, Any]
# Of a conversation, how many of the newest messages are asked for what the router said of them.
_LOOKED_AT = 20
_TERMS = 6
_DECIDED = (
    "message_id", "source", "outcome", "runner_up", "confidence", "threshold", "probabilities", "evidence",
)  # fmt: skip
# Above: sure. Below the second: unsure.
_SURE, _PLAIN = 0.8, 0.6
# Half the width of the chart of signed weights, less a margin.
_HALF = 30
# What the router says of a message's form (routing/cues.py), as it stands in decisions. Those of a single word are left
# out: a customer may have written it.
CUES = {
    "words in capitals": gettext_lazy("words in capitals"),
    "names accounts": gettext_lazy("names accounts"),
    "has a link": gettext_lazy("has a link"),
    "has hashtags": gettext_lazy("has hashtags"),
    "asks a question": gettext_lazy("asks a question"),
    "trails off …": gettext_lazy("trails off …"),
    "names an amount of money": gettext_lazy("names an amount of money"),
    "names a percentage": gettext_lazy("names a percentage"),
    "has emoji": gettext_lazy("has emoji"),
    "begins with an account's name": gettext_lazy("begins with an account's name"),
    "forwards somebody's message": gettext_lazy("forwards somebody's message"),
    "ends with a question": gettext_lazy("ends with a question"),
    "ends with a link": gettext_lazy("ends with a link"),
    "is long": gettext_lazy("is long"),
    "is very short": gettext_lazy("is very short"),
    "is mostly in capitals": gettext_lazy("is mostly in capitals"),
    "is capitalised like a headline": gettext_lazy("is capitalised like a headline"),
}


def explain(conversation: Conversation, known: Part, departments: "dict[str, Queue]", now: datetime) -> Part | None:
    """What the card says; None where the router was never asked. `known` has the columns `decisions` and `move`."""
    decisions = [Decision(**one) for one in known["decisions"]]
    moved = _moved(known["move"], now) if known["move"] else None
    if not decisions:
        return {"title": _title(conversation), "moved": moved, "decision": None} if moved else None
    # What came later and stayed with its owner says less than what brought it there.
    continued = decisions[0].source == Decision.Source.CONTINUITY
    origin = next((one for one in decisions if one.source != Decision.Source.CONTINUITY), decisions[0])
    return {
        "title": _title(conversation),
        "moved": moved,
        "decision": _decision(origin, departments),
        "continued": continued and origin is not decisions[0],
    }


def decisions(conversation: int) -> ArraySubquery:
    """What the router said of the newest messages of a conversation, the last first, as a column of another
    statement."""
    said = Event.objects.filter(conversation=conversation, kind="message")
    newest = said.filter(message__direction="in").order_by("-at", "-id").values("message_id")[:_LOOKED_AT]
    found = Decision.objects.filter(message__in=newest).order_by("-at", "-message_id")
    return ArraySubquery(found.values(json=JSONObject(**{name: name for name in _DECIDED})))


def deeds(conversation: Conversation) -> tuple[str, ...]:
    """The kinds of events by which somebody may have moved it where it is; none where nobody has."""
    if not conversation.moved_by_hand:
        return ()
    # Who chose the owner counts, before who brought it back from what was set aside.
    return ("set_aside",) if conversation.state == Conversation.State.NOISE else ("handover", "reopened")


def move(kinds: Collection[str], conversation: int) -> Subquery | Value:
    """Who moved a conversation last, as a column of another statement; nobody where no kind of event is asked for."""
    if not kinds:
        return Value(None, output_field=JSONField())
    found = Event.objects.filter(conversation=conversation, kind__in=kinds)
    name = Coalesce(NullIf("actor__name", Value("")), "actor__username")
    told = JSONObject(did="kind", by="actor_id", name=name, at="at", reason=F("data__reason"))
    return Subquery(found.order_by("kind", "-at", "-id").values(json=told)[:1])


def _title(conversation: Conversation) -> str:
    if conversation.state == Conversation.State.NOISE:
        return gettext("Why set aside?")
    return gettext("Why %(department)s?") % {"department": conversation.department.name}


def _moved(event: Part, now: datetime) -> Part:
    at = parse_datetime(event["at"]) or now
    return {
        "did": event["did"],
        "by": mate(event["by"], event["name"]) if event["by"] else None,
        "when": clock(at) if now - at < timedelta(hours=20) else short_date(at, now),
        "reason": event["reason"] or "",
    }


def _decision(decision: Decision, departments: "dict[str, Queue]") -> Part:
    outcome = departments.get(decision.outcome)
    runner = departments.get(decision.runner_up)
    share = decision.probabilities.get(decision.runner_up, 0)
    rules = (one for one in decision.evidence if one.get("kind") == "rule" and one.get("outcome") == "match")
    matched: Part = next(rules, {}) if decision.source == Decision.Source.RULE else {}
    guess = (
        max(decision.probabilities, key=decision.probabilities.get, default="") if decision.outcome == TRIAGE else ""
    )
    return {
        "source": decision.source,
        "outcome": outcome.name if outcome else gettext("Set aside"),
        "rule": matched.get("name") or "",
        "matched": matched.get("term") or "",
        "blocked": next((one.get("name", "") for one in decision.evidence if one.get("kind") == "block"), ""),
        "sure": percent(decision.confidence),
        "grade": "good" if decision.confidence > _SURE else "" if decision.confidence >= _PLAIN else "unsure",
        "below": decision.confidence < decision.threshold,
        "threshold": percent(decision.threshold),
        "runner": (runner.name if runner else gettext("Set aside")) if decision.runner_up else "",
        "runner_share": percent(share),
        "guess": (departments[guess].name if guess in departments else gettext("Set aside")) if guess else "",
        "guess_share": percent(decision.probabilities.get(guess, 0)),
        "terms": terms(decision, departments),
        "more": reverse("explanation", args=[decision.message_id]),
    }


def percent(share: float) -> str:
    """0.914 → "91%"; never 100% for what is not certain."""
    return shares.percent(round(share * 100) if share in (0, 1) else min(99, round(share * 100)))


def term_said(one: Mapping[str, Any]) -> str:
    """A term of the evidence: a word as the customer wrote it, a cue in the language of whoever reads."""
    return gettext("the message as a whole") if one.get("whole") else str(CUES.get(one["term"], one["term"]))


def terms(decision: Decision, departments: "dict[str, Queue]") -> list[Part]:
    """The evidence as bars: to the right what spoke for the outcome, to the left what spoke against it."""
    weighed = [one for one in decision.evidence if one.get("kind") == "term"][:_TERMS]
    most = max((abs(one["weight"]) for one in weighed), default=1) or 1
    return [_term(one, most, decision, departments) for one in weighed]


def _term(one: Part, most: float, decision: Decision, departments: "dict[str, Queue]") -> Part:
    weight = float(one["weight"])
    width = max(1.0, abs(weight) / most * _HALF)
    spoke_for = departments.get(decision.outcome if weight >= 0 else decision.runner_up)
    return {
        "term": term_said(one),
        "x": f"{32 if weight >= 0 else 32 - width:.1f}",
        "width": f"{width:.1f}",
        "mark": spoke_for.mark if spoke_for else "triage",
        "weight": shares.signed(weight, 1),
    }
