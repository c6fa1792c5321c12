"""What was given to people without anybody's choosing: looked for by a job, so that giving need not wait for it."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from inbox.notifying.telling import Told, tell

# What was given longer ago, somebody has seen in their list by now.
_FRESH = timedelta(minutes=10)
_LOCK = 7_361  # any number that no other advisory lock of ours has
# By the index of each person's newest. What they were told of since is told.
_GIVEN = """
    SELECT a.user_id, a.conversation_id FROM people_user u
    CROSS JOIN LATERAL (
        SELECT a.user_id, a.conversation_id, a.at FROM inbox_assignment a
        WHERE a.user_id = u.id AND a.at > %(since)s ORDER BY a.at DESC
    ) a
    JOIN inbox_conversation c ON c.id = a.conversation_id AND c.assignee_id = a.user_id
    WHERE u.is_active AND NOT EXISTS (
        SELECT FROM inbox_notification n
        WHERE n.user_id = a.user_id AND n.kind = 'assigned' AND n.at >= a.at AND n.actor_id IS NULL
            AND (n.conversation_id = a.conversation_id OR n.conversation_id IS NULL)
    )
    ORDER BY a.user_id, a.conversation_id
"""


@transaction.atomic
def tell_given(now: datetime | None = None) -> int:
    """Tell people what was given to them lately and they were not told yet; returns how many were. Two statements."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        # One at a time, or two of them would tell the same.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_GIVEN, {"since": now - _FRESH})
        rows = cursor.fetchall()
    return len(tell([Told("assigned", conversation, users=[user]) for user, conversation in rows], now))
