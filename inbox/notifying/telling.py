"""Writing down whom something concerns, in the transaction in which it happens, with one statement."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inbox import live
from inbox.notifying.kinds import APP, KINDS, MAIL

# Time in which somebody may read it in the app, and needs no e-mail.
PATIENCE = timedelta(minutes=2)
# Within so long nobody is told again what they have not read yet.
_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened in a conversation. `users`: whom it concerns, where the database does not know better."""

    kind: str
    conversation: int
    actor: int | None = None
    users: Sequence[int] = ()
    department: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


# Whom it concerns: a named colleague, the assignee, a department's people, or who wrote a reply that is held back.
# Nobody is told of what they did themselves. What happens to many conversations at once is told once.
_TELL = """
    WITH told AS (
        SELECT * FROM unnest(
            %(kinds)s::text[], %(conversations)s::bigint[], %(actors)s::bigint[], %(users)s::bigint[],
            %(departments)s::text[], %(data)s::jsonb[]
        ) AS t(kind, conversation, actor, person, department, data)
    ), meant AS (
        SELECT t.*, t.person AS user_id FROM told t WHERE t.person IS NOT NULL
        UNION
        SELECT t.*, c.assignee_id FROM told t JOIN inbox_conversation c ON c.id = t.conversation
        WHERE t.person IS NULL AND t.kind IN ('assigned', 'due') AND c.assignee_id IS NOT NULL
        UNION
        SELECT t.*, m.user_id FROM told t JOIN inbox_conversation c ON c.id = t.conversation
        JOIN people_membership m ON m.department_id = c.department_id
        WHERE t.person IS NULL AND (t.kind = 'handed_over' OR (t.kind = 'due' AND c.assignee_id IS NULL))
        UNION
        SELECT t.*, m.user_id FROM told t JOIN people_department d ON d.name = t.department
        JOIN people_membership m ON m.department_id = d.id
        WHERE t.person IS NULL AND t.kind = 'asked'
        UNION
        SELECT t.*, m.author_id FROM told t JOIN inbox_message m ON m.conversation_id = t.conversation
        JOIN inbox_delivery d ON d.message_id = m.id AND d.state = 'held'
        WHERE t.person IS NULL AND t.kind = 'reply' AND m.author_id IS NOT NULL
    ), gathered AS (
        SELECT user_id, kind, actor, count(DISTINCT conversation) AS n, min(conversation) AS conversation,
            (array_agg(data))[1] || jsonb_build_object('department', min(department)) AS data
        FROM meant WHERE user_id IS DISTINCT FROM actor GROUP BY user_id, kind, actor
    )
    INSERT INTO inbox_notification (user_id, kind, conversation_id, actor_id, data, at, in_app, mail_after)
    SELECT u.id, g.kind, CASE WHEN g.n = 1 THEN g.conversation END, g.actor,
        g.data || jsonb_build_object('n', g.n), %(now)s, w.app,
        CASE WHEN w.mail AND u.email <> '' THEN
            CASE WHEN g.kind = ANY(%(urgent)s) THEN %(now)s ELSE %(later)s END
        END
    FROM gathered g
    JOIN people_user u ON u.id = g.user_id AND u.is_active
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN jsonb_typeof(u.notify -> g.kind) = 'array' THEN u.notify -> g.kind ? %(app)s
                ELSE g.kind = ANY(%(by_app)s) END AS app,
            CASE WHEN jsonb_typeof(u.notify -> g.kind) = 'array' THEN u.notify -> g.kind ? %(mail)s
                ELSE g.kind = ANY(%(by_mail)s) END AS mail
    ) w
    WHERE (w.app OR w.mail) AND NOT EXISTS (
        SELECT FROM inbox_notification b
        WHERE b.user_id = u.id AND b.kind = g.kind AND b.in_app AND b.read_at IS NULL AND b.at > %(recent)s
            AND b.conversation_id = g.conversation AND g.n = 1 AND b.actor_id IS NOT DISTINCT FROM g.actor
    )
    ORDER BY u.id, g.kind
    RETURNING user_id
"""


def tell(told: Iterable[Told], now: datetime | None = None) -> set[int]:
    """Write down what happened for everybody whom it concerns; returns who that is. One statement, none for nothing.

    Their open pages hear of it once the running transaction has committed.
    """
    rows = [(one, user) for one in told for user in (one.users or (None,))]
    if not rows:
        return set()
    now = now or timezone.now()
    values: dict[str, Any] = {
        "kinds": [one.kind for one, _ in rows],
        "conversations": [one.conversation for one, _ in rows],
        "actors": [one.actor for one, _ in rows],
        "users": [user for _, user in rows],
        "departments": [one.department for one, _ in rows],
        "data": [json.dumps(dict(one.data)) for one, _ in rows],
        "now": now,
        "later": now + PATIENCE,
        "recent": now - _AGAIN,
        "urgent": [name for name, kind in KINDS.items() if kind.is_urgent],
        "by_app": [name for name, kind in KINDS.items() if APP in kind.media],
        "by_mail": [name for name, kind in KINDS.items() if MAIL in kind.media],
        "app": APP,
        "mail": MAIL,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        users = {row[0] for row in cursor.fetchall()}
    if users:
        transaction.on_commit(partial(live.publish, {"notified": sorted(users)}))
    return users
