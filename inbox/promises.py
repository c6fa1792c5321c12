"""Promises to customers: made with a reply or on one that was sent, open until they are kept or taken back."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import events, live
from inbox.models import Delivery, Message, Promise
from inbox.triage import Conflict, lock
from people.models import User

LONGEST = 500


@transaction.atomic
def make(message: Message, *, by: User, until: datetime | None) -> Promise:
    """What a reply of ours says is a promise of the department that owns its conversation. Once for a reply.

    Raises NotAllowed, and Conflict where it is one already or was never sent.
    """
    conversation = lock(message.conversation, by=by)
    if message.direction != Message.Direction.OUT or Delivery.objects.filter(pk=message.pk, state="draft").exists():
        raise Conflict(_("Only a reply of ours can be a promise."))
    if Promise.objects.filter(message=message, settled_at=None).exists():
        raise Conflict(_("This is a promise already."))
    promise = Promise.objects.create(
        conversation=conversation,
        message=message,
        department_id=conversation.department_id,
        by=by,
        text=shortened(message.text),
        due_at=until,
        at=timezone.now(),
    )
    data = {
        "department": conversation.department.name,
        "text": promise.text,
        "until": until.isoformat() if until else "",
    }
    events.act(conversation, "promised", by=by, at=promise.at, message_id=message.pk, data=data)
    live.changed(conversations=[conversation.pk])
    return promise


@transaction.atomic
def settle(promise: Promise, *, by: User, kept: bool) -> None:
    """It was kept, or is taken back; say so who may act in its conversation. Raises NotAllowed, Conflict."""
    conversation = lock(promise.conversation, by=by)
    now = timezone.now()
    open_one = Promise.objects.filter(pk=promise.pk, settled_at=None)
    if not open_one.update(settled_at=now, settled_by=by, is_kept=kept):
        raise Conflict(_("This promise has been settled meanwhile."))
    kind = "promise_kept" if kept else "promise_withdrawn"
    events.act(conversation, kind, by=by, at=now, data={"text": promise.text})
    live.changed(conversations=[conversation.pk])


def open_with(contact_id: int) -> QuerySet[Promise]:
    """What is promised to a person, on whichever account, what is due first first."""
    found: QuerySet[Promise] = Promise.objects.filter(
        settled_at=None, conversation__identity__contact=contact_id
    ).select_related("department", "by", "conversation")
    return found.order_by("due_at", "pk")


def told(promise: Promise, now: datetime) -> dict[str, Any]:
    """A promise for a template."""
    return {"promise": promise, "late": promise.due_at is not None and promise.due_at < now}


def shortened(text: str) -> str:
    """The words of a promise as they are shown: all of a short reply, the beginning of a long one."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
