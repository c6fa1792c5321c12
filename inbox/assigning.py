"""New conversations are given to whoever is there, in the departments that want it; see docs/assignment.md.

What is given: open conversations that wait for an answer and have no assignee. What a colleague took from its assignee
by hand stays with nobody until the customer writes again. What was only looked at quickly waits for the second look,
for a while.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from inbox import events, giving, live
from people.models import Department
from people.presence import AWAY_AFTER
from routing.assignment import Given, Person, Waiting, assign
from socialcrm.bulk import copy_rows

_LOCK = 7_341  # any number that no other advisory lock of ours has
# Conversations looked at for each that can be given, so that a language which nobody has a hand free for blocks nobody.
_LOOKED_AT, _MOST = 5, 500
# The second look moves a burst within seconds; where it does not come, nobody waits for it.
_SECOND_LOOK_WITHIN = timedelta(minutes=2)
# Of each account of a customer, how many of the newest messages and conversations are asked who was in them.
_BEFORE = 20

# Held until the transaction ends: who goes away in between is away only after it. In the order of people, as heard().
_PEOPLE = """
    SELECT u.id, coalesce(nullif(u.name, ''), u.username), u.capacity, u.languages, u.skills,
        (SELECT count(*) FROM inbox_conversation c WHERE c.assignee_id = u.id AND c.state = 'open'),
        (SELECT count(*) FROM inbox_assignment a WHERE a.user_id = u.id AND a.at >= %(midnight)s),
        (SELECT max(a.at) FROM inbox_assignment a WHERE a.user_id = u.id)
    FROM people_membership m
    JOIN people_user u ON u.id = m.user_id AND u.is_active
    JOIN people_presence p ON p.user_id = u.id AND p.state = 'online' AND p.seen_at > %(gone)s
    WHERE m.department_id = %(department)s
    ORDER BY u.id FOR SHARE OF p
