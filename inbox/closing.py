"""Closing a conversation with a reply: done when it is queued, and taken back with it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef

from inbox import standing
from inbox.models import Conversation, Event
from socialcrm import jobs

State = Conversation.State


def close(conversation: Conversation) -> dict[str, Any]:
    """Close it; returns how it stood before, as each part of the reply keeps it: nothing, where it was closed already.

    What is left of a series when others of its parts are gone is taken back like all of it.
    """
    before = standing.of(conversation)
    # What somebody answers is no noise any more.
    before["state"] = State.OPEN if before["state"] == State.NOISE else before["state"]
    conversation.state, conversation.snoozed_until = State.CLOSED, None
    was, now = standing.differences(before, standing.of(conversation))
    if not was:
        return {}
    standing.write([conversation])
    jobs.ring(jobs.ASSIGN)
    return {"id": conversation.pk, "before": was, "after": now}


def since(message: str) -> Exists:
    """Whether somebody has closed a conversation since a message was written in it, which the column `message` holds.
    An annotation."""
    closed = Event.objects.filter(conversation=OuterRef(f"{message}__conversation"), kind="closed")
    return Exists(closed.filter(at__gt=OuterRef(f"{message}__created_at")))


def open_again(conversation: Conversation, kept: Mapping[str, Any] | None) -> None:
    """The reply is taken back: the conversation, which is locked, stands as it did, unless it was closed already, or
    somebody has changed it since. `kept` is what `close` returned; a version before this one did not keep it."""
    part = {"before": {"state": State.OPEN}, "after": {"state": State.CLOSED}} if kept is None else kept
    now = standing.of(conversation)
    if part and all(now[name] == value for name, value in part["after"].items()):
        standing.put(conversation, part["before"])
        standing.write([conversation])
        jobs.ring(jobs.ASSIGN)
