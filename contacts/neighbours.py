"""Whom a person talks with: the relationships of all their accounts, told by persons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

# The strongest are told of; the others are counted.
MOST = 200
MOST_BETWEEN = 400
# As many relationships are read in each direction: enough for anybody but a celebrity, of whom a part says the same.
MOST_READ = 50_000
KINDS = ("mentioned", "replied_to", "answered", "shared")

# A message that mentions somebody and answers them counts for both kinds; what they have in common counts once: the
# most of any kind between two accounts is how many messages there are at least.
_NEIGHBOURS = """
    WITH mine AS MATERIALIZED (SELECT id FROM contacts_identity WHERE contact_id = %(person)s),
    read AS (
        (SELECT r.source_id AS own, r.target_id AS other, true AS going, r.kind, r.count, r.last_at
         FROM mine JOIN contacts_relationship r ON r.source_id = mine.id
         WHERE r.kind = ANY(%(kinds)s) AND r.last_at >= %(since)s LIMIT %(read)s)
        UNION ALL
        (SELECT r.target_id, r.source_id, false, r.kind, r.count, r.last_at
         FROM mine JOIN contacts_relationship r ON r.target_id = mine.id
         WHERE r.kind = ANY(%(kinds)s) AND r.last_at >= %(since)s LIMIT %(read)s)
    ), pairs AS (
        SELECT own, other, going, max(count) AS count, max(last_at) AS last_at, array_agg(kind) AS kinds
        FROM read GROUP BY own, other, going
    ), people AS (
        SELECT i.contact_id, sum(p.count) FILTER (WHERE p.going) AS going, sum(p.count) FILTER (WHERE NOT p.going)
            AS coming, max(p.last_at) AS last_at, count(*) OVER () AS total
        FROM pairs p JOIN contacts_identity i ON i.id = p.other
        WHERE i.contact_id <> %(person)s GROUP BY i.contact_id
        ORDER BY sum(p.count) DESC, i.contact_id LIMIT %(most)s
    )
    SELECT p.contact_id, c.is_us, coalesce(nullif(c.name, ''), nullif(one.name, ''), one.external_id, ''),
           one.network, coalesce(nullif(one.handle, ''), one.external_id, ''), coalesce(p.going, 0)::bigint,
           coalesce(p.coming, 0)::bigint, p.last_at, p.total, (SELECT count(*) FROM read)
    FROM people p JOIN contacts_contact c ON c.id = p.contact_id
    LEFT JOIN LATERAL (
        SELECT name, network, handle, external_id FROM contacts_identity WHERE contact_id = p.contact_id
        ORDER BY id LIMIT 1
    ) one ON true
    ORDER BY coalesce(p.going, 0) + coalesce(p.coming, 0) DESC, p.contact_id
"""
_BETWEEN = """
    WITH others AS MATERIALIZED (SELECT id, contact_id FROM contacts_identity WHERE contact_id = ANY(%(people)s))
    SELECT least(s.contact_id, t.contact_id), greatest(s.contact_id, t.contact_id), sum(r.count)::bigint
    FROM others s JOIN contacts_relationship r ON r.source_id = s.id JOIN others t ON t.id = r.target_id
    WHERE s.contact_id <> t.contact_id AND r.kind = ANY(%(kinds)s) AND r.last_at >= %(since)s
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody a person talks with. `going`: messages of the person that name or answer them; `coming`: the other way
    round. `network` and `handle` are of their first account."""

    contact: int
    is_us: bool
    name: str
    network: str
    handle: str
    going: int
    coming: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Circle:
    """Whom a person talks with, the strongest first; who of those talk with one another (two contacts, the lower id
    first, and how much); how many neighbours there are; and whether even more were not counted."""

    neighbours: list[Neighbour]
    between: list[tuple[int, int, int]]
    total: int
    is_part: bool


def circle(person: int, *, since: datetime, kinds: tuple[str, ...] = KINDS, most: int = MOST) -> Circle:
    """The circle of the person that a contact stands for, from relationships that were alive at or after `since`. Two
    statements."""
    asked: dict[str, Any] = {"person": person, "since": since, "kinds": list(kinds), "read": MOST_READ, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_NEIGHBOURS, asked)
        rows = cursor.fetchall()
        # Everybody talks with us: drawn, that would say nothing and hide the rest.
        others = [row[0] for row in rows if not row[1]]
        cursor.execute(_BETWEEN, asked | {"people": others, "most": MOST_BETWEEN})
        between = cursor.fetchall()
    total, read = (rows[0][8], rows[0][9]) if rows else (0, 0)
    return Circle([Neighbour(*row[:8]) for row in rows], between, total, read >= MOST_READ)
