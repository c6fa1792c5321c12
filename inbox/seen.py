"""Who has read what."""

from collections.abc import Collection

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import undo
from inbox.models import Conversation
from people.models import User


def mark(conversation: Conversation, *, by: User) -> None:
    """`by` has read the conversation up to now, and what they were told of it. One statement, because nothing happens
    more often."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH told AS (UPDATE inbox_notification SET read_at = %s"
            " WHERE user_id = %s AND conversation_id = %s AND read_at IS NULL)"
            " INSERT INTO inbox_seen (user_id, conversation_id, at) VALUES (%s, %s, %s)"
            " ON CONFLICT (user_id, conversation_id) DO UPDATE SET at = excluded.at",
            [now, by.pk, conversation.pk, by.pk, conversation.pk, now],
        )


@transaction.atomic
def unmark(conversations: Collection[int], *, by: User) -> int | None:
    """Show conversations as unread to `by` again; returns the deed, if they were read. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM inbox_seen WHERE user_id = %s AND conversation_id = ANY(%s) RETURNING conversation_id, at",
            [by.pk, list(conversations)],
        )
        read = cursor.fetchall()
    parts = [{"id": pk, "before": {"seen": at.isoformat()}, "after": {"seen": None}} for pk, at in read]
    return undo.record("unread", _("Marked as unread"), parts, by=by) if parts else None
