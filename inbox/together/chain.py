"""The way that a conversation has gone through departments, and back to where it came from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils.translation import gettext as _

from inbox import triage
from inbox.models import Conversation, Event
from inbox.presentation import full
from inbox.refusals import Conflict
from inbox.retelling import readable
from people.models import Department, User

OFTEN = 3
"""From so many hand-overs on a conversation is flagged."""
# More steps than anybody reads.
_MOST = 50
STEPS = ("handover", "routed", "second_look")


def steps(conversation: int) -> list[dict[str, Any]]:
    """Its hand-overs from the first to the last, at most the newest fifty. One statement."""
    found = Event.objects.filter(conversation=conversation, kind__in=(*STEPS, "undone")).select_related("actor")
    return [_step(one) for one in _still(reversed(found.order_by("-at", "-id")[:_MOST]))]


def leads_back(steps: Sequence[Mapping[str, Any]], department: str) -> bool:
    """Whether somebody handed it over to where it is now."""
    return any(one["kind"] == "handover" and one["to"] == department for one in steps)


def _still(events: Iterable[Event]) -> list[Event]:
    """The steps that still count: what somebody took back was a step of theirs, and stands on the timeline alone."""
    way: list[Event] = []
    for event in events:
        if event.kind != "undone":
            way.append(event)
        elif moves := event.data.get("moves"):
            own = [one for one in way if one.kind == "handover" and one.actor_id == event.actor_id]
            way = [one for one in way if one not in own[-moves:]]
    return way


class Before(NamedTuple):
    """Where a conversation was: in which department, and who had it there; `gone` who had it and can no more."""

    department: Department
    person: User | None = None
    gone: User | None = None


def previous(conversation: int) -> Before:
    """Where it was before it was handed over to where it is now. Raises Conflict where nobody did, or the department
    is gone, Http404 where there is no such conversation. Two statements."""
    told = Event.objects.filter(conversation=conversation, kind__in=("handover", "undone"))
    told = told.filter(conversation__department=OuterRef("pk")).order_by("-at", "-id")
    particulars = JSONObject(kind="kind", actor_id="actor_id", data="data")
    departments = list(Department.objects.annotate(told=ArraySubquery(told.values(one=particulars)[:_MOST])))
    here = next((one for one in departments if one.told), None)
    way = _still(Event(**one) for one in reversed(here.told)) if here else []
    last = next((one for one in reversed(way) if here and one.data["to"] == here.name), None)
    if last is None:
        if not Conversation.objects.filter(pk=conversation).exists():
            raise Http404
        raise Conflict(_("Nobody has handed this conversation over, so it cannot go back."))
    found = next((one for one in departments if one != here and one.name == last.data["from"]), None)
    if found is None:
        raise Conflict(_("%(department)s is not there any more.") % {"department": last.data["from"]})
    had = User.objects.filter(pk=last.data.get("had", 0)).annotate(
        is_able=ExpressionWrapper(triage.able(found), output_field=BooleanField())
    )
    who = had.first()
    if who is None:
        return Before(found)
    return Before(found, person=who) if who.is_able else Before(found, gone=who)


def _step(event: Event) -> dict[str, Any]:
    data = readable(event.kind, event.data, by_hand=event.actor_id is not None)
    return {
        "kind": event.kind,
        "from": data.get("from", ""),
        "to": data.get("to", ""),
        "reason": data.get("reason", ""),
        "who": str(event.actor) if event.actor else _("The router"),
        "at": full(event.at),
        "iso": event.at.isoformat(),
    }