"""
# Rows are locked, and their events looked at, one after the other in their order, until there are enough of them. The
# newest deed of a colleague tells whether somebody wants it to stay with nobody. The last three columns: whose the
# customer's last other conversation is, who answered them last, and from whom this one was taken.
_WAITING = """
    WITH waits AS (
        SELECT * FROM (
            SELECT c.id, c.channel_id, c.identity_id, c.waiting_since, c.priority, c.due_at
            FROM inbox_conversation c
            WHERE c.department_id = %(department)s AND c.state = 'open' AND c.waiting_since IS NOT NULL
              AND c.assignee_id IS NULL
            ORDER BY c.priority DESC, c.due_at, c.waiting_since, c.id
            FOR UPDATE SKIP LOCKED
        ) c
        WHERE NOT EXISTS (
            SELECT 1 FROM (
                SELECT e.kind, e.at FROM inbox_event e
                WHERE e.conversation_id = c.id AND e.actor_id IS NOT NULL
                  AND e.kind IN ('unassigned', 'handover', 'reopened', 'released')
                ORDER BY e.at DESC, e.id DESC LIMIT 1
            ) last
            WHERE last.kind = 'unassigned' AND NOT EXISTS (
                SELECT 1 FROM inbox_message m
                WHERE m.conversation_id = c.id AND m.direction = 'in' AND m.created_at > last.at
            )
        ) AND NOT EXISTS (
            SELECT 1 FROM inbox_message m JOIN inbox_decision d ON d.message_id = m.id
            WHERE m.conversation_id = c.id AND d.look = 'quick' AND d.at > %(quick)s
        )
        LIMIT %(most)s
    )
    SELECT w.id, w.channel_id, w.identity_id, w.waiting_since, w.priority, w.due_at,
        coalesce(said.language, ''), said.products,
        ARRAY(SELECT t.name FROM inbox_conversationtag t WHERE t.conversation_id = w.id),
        ARRAY(SELECT o.assignee_id FROM contacts_identity one
            CROSS JOIN LATERAL (
                SELECT c.assignee_id, c.last_message_at FROM inbox_conversation c
                WHERE c.identity_id = one.id AND c.id <> w.id ORDER BY c.last_message_at DESC LIMIT %(before)s
            ) o
            WHERE one.contact_id = i.contact_id AND o.assignee_id IS NOT NULL
            ORDER BY o.last_message_at DESC LIMIT 1),
        ARRAY(SELECT o.author_id FROM contacts_identity one
            CROSS JOIN LATERAL (
                SELECT m.author_id, m.direction, m.posted_at FROM inbox_message m
                WHERE m.identity_id = one.id ORDER BY m.posted_at DESC, m.id DESC LIMIT %(before)s
            ) o
            WHERE one.contact_id = i.contact_id AND o.direction = 'out' AND o.author_id IS NOT NULL
            ORDER BY o.posted_at DESC LIMIT 1),
        ARRAY(SELECT a.user_id FROM inbox_assignment a
            WHERE a.conversation_id = w.id AND EXISTS (
                SELECT 1 FROM inbox_event e WHERE e.conversation_id = w.id AND e.at >= a.at
                  AND (e.kind = 'released' OR e.kind = 'unassigned' AND e.actor_id IS NULL)
            )
            ORDER BY a.at DESC LIMIT 1)
    FROM waits w
    JOIN contacts_identity i ON i.id = w.identity_id
    LEFT JOIN LATERAL (
        SELECT coalesce(nullif(d.signals #>> '{senses,language}', ''), lower(split_part(m.language, '-', 1)))
                AS language,
            d.signals #> '{senses,products}' AS products
        FROM inbox_message m LEFT JOIN inbox_decision d ON d.message_id = m.id
        WHERE m.conversation_id = w.id AND m.direction = 'in' AND m.deleted_at IS NULL
        ORDER BY m.posted_at DESC, m.id DESC LIMIT 1
    ) said ON true
"""
_GIVE = """
    UPDATE inbox_conversation c SET assignee_id = n.user_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, user_id) WHERE c.id = n.id AND c.assignee_id IS NULL
"""


def give_out(now: datetime) -> int:
    """Give what waits to whoever is there, in every department that wants it. Returns how many were given."""
    departments = list(Department.objects.filter(service__assigns=True).order_by("position", "pk"))
    return sum(_in_department(department, now) for department in departments)


@transaction.atomic
def _in_department(department: Department, now: datetime) -> int:
    with connection.cursor() as cursor:
        # One at a time for all departments: whoever works in two of them has one capacity.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    names, people = _people(department, now)
    free = sum(max(0, one.capacity - one.open) for one in people)
    if not free:
        return 0
    places, waits = _waiting(department, min(_MOST, free * _LOOKED_AT), now)
    given = assign(waits, people)
    if given:
        _write(given, places, names, now)
    return len(given)


def _people(department: Department, now: datetime) -> tuple[dict[int, str], list[Person]]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        facts: dict[str, int | datetime] = {
            "department": department.pk,
            "midnight": midnight,
            "gone": now - AWAY_AFTER,
        }
        cursor.execute(_PEOPLE, facts)
        rows = cursor.fetchall()
    people = [
        Person(
            id=pk,
            is_here=True,
            open=has_open,
            capacity=capacity,
            languages=frozenset(_listed(languages)),
            skills=frozenset(_listed(skills)),
            today=today,
            last_given=last,
        )
        for pk, _, capacity, languages, skills, has_open, today, last in rows
    ]
    return {row[0]: row[1] for row in rows}, people


def _waiting(department: Department, most: int, now: datetime) -> tuple[dict[int, tuple[int, int]], list[Waiting]]:
    """Channel and identity of what waits, and what the choice goes by."""
    with connection.cursor() as cursor:
        asked: dict[str, int | datetime] = {
            "department": department.pk,
            "most": most,
            "before": _BEFORE,
            "quick": now - _SECOND_LOOK_WITHIN,
        }
        cursor.execute(_WAITING, asked)
        rows = cursor.fetchall()
    waits = [
        Waiting(
            id=pk,
            since=since,
            priority=priority,
            due_at=due_at,
            language=language,
            words=frozenset([*tags, *_listed(products)]),
            known_to=frozenset([*assignee, *author]),
            not_to=frozenset(not_to),
        )
        for pk, _, _, since, priority, due_at, language, products, tags, assignee, author, not_to in rows
    ]
    return {row[0]: (row[1], row[2]) for row in rows}, waits


def _listed(column: str | None) -> list[str]:
    """A jsonb column of plain SQL comes as its text."""
    return giving.listed(json.loads(column)) if column else []


def _write(
    given: Sequence[Given], places: Mapping[int, tuple[int, int]], names: Mapping[int, str], now: datetime
) -> None:
    ids = [one.conversation for one in given]
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, [ids, [one.person for one in given]])
    copy_rows(
        "inbox_assignment",
        ("conversation_id", "user_id", "explanation", "at"),
        [(one.conversation, one.person, one.explanation, now) for one in given],
    )
    events.record(
        events.Entry(
            kind="given",
            channel_id=places[one.conversation][0],
            identity_id=places[one.conversation][1],
            conversation_id=one.conversation,
            at=now,
            data={"to": names[one.person], "reason": giving.sentence(one.explanation)},
        )
        for one in given
    )
    live.changed(conversations=ids)
