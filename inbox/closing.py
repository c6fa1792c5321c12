"""Closing a conversation with a reply: done when it is queued, and taken back with it."""

from inbox import holding, restoring, standing
from inbox.models import Conversation, Delivery, Event, Message
from people.models import User
from socialcrm import jobs

State = Conversation.State


def close_with(message: Message, conversation: Conversation) -> None:
    """Close it, and keep with the reply, with each of its parts, how it stood before: nothing, where it was closed
    already."""
    before = standing.of(conversation)
    # What somebody answers is no noise any more.
    before["state"] = State.OPEN if before["state"] == State.NOISE else before["state"]
    conversation.state, conversation.snoozed_until = State.CLOSED, None
    was, now = standing.differences(before, standing.of(conversation))
    if was:
        standing.write([conversation])
        jobs.ring(jobs.ASSIGN)
    part = {"id": conversation.pk, "before": was, "after": now} if was else {}
    # What is left of a series when others of its parts are gone is taken back like all of it.
    Delivery.objects.filter(pk__in=holding.series(message.pk)).update(closed=part)


def open_again(message: Message, *, by: User) -> None:
    """The reply is taken back: the conversation stands as it did, unless somebody has closed it since, or it was closed
    already."""
    part = Delivery.objects.filter(pk=message.pk).values_list("closed", flat=True).get()
    if part is None:
        # Queued by a version that did not keep it.
        part = {"before": {"state": State.OPEN}, "after": {"state": State.CLOSED}}
    since = Event.objects.filter(conversation=message.conversation_id, kind="closed", at__gt=message.created_at)
    if part and not since.exists():
        restoring.put_back({message.conversation_id: part}, by=by)
        jobs.ring(jobs.ASSIGN)
