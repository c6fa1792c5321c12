"""Pairs of persons of whom a colleague said that they are two: nothing suggests or links them again."""

from collections.abc import Collection

from django.db import connection

# A rejected suggestion between any account of the one and any of the other, or a merge of them that a colleague undid:
# where an import was taken back as a whole, no colleague is noted. {a} and {b} are expressions for persons.
_SEPARATED = """
    EXISTS (
        SELECT FROM contacts_identity x
        JOIN contacts_suggestion o ON o.first_id = x.id
        JOIN contacts_identity y ON y.id = o.second_id
        WHERE x.contact_id IN ({a}, {b}) AND o.state = 'rejected'
          AND y.contact_id IN ({a}, {b}) AND y.contact_id <> x.contact_id
    ) OR EXISTS (
        SELECT FROM contacts_contact p
        JOIN contacts_merge m ON m.part_id = p.id
        JOIN contacts_contact q ON q.id = m.into_id
        WHERE (p.id IN ({a}, {b}) OR p.root_id IN ({a}, {b}))
          AND m.undone_by_id IS NOT NULL
          AND coalesce(q.root_id, q.id) IN ({a}, {b}) AND coalesce(q.root_id, q.id) <> coalesce(p.root_id, p.id)
    )
"""


def condition(a: str, b: str) -> str:
    """SQL that is true where the persons that the expressions `a` and `b` name were separated by a colleague."""
    return _SEPARATED.format(a=a, b=b)


_ASKED = f"""
    SELECT pair.a, pair.b FROM unnest(%s::bigint[], %s::bigint[]) AS pair(a, b)
    WHERE {condition("pair.a", "pair.b")}
"""  # noqa: S608 - made of constants


def separated(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these pairs of persons (ids of contacts that stand for themselves) that a colleague told apart."""
    if not pairs:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_ASKED, [[one for one, _ in pairs], [other for _, other in pairs]])
        return set(cursor.fetchall())
