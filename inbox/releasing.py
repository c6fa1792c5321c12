"""Taking from a colleague what they have open, so that others get it."""

from datetime import datetime

from django.db import connection, transaction

from inbox import events, live
from people.models import User
from socialcrm import jobs

_AT_ONCE = 2_000
_RELEASE = """
    WITH theirs AS (
        SELECT id FROM inbox_conversation WHERE assignee_id = %(user)s AND state IN ('open', 'snoozed')
        ORDER BY id LIMIT %(most)s FOR UPDATE
    )
    UPDATE inbox_conversation c SET assignee_id = NULL FROM theirs WHERE c.id = theirs.id
    RETURNING c.id, c.channel_id, c.identity_id
"""


def release(user: User, *, by: User, now: datetime) -> int:
    """All that they have open or snoozed goes back to its queue; where conversations are given to whoever is there,
    somebody else gets it. Returns how many.

    By the thousand; whoever is interrupted begins again where it stopped.
    """
    released = 0
    while batch := _release_some(user, by, now):
        released += batch
    return released


@transaction.atomic
def _release_some(user: User, by: User, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"user": user.pk, "most": _AT_ONCE})
        rows = cursor.fetchall()
    events.act_on_all(rows, "released", by=by, at=now, data={"from": str(user)})
    if rows:
        live.changed(conversations=[row[0] for row in rows[:200]])
        jobs.ring(jobs.ASSIGN)
    return len(rows)
