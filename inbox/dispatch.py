"""The messages that a reply is made of: one, or the posts that a long text is divided into, each after the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from connectors import parting
from connectors.models import Channel
from inbox import events, holding
from inbox.models import Conversation, Delivery, Message
from people.models import User

State = Delivery.State


def write(
    conversation: Conversation,
    original: Message,
    parts: Sequence[parting.Part],
    *,
    by: User,
    through: Channel,
    click: UUID,
    closed: Mapping[str, Any] | None,
    audience: str,
    at: datetime | None,
    how: str,
) -> Message:
    """The messages of a reply, each on its way after the one before it, `through` the account that says them; returns
    the first. `closed`: what was closed with it (inbox/closing.py)."""
    now = timezone.now()
    holding.forget(conversation.pk, by)
    messages = Message.objects.bulk_create(
        Message(
            channel_id=conversation.channel_id,
            conversation=conversation,
            identity_id=conversation.identity_id,
            direction=Message.Direction.OUT,
            kind=original.kind,
            parent_id=original.external_id or "",
            text=part.text,
            raw=_told(part, place, len(parts), how),
            author=by,
            posted_at=now,
            created_at=now,
            version_at=now,
        )
        for place, part in enumerate(parts, 1)
    )
    Delivery.objects.bulk_create(
        Delivery(
            message=message,
            channel=through,
            state=State.QUEUED,
            click=click if before is None else uuid4(),
            client_key=uuid4(),
            send_after=at or now + timedelta(seconds=undo_seconds(conversation)),
            is_later=at is not None,
            follows=before,
            # The conversation is done with when all of it has left.
            close_after=closed is not None,
            closed=closed,
            audience=audience,
        )
        for before, message in zip([None, *messages], messages, strict=False)
    )
    events.record(
        events.Entry.of(conversation, "message", by=by, at=now, message_id=message.pk) for message in messages
    )
    return messages[0]


def undo_seconds(conversation: Conversation) -> int:
    """For how long a reply of the department that owns the conversation can be taken back."""
    seconds = conversation.department.undo_seconds
    return seconds if seconds is not None else int(settings.UNDO_SECONDS)


def _told(part: parting.Part, place: int, of: int, how: str) -> dict[str, Any]:
    if of == 1:
        return {}
    return {"part": {"n": place, "of": of, "gap": part.gap, "number": part.number, "how": how}}


def part(message: Message) -> parting.Part:
    """A post of a reply as it was divided; what is whole ends in a paragraph of its own."""
    told = message.raw.get("part")
    if not isinstance(told, dict):
        return parting.Part(message.text, "\n\n")
    return parting.Part(message.text, str(told["gap"]), int(told["number"]))


def whole_text(message: Message) -> str:
    """What the reply says of which a message is a part."""
    if "part" not in message.raw:
        return message.text
    parts = Message.objects.filter(pk__in=holding.series(message.pk)).order_by("pk")
    return parting.join([part(one) for one in parts])
