"""What colleagues were told of people who are being erased: taken back, and not sent by e-mail any more."""

from collections.abc import Collection

from django.db import connection

from inbox.models import Notification
from inbox.notifying.hearing import HEARD

# Of many conversations colleagues are told in one line, with the reason of one of them. Which one that was is known by
# its entry on the timeline, which was written in the same moment by the same person.
_REASONS = """
    UPDATE inbox_notification n SET data = n.data || '{"reason": ""}'
    WHERE n.conversation_id IS NULL AND n.data->>'reason' <> '' AND EXISTS (
        SELECT FROM inbox_event e
        WHERE e.identity_id = ANY(%s) AND e.kind = ANY(%s) AND e.actor_id IS NOT DISTINCT FROM n.actor_id
            AND left(e.data->>'reason', 200) = n.data->>'reason'
            AND e.at BETWEEN n.at - interval '1 hour' AND n.at + interval '1 hour'
    )
"""


def forget(identities: Collection[int]) -> int:
    """Nobody is told of the conversations of these people, nor why one of them was among many others; returns how many
    lines that concerns. Two statements, for as long as the conversations are there."""
    gone = Notification.objects.filter(conversation__identity__in=identities).delete()[0]
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, [list(identities), list(HEARD)])
        return gone + int(cursor.rowcount)
