"""Putting what changed about a person on their timeline, and before those who look at it."""

from datetime import datetime
from typing import Any

from contacts.person import person_of
from inbox import deadlines, events, live
from inbox.models import Conversation
from people.models import User

# Open conversations of the person that are drawn anew at once; who looks at others sees it when they next ask.
_SHOWN_AT_ONCE = 50


def tell(contact_id: int, kind: str, *, by: User | None, at: datetime, **data: Any) -> None:
    """Record an event of a contact, and let browsers that show the person's conversations know."""
    events.of_contact(contact_id, kind, by=by, at=at, **data)
    if kind in ("role_given", "role_ended"):
        deadlines.of_person(contact_id)
    show(contact_id)


def show(contact_id: int) -> None:
    """Let browsers that show the person's conversations know that something about them looks different."""
    working = Conversation.objects.filter(identity__contact=person_of(contact_id), state__in=["open", "snoozed"])
    live.changed(conversations=list(working.values_list("pk", flat=True)[:_SHOWN_AT_ONCE]))
