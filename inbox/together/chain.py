"""The way that a conversation has gone through departments, and back to where it came from."""

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from inbox import triage
from inbox.models import Conversation, Event
from inbox.presentation import full
from inbox.refusals import Conflict
from people.models import Department, User

OFTEN = 3
"""From so many hand-overs on a conversation is flagged."""
# More steps than anybody reads.
_MOST = 50
_STEPS = ("handover", "routed", "second_look")


def steps(conversation: int) -> list[dict[str, Any]]:
    """Its hand-overs from the first to the last, at most the newest fifty. One statement."""
    found = Event.objects.filter(conversation=conversation, kind__in=_STEPS).select_related("actor")
    return [_step(one) for one in reversed(found.order_by("-at", "-id")[:_MOST])]


class Before(NamedTuple):
    """Where a conversation was: in which department, and who had it there; `gone` who had it and can no more."""

    department: Department
    person: User | None = None
    gone: User | None = None


def previous(conversation: Conversation) -> Before:
    """Where it was before it was handed over to where it is now. Raises Conflict where nobody did, or the department
    is gone. Four statements at most."""
    last = (
        Event.objects.filter(conversation=conversation.pk, kind="handover", data__to=conversation.department.name)
        .order_by("-at", "-id")
        .first()
    )
    if last is None:
        raise Conflict(_("Nobody has handed this conversation over, so it cannot go back."))
    found = Department.objects.filter(name=last.data["from"]).exclude(pk=conversation.department_id).first()
    if found is None:
        raise Conflict(_("%(department)s is not there any more.") % {"department": last.data["from"]})
    had = User.objects.filter(pk=last.data["had"]).first() if "had" in last.data else None
    if had is None:
        return Before(found)
    return Before(found, person=had) if triage.able_in(found, [had.pk]) else Before(found, gone=had)


def _step(event: Event) -> dict[str, Any]:
    return {
        "from": event.data.get("from", ""),
        "to": event.data.get("to", ""),
        "reason": event.data.get("reason", ""),
        "who": str(event.actor) if event.actor else _("The router"),
        "at": full(event.at),
        "iso": event.at.isoformat(),
    }
