"""Who has read what."""

from django.utils import timezone

from inbox.models import Conversation, Seen
from people.models import User


def mark(conversation: Conversation, *, by: User) -> None:
    """`by` has read the conversation up to now."""
    Seen.objects.update_or_create(user=by, conversation=conversation, defaults={"at": timezone.now()})


def unmark(conversation: Conversation, *, by: User) -> None:
    """Show the conversation as unread to `by` again."""
    Seen.objects.filter(user=by, conversation=conversation).delete()
