"""Who has read what."""

from django.db import connection
from django.utils import timezone

from inbox.models import Conversation, Seen
from people.models import User


def mark(conversation: Conversation, *, by: User) -> None:
    """`by` has read the conversation up to now. One statement, because nothing happens more often."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_seen (user_id, conversation_id, at) VALUES (%s, %s, %s)"
            " ON CONFLICT (user_id, conversation_id) DO UPDATE SET at = excluded.at",
            [by.pk, conversation.pk, timezone.now()],
        )


def unmark(conversation: Conversation, *, by: User) -> None:
    """Show the conversation as unread to `by` again."""
    Seen.objects.filter(user=by, conversation=conversation).delete()
