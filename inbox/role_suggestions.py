"""Roles that rules suggest: a colleague says whether it is so, once."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import Contact, Identity, Role
from contacts.refused import Refused
from inbox import marks
from inbox.facts import roles
from inbox.models import RoleSuggestion
from people.models import User

State = RoleSuggestion.State
_MOST = 50


def of_person(person: int) -> QuerySet[RoleSuggestion]:
    """What is suggested of a person in any of their accounts and not answered yet, newest first. One statement."""
    identities = Identity.objects.filter(contact__in=Contact.objects.of(person))
    waiting = RoleSuggestion.objects.filter(identity__in=identities, state=State.OPEN, kind__is_active=True)
    return waiting.select_related("kind", "message").order_by("-at", "-pk")[:_MOST]


def shown(person: int) -> list[dict[str, Any]]:
    """The same as pages show it: each role, the rule that suggests it, and where it can be read. One statement."""
    return [
        {
            "id": one.pk,
            "name": one.kind.name,
            "icon": marks.icon(one.kind.icon, "sm"),
            "tone": one.kind.tone,
            "rule": one.reason,
            "where": reverse("short", args=[one.message.conversation_id]) if one.message else "",
        }
        for one in of_person(person)
    ]


@transaction.atomic
def accept(suggestion_id: int, *, by: User, at: datetime) -> Role:
    """It is so: the person has the role since the message that the rule matched, with the rule as the reason.

    Raises Refused where somebody has answered meanwhile, or the person has the role by now.
    """
    suggestion = _answered(suggestion_id, State.ACCEPTED, by=by)
    since = min(suggestion.message.posted_at, at) if suggestion.message else min(suggestion.at, at)
    return roles.give(
        suggestion.identity.own_contact_id,
        suggestion.kind,
        since=since,
        reason=_("Suggested by the rule “%(name)s”") % {"name": suggestion.reason},
        evidence=_evidence(suggestion),
        at=at,
        by=by,
    )


@transaction.atomic
def reject(suggestion_id: int, *, by: User) -> RoleSuggestion:
    """It is not so, and no rule asks again. Raises Refused where somebody has answered meanwhile."""
    return _answered(suggestion_id, State.REJECTED, by=by)


def _evidence(suggestion: RoleSuggestion) -> dict[str, Any]:
    said = suggestion.message
    return {"conversation": said.conversation_id, "messages": [said.pk]} if said else {}


def _answered(suggestion_id: int, state: RoleSuggestion.State, *, by: User) -> RoleSuggestion:
    found = RoleSuggestion.objects.select_related("identity", "kind", "message").filter(pk=suggestion_id)
    suggestion = found.select_for_update(of=("self",)).first()
    if suggestion is None:
        raise Refused(_("This suggestion is not there any more."))
    if suggestion.state != State.OPEN:
        raise Refused(_("Somebody has answered this already."))
    suggestion.state, suggestion.by = state, by
    suggestion.save(update_fields=["state", "by"])
    return suggestion
