"""What colleagues have begun to write: kept while they type, so that it survives a reload and others know of it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inbox.models import Conversation, Delivery, Draft
from inbox.triage import lock
from people.models import User


@transaction.atomic
def save(conversation: Conversation, *, by: User, text: str, click: UUID | None = None) -> None:
    """Keep the words that stand in the composer now; none of them forgets the draft. Raises NotAllowed.

    `click`: what their composer will send them by. Words that come after their reply was sent are no draft any more.
    """
    lock(conversation, by=by)
    if click is not None and Delivery.objects.filter(click=click).exists():
        return
    if not text.strip():
        forget(conversation, by=by)
        return
    Draft.objects.update_or_create(
        user=by, conversation_id=conversation.pk, defaults={"text": text, "at": timezone.now()}
    )


def forget(conversation: Conversation, *, by: User) -> None:
    """It was sent, or taken away."""
    Draft.objects.filter(user=by, conversation_id=conversation.pk).delete()
