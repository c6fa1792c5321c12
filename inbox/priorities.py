"""How urgent a conversation is: said by a colleague, by a rule, or by a step that is taken when a reply is late."""

from django.db import transaction
from django.utils import timezone

from inbox import deadlines, events, live
from inbox.models import Conversation
from inbox.triage import lock
from people.models import User

Priority = Conversation.Priority


@transaction.atomic
def prioritise(conversation: Conversation, *, to: int, by: User) -> Conversation:
    """Make a conversation as urgent as that; when its reply is due follows. The same again does nothing.

    Raises NotAllowed where `by` may not act.
    """
    current = lock(conversation, by=by)
    if current.priority == to:
        return current
    said = {"from": str(Priority(current.priority).label), "to": str(Priority(to).label), "reason": ""}
    current.priority = to
    current.save(update_fields=["priority"])
    deadlines.restate([current.pk])
    events.act(current, "prioritised", by=by, at=timezone.now(), data=said)
    live.changed(conversations=[current.pk])
    return current
