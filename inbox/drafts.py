"""What colleagues have begun to write: kept while they type, so that it survives a reload and others know of it."""

from django.db import transaction
from django.utils import timezone

from inbox.models import Conversation, Draft
from inbox.triage import lock
from people.models import User


@transaction.atomic
def save(conversation: Conversation, *, by: User, text: str) -> None:
    """Keep the words that stand in the composer now; none of them forgets the draft. Raises NotAllowed."""
    lock(conversation, by=by)
    if not text.strip():
        forget(conversation, by=by)
        return
    Draft.objects.update_or_create(
        user=by, conversation_id=conversation.pk, defaults={"text": text, "at": timezone.now()}
    )


def forget(conversation: Conversation, *, by: User) -> None:
    """It was sent, or taken away."""
    Draft.objects.filter(user=by, conversation_id=conversation.pk).delete()
