"""News from what colleagues follow: looked for now and then, so that arriving messages need not wait for it."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from inbox.notifying.telling import Told, tell

# A person's conversations are those of all their accounts, also of contacts that were merged into one.
_NEWS = """
    WITH news AS (
        SELECT f.id, f.user_id, c.id AS conversation FROM inbox_follow f
        JOIN inbox_conversation c ON c.id = f.conversation_id AND c.last_inbound_at > f.told_at
        UNION
        SELECT f.id, f.user_id, c.id FROM inbox_follow f
        JOIN contacts_contact k ON k.id = f.contact_id
        JOIN contacts_contact p ON p.id = coalesce(k.root_id, k.id) OR p.root_id = coalesce(k.root_id, k.id)
        JOIN contacts_identity i ON i.contact_id = p.id
        JOIN inbox_conversation c ON c.identity_id = i.id AND c.last_message_at > f.told_at
            AND c.last_inbound_at > f.told_at
    ), heard AS (
        UPDATE inbox_follow SET told_at = %(now)s WHERE id IN (SELECT id FROM news)
    )
    SELECT DISTINCT user_id, conversation FROM news ORDER BY user_id, conversation
"""


@transaction.atomic
def tell_news(now: datetime | None = None) -> int:
    """Tell whoever follows something of what customers wrote there since; returns how many people were told.

    Two statements. What was written while this runs is told the next time.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"now": now})
        rows = cursor.fetchall()
    return len(tell([Told("followed", conversation, users=[user]) for user, conversation in rows], now))
