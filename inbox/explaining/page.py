"""The explanation of a decision, for everybody who is signed in."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from inbox import marks, recall
from inbox.dryrun.labels import Labels
from inbox.explaining import bars, facts, told, traced
from inbox.models import Conversation, Decision, Message
from inbox.presentation import full, network_name
from inbox.ruling.names import Names
from inbox.then import Row
from people.models import User
from routing.decisions import NOISE
from routing.models import Ruleset

_LONGEST = 600


def find(user: User, message: int) -> tuple[Message, Decision | None]:
    """A message that came in, and what the router said of it, if it was asked. Raises Http404. Two statements."""
    found = (
        Message.objects.filter(conversation__in=Conversation.objects.visible_to(user))
        .select_related("channel", "identity__contact", "conversation__department")
        .filter(pk=message, direction=Message.Direction.IN)
        .first()
    )
    if found is None:
        raise Http404
    decision = Decision.objects.filter(message=message).first()
    if decision is not None:
        decision.message = found
    return found, decision


def context(message: Message, decision: Decision | None, names: Names, labels: Labels) -> dict[str, Any]:
    """All that the page shows but the trace of the rules, which is asked for by itself."""
    whole = f"{message.title}\n{message.text}" if message.title else message.text
    identity = message.identity
    return {
        "pk": message.pk,
        "conversation": reverse("short", args=[message.conversation_id]),
        "name": identity.contact.name or str(identity),
        "network": marks.network(identity.network),
        "network_name": network_name(identity.network),
        "when": full(message.posted_at),
        "text": whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]}…",
        "whole": whole,
        "is_deleted": message.deleted_at is not None,
        "was_edited": message.edited_at is not None,
        "departments": [(slug, one.name) for slug, one in labels.departments.items() if not one.is_triage],
        "d": _decision(decision, names, labels) if decision else None,
    }


def _decision(decision: Decision, names: Names, labels: Labels) -> dict[str, Any]:
    kept = recall.kept_of(decision)
    version = Ruleset.objects.filter(pk=decision.ruleset).only("number").first() if decision.ruleset else None
    rule = traced.rule(version.pk if version else None, decision.rule)
    return {
        "to": labels.mark(decision.outcome),
        "name": labels.name(decision.outcome),
        "is_noise": decision.outcome == NOISE,
        "source": decision.source,
        "says": told.answer(decision, rule, names, labels),
        "look": told.look(decision, labels),
        "shares": bars.shares(decision.probabilities, decision.outcome, decision.runner_up, labels),
        "terms": bars.terms(decision.evidence, labels),
        "about": bars.about(decision.evidence, labels),
        "likes": bars.likes(decision.evidence, labels),
        "contributors": told.contributors(decision, labels),
        "actions": facts.done(decision.actions, names),
        "senses": facts.of_text(kept),
        "customer": facts.of_customer(kept, names, labels),
        "is_old": not decision.signals and decision.ruleset is None,
        "number": version.number if version else None,
        "has_trace": version is not None,
        "version": decision.version,
        "at": full(decision.at),
        "owner": kept.get("owner") or "",
    }


def trace(decision: Decision, names: Names, start: int) -> dict[str, Any] | None:
    """What every rule of then says; None where it is not known which rules there were."""
    version = Ruleset.objects.filter(pk=decision.ruleset).only("number").first() if decision.ruleset else None
    if version is None:
        return None
    message = decision.message
    row = Row(message.pk, message.identity_id, message.channel_id, message.parent_id)
    found = traced.trace(version.pk, row, recall.of_decision(decision), names, start)
    decided = decision.rule if decision.source == Decision.Source.RULE else None
    differs = decision.source in (Decision.Source.RULE, Decision.Source.CLASSIFIER) and found.decided != decided
    return {"trace": found, "number": version.number, "differs": differs, "at": timezone.now()}
