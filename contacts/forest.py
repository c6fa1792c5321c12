"""How the pointers of contacts and identities follow from the merges in force, and from nothing else.

The merges in force are a forest: its nodes are contacts, its edges lead from a part to what it became part of. A tree
is a person, and its top is the contact that stands for them. Whoever changes a tree holds the row lock of its top.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

_TOO_LARGE = 2**63  # no id is
_ROOTS = "SELECT id, coalesce(root_id, id) FROM contacts_contact WHERE id = ANY(%s)"
_LOCK = "SELECT id, is_us OR is_erased FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_FOREST = """
    WITH RECURSIVE forest(id, top) AS (
        SELECT c.id, c.id FROM contacts_contact c
        WHERE {members} NOT EXISTS (
            SELECT FROM contacts_merge m WHERE m.part_id = c.id AND m.undone_at IS NULL
        )
        UNION ALL
        SELECT m.part_id, f.top FROM forest f
        JOIN contacts_merge m ON m.into_id = f.id AND m.undone_at IS NULL
    )
"""
_OF_THESE = "(c.id = ANY(%(persons)s) OR c.root_id = ANY(%(persons)s)) AND"
_SETTLE_CONTACTS = f"""{_FOREST.format(members=_OF_THESE)}
    UPDATE contacts_contact c SET root_id = nullif(f.top, f.id) FROM forest f
    WHERE c.id = f.id AND c.root_id IS DISTINCT FROM nullif(f.top, f.id)
"""  # noqa: S608 - constants of this module
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
_WRONG_ROOTS = f"""{_FOREST.format(members="")}
    , wrong AS MATERIALIZED (
        SELECT c.id, c.root_id, nullif(f.top, c.id) FROM contacts_contact c LEFT JOIN forest f ON f.id = c.id
        WHERE f.id IS NULL OR c.root_id IS DISTINCT FROM nullif(f.top, c.id)
    )
    SELECT * FROM wrong ORDER BY 1 LIMIT %(limit)s
"""  # noqa: S608
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
    """Let the pointers of these persons' contacts and identities follow from the merges in force, with two statements
    whatever their number. The persons are those of before the change, locked."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE_CONTACTS, {"persons": persons.ids})
        cursor.execute(_SETTLE_IDENTITIES, {"persons": persons.ids})


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
