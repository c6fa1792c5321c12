"""From rows to facts: what the database knows of accounts, as contacts/matching/ compares it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from contacts.matching.facts import RECORD, Facts
from contacts.matching.typed import ROLE_ADDRESSES, phone, typed

# The attributes that tell who somebody is, by slug, and the fact that each is.
ATTRIBUTES = {
    "birth_date": "birth_date",
    "birthday": "birth_date",
    "date_of_birth": "birth_date",
    "street": "street",
    "address": "street",
    "postal_code": "postal_code",
    "zip": "postal_code",
    "city": "city",
    "phone": "phone",
    "mobile": "phone",
    "customer_number": "number",
    "member_number": "number",
    "tax_number": "number",
    "id_number": "number",
}
_MOST_CLUES = 100
_IDENTITIES = """
    SELECT i.id, i.contact_id, coalesce(i.home_id, i.contact_id), c.is_us, i.network, i.external_id, i.handle, i.name,
           i.bio, i.location, i.email
    FROM contacts_identity i JOIN contacts_contact c ON c.id = i.contact_id
    WHERE i.id = ANY(%s)
"""
_CLUES = """
    SELECT asked.id, c.kind, c.value FROM unnest(%s::bigint[]) AS asked(id)
    CROSS JOIN LATERAL (
        SELECT kind, value FROM contacts_clue
        WHERE identity_id = asked.id AND kind IN ('email', 'link', 'order', 'phone', 'profile') LIMIT %s
    ) c
"""
# Which of several words counts is said in contacts/values.py: a colleague's beats an import's, then the newest.
_VALUES = """
    SELECT DISTINCT ON (v.contact_id, v.attribute_id) v.contact_id, a.slug, v.value
    FROM contacts_attributevalue v JOIN contacts_attribute a ON a.id = v.attribute_id
    WHERE v.contact_id = ANY(%s) AND a.slug = ANY(%s)
    ORDER BY v.contact_id, v.attribute_id, (v.source = 'person') DESC, v.at DESC, v.id DESC
"""
_RECORDS = "SELECT contact_id, external_id FROM contacts_identity WHERE contact_id = ANY(%s) AND network = 'crm'"


@dataclass(frozen=True, slots=True)
class Known:
    """An account's facts, the person it belongs to now, and whether that is one of us."""

    facts: Facts
    person: int
    is_us: bool


def gather(ids: Collection[int]) -> dict[int, Known]:
    """What is known of these identities, with four statements; those that are gone are left out."""
    wanted = sorted(ids)
    rows = _rows(_IDENTITIES, wanted)
    clues: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for identity, kind, value in _rows(_CLUES, wanted, _MOST_CLUES):
        clues[identity][kind].add(value)
    values: dict[int, dict[str, str]] = defaultdict(dict)
    for contact, slug, value in _rows(_VALUES, sorted({row[2] for row in rows}), list(ATTRIBUTES)):
        if value:
            values[contact][slug] = value
    records: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for person, external_id in _rows(_RECORDS, sorted({row[1] for row in rows})):
        system, _, key = external_id.partition(":")
        records[person].add((system, key))
    return {
        row[0]: Known(_facts(row, clues[row[0]], values[row[2]], frozenset(records[row[1]])), row[1], row[3])
        for row in rows
    }


def _rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _facts(
    row: tuple[Any, ...], clues: dict[str, set[str]], values: dict[str, str], records: frozenset[tuple[str, str]]
) -> Facts:
    pk, _person, _own, _is_us, network, external_id, handle, name, bio, location, email = row
    said: dict[str, list[str]] = defaultdict(list)
    for slug, value in values.items():
        said[ATTRIBUTES[slug]].append(value)
    in_bio = typed(bio[:10_000]) if bio else []
    addresses = {email, external_id if network == "email" and "@" in external_id else ""}
    own = {one.casefold() for one in addresses if one and one.partition("@")[0].casefold() not in ROLE_ADDRESSES}
    phones = {phone(one) for one in said.pop("phone", [])} - {""}
    return Facts(
        identity=pk,
        network=network,
        # A record's key and an address are no handles that anybody chose.
        handle="" if network == RECORD else handle,
        name=name,
        location=location,
        phones=frozenset(clues["phone"] | phones | {value for kind, value in in_bio if kind == "phone"}),
        emails=frozenset(clues["email"] | own | {value for kind, value in in_bio if kind == "email"}),
        orders=frozenset(clues["order"] | {value for kind, value in in_bio if kind == "order"}),
        addresses=frozenset(clues["profile"]),
        links=frozenset(clues["link"]),
        records=records,
        **{fact: found[0] for fact, found in said.items()},
    )
