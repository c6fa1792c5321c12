"""What the card says of whoever has a conversation: why it was given to them, and whether they are there."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.expressions import Combinable

from inbox import giving
from inbox.models import Assignment, Event
from inbox.rows import mate
from people.presence import is_here


def why(conversation: Combinable, assignee: Combinable) -> Subquery:
    """The explanation with which a conversation was given to whoever has it now; NULL where a person chose them."""
    chosen = Event.objects.filter(conversation=OuterRef("conversation"), kind="assigned", at__gte=OuterRef("at"))
    given = Assignment.objects.filter(~Exists(chosen), conversation=conversation, user=assignee)
    return Subquery(given.order_by("-at", "-id").values("explanation")[:1])


def part(conversation: Any, now: datetime) -> dict[str, Any] | None:
    """Who has it and why, from a conversation with `given` and its assignee's presence; None where there is nothing
    to say beside the name."""
    user = conversation.assignee
    if user is None:
        return None
    away = not is_here(getattr(user, "presence", None), now)
    if not away and not conversation.given:
        return None
    return {
        "mate": mate(user.pk, str(user)),
        "why": giving.sentence(conversation.given) if conversation.given else "",
        "away": away,
    }
