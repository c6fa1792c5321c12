"""How the pointers of contacts and identities follow from the merges in force, and from nothing else.

The merges in force are a forest: its nodes are contacts, its edges lead from a part to what it became part of. A tree
is a person, and its top is the contact that stands for them. Whoever changes a tree holds the row lock of its top.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

_TOO_LARGE = 2**63  # no id is
_ROOTS = "SELECT id, coalesce(root_id, id) FROM contacts_contact WHERE id = ANY(%s)"
_LOCK = "SELECT id, is_us OR is_erased FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# The planner does not know how large a person is: it is given the contacts one by one, and then their ids.
_TREES = """
    SELECT c.id, c.root_id, m.into_id FROM contacts_contact c
    LEFT JOIN contacts_merge m ON m.part_id = c.id AND m.undone_at IS NULL
    WHERE c.id = ANY(%(persons)s) OR c.root_id = ANY(%(persons)s)
"""
_POINT = """
    UPDATE contacts_contact c SET root_id = nullif(n.top, n.id)
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, top) WHERE c.id = n.id
"""
# Identities are locked in one order, as a page that brings their profiles up to date does.
_SETTLE_IDENTITIES = """
    UPDATE contacts_identity i SET contact_id = n.person, home_id = nullif(n.own, n.person)
    FROM (
        SELECT i.id, c.id AS own, coalesce(c.root_id, c.id) AS person
        FROM contacts_identity i JOIN contacts_contact c ON c.id = coalesce(i.home_id, i.contact_id)
        WHERE i.contact_id = ANY(%(persons)s) AND i.contact_id <> coalesce(c.root_id, c.id)
        ORDER BY i.id FOR NO KEY UPDATE OF i
    ) n
    WHERE i.id = n.id
"""
_WRONG_ROOTS = """
    WITH RECURSIVE forest(id, top) AS (
        SELECT c.id, c.id FROM contacts_contact c
        WHERE NOT EXISTS (SELECT FROM contacts_merge m WHERE m.part_id = c.id AND m.undone_at IS NULL)
        UNION ALL
        SELECT m.part_id, f.top FROM forest f
        JOIN contacts_merge m ON m.into_id = f.id AND m.undone_at IS NULL
    )
    , wrong AS MATERIALIZED (
        SELECT c.id, c.root_id, nullif(f.top, c.id) FROM contacts_contact c LEFT JOIN forest f ON f.id = c.id
        WHERE f.id IS NULL OR c.root_id IS DISTINCT FROM nullif(f.top, c.id)
    )
    SELECT * FROM wrong ORDER BY 1 LIMIT %(limit)s
"""
_WRONG_IDENTITIES = """
    WITH wrong AS MATERIALIZED (
        SELECT i.id, i.contact_id, coalesce(c.root_id, c.id)
        FROM contacts_identity i JOIN contacts_contact c ON c.id = coalesce(i.home_id, i.contact_id)
        WHERE i.contact_id <> coalesce(c.root_id, c.id) OR i.home_id = i.contact_id
    )
    SELECT * FROM wrong ORDER BY 1 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Persons:
    """Who each contact stands for, locked; `us`: those of the persons that are ourselves."""

    of: dict[int, int]
    us: frozenset[int]

    @property
    def ids(self) -> list[int]:
        return sorted(set(self.of.values()))


def lock(contacts: Collection[int]) -> Persons:
    """The persons that these contacts belong to, locked until the transaction ends, always in the order of their ids.

    Contacts that are not there are left out. While a lock was waited for, a person may have become part of another
    one, so the question is asked again until the answer stays the same.
    """
    asked = sorted({one for one in contacts if one < _TOO_LARGE})
    with connection.cursor() as cursor:
        cursor.execute(_ROOTS, [asked])
        roots = dict(cursor.fetchall())
        while True:
            cursor.execute(_LOCK, [sorted(set(roots.values()))])
            us = frozenset(row[0] for row in cursor.fetchall() if row[1])
            cursor.execute(_ROOTS, [asked])
            now = dict(cursor.fetchall())
            if now == roots:
                return Persons(roots, us)
            roots = now


def settle(persons: Persons) -> None:
    """Let the pointers of these persons' contacts and identities follow from the merges in force, with three statements
    whatever their number. The persons are those of before the change, locked."""
    with connection.cursor() as cursor:
        cursor.execute(_TREES, {"persons": persons.ids})
        trees = cursor.fetchall()
        tops = _tops({contact: into for contact, _, into in trees})
        wrong = [(contact, tops[contact]) for contact, root, _ in sorted(trees) if (root or contact) != tops[contact]]
        if wrong:
            cursor.execute(_POINT, [list(column) for column in zip(*wrong, strict=True)])
            cursor.execute(_SETTLE_IDENTITIES, {"persons": persons.ids})


def _tops(above: Mapping[int, int | None]) -> dict[int, int]:
    """The top of the tree that each contact stands in, from the contact right above each."""
    tops: dict[int, int] = {}
    for contact in above:
        way = []
        at = contact
        while at not in tops and (up := above[at]) is not None:
            way.append(at)
            at = up
        top = tops.setdefault(at, at)
        tops |= dict.fromkeys(way, top)
    return tops


def inconsistencies(limit: int = 100) -> list[str]:
    """Where a pointer says something else than the merges in force do; none, unless a program has a fault.

    Reads both tables as a whole.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WRONG_ROOTS, {"limit": limit})
        found = [f"contact {one} has root {root}, its merges say {top}" for one, root, top in cursor.fetchall()]
        cursor.execute(_WRONG_IDENTITIES, {"limit": limit})
        found += [f"identity {one} is with {contact}, its home says {top}" for one, contact, top in cursor.fetchall()]
    return found
