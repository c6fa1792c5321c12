"""What the database knows of the people on a page of a file: with a number of statements that does not depend on how
many they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from contacts.separated import separated
from contacts.sheets.record import Record

Key = tuple[str, str]  # network, external id

_SEEN = "i.id, i.network, i.external_id, i.contact_id, coalesce(i.home_id, i.contact_id), i.name, i.url"
_BY_ID = f"""
    SELECT {_SEEN} FROM unnest(%s::text[], %s::text[]) AS asked(network, external_id)
    JOIN contacts_identity i USING (network, external_id)
"""  # noqa: S608 - constants of this module
_BY_HANDLE = f"""
    SELECT {_SEEN}, asked.handle FROM unnest(%s::text[], %s::text[]) AS asked(network, handle)
    JOIN contacts_identity i ON i.network = asked.network AND i.handle <> ''
        AND lower(i.handle) IN (asked.handle, '@' || asked.handle)
"""  # noqa: S608
_BY_EMAIL = f"""
    SELECT {_SEEN}, i.email FROM contacts_identity i
    WHERE i.email = ANY(%s) AND i.email <> '' AND i.network <> 'email'
"""  # noqa: S608
_CONTACTS = """
    SELECT c.id, coalesce(c.root_id, c.id), c.is_us, c.do_not_contact
    FROM contacts_contact c WHERE c.id = ANY(%(persons)s) OR c.root_id = ANY(%(persons)s)
"""
_KEYS = "SELECT contact_id, external_id FROM contacts_identity WHERE contact_id = ANY(%s) AND network = 'crm'"
_CLAIMS = """
    SELECT l.contact_id, coalesce(c.root_id, c.id), l.network, l.handle, l.external_id
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked(network, handle, external_id)
    JOIN contacts_claim l ON l.network = asked.network AND (
        (l.handle = asked.handle AND l.handle <> '') OR (l.external_id = asked.external_id AND l.external_id <> '')
    )
    JOIN contacts_contact c ON c.id = l.contact_id
"""
_VALUES = """
    SELECT v.contact_id, v.attribute_id, v.value, v.source, coalesce(s.system, '')
    FROM contacts_attributevalue v LEFT JOIN contacts_import s ON s.id = v.source_import_id
    WHERE v.contact_id = ANY(%s) AND v.attribute_id = ANY(%s) ORDER BY v.at DESC, v.id DESC
"""
_ROLES = "SELECT contact_id, kind_id FROM contacts_role WHERE contact_id = ANY(%s) AND until IS NULL"
_TAGS = "SELECT contact_id, name FROM contacts_tag WHERE contact_id = ANY(%s)"
_OWNERS = """
    SELECT contact_id, department_id, user_id, by_id IS NOT NULL
    FROM contacts_owner WHERE contact_id = ANY(%s) ORDER BY at DESC, id DESC
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """An account that is there, or is about to be: below zero are ids that the database has not given yet."""

    id: int
    network: str
    external_id: str
    person: int
    own: int
    name: str = ""
    url: str = ""


@dataclass(slots=True)
class Known:
    """All that decides what becomes of the rows of a page. Persons are contacts that stand for themselves."""

    accounts: dict[Key, Seen] = field(default_factory=dict)
    handles: dict[Key, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    verified: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    claims: dict[tuple[str, str, str], dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    us: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)  # persons that are not to be contacted
    keys: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    # What was said of any part of a person, the latest word first: (contact, value, by a colleague, system).
    values: dict[tuple[int, int], list[tuple[int, str, bool, str]]] = field(default_factory=lambda: defaultdict(list))
    roles: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    tags: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    # By person and department: (contact, user, by a colleague).
    owners: dict[tuple[int, int], list[tuple[int, int | None, bool]]] = field(default_factory=lambda: defaultdict(list))
    apart: set[tuple[int, int]] = field(default_factory=set)

    @property
    def persons(self) -> list[int]:
        """The persons of all accounts, in the order of their ids."""
        found = {one.person for one in self.accounts.values()}
        found |= {one.person for several in (self.handles, self.verified) for them in several.values() for one in them}
        return sorted(found)


def accounts(records: Sequence[Record], system: str) -> Known:
    """The accounts that a page's rows name, with at most three statements."""
    known = Known()
    ids: set[Key] = {("crm", f"{system}:{one.key}") for one in records if one.key}
    ids |= {("email", address) for one in records for address in one.emails}
    named = [account for one in records for account in one.accounts]
    # Some networks' ids are their handles.
    ids |= {(one.network, one.external_id or one.handle) for one in named}
    for row in _rows(_BY_ID, *_columns(sorted(ids), 2)):
        known.accounts[row[1], row[2]] = Seen(*row)
    if handles := sorted({(one.network, one.handle) for one in named if one.handle}):
        for row in _rows(_BY_HANDLE, *_columns(handles, 2)):
            known.handles[row[1], row[-1]].append(Seen(*row[:-1]))
    if emails := sorted({address for one in records for address in one.emails}):
        for row in _rows(_BY_EMAIL, emails):
            known.verified[row[-1]].append(Seen(*row[:-1]))
    return known


def facts(known: Known, records: Sequence[Record], system: str, attributes: Mapping[str, int]) -> None:
    """Add what was said of these persons, with at most eight statements."""
    persons = known.persons
    contacts = dict[int, int]()
    for contact, person, is_us, is_closed in _rows(_CONTACTS, {"persons": persons}) if persons else ():
        contacts[contact] = person
        if is_us:
            known.us.add(person)
        if is_closed:
            known.closed.add(person)
    if contacts:
        _said(known, contacts, records, attributes)
    _claimed(known, records)
    known.apart = _apart(known, records, system)


def _said(known: Known, contacts: Mapping[int, int], records: Sequence[Record], attributes: Mapping[str, int]) -> None:
    parts = sorted(contacts)
    for person, key in _rows(_KEYS, known.persons):
        known.keys[person].add(key)
    if wanted := sorted({attributes[slug] for one in records for slug in one.values if slug in attributes}):
        spoken = set[tuple[object, ...]]()
        for contact, attribute, value, source, system in _rows(_VALUES, parts, wanted):
            speaker = contact, attribute, source, system
            if speaker not in spoken:
                spoken.add(speaker)
                known.values[contacts[contact], attribute].append((contact, value, source == "person", system))
    _filed(known, contacts, records)


def _filed(known: Known, contacts: Mapping[int, int], records: Sequence[Record]) -> None:
    parts = sorted(contacts)
    if any(one.roles for one in records):
        for contact, kind in _rows(_ROLES, parts):
            known.roles[contacts[contact]].add(kind)
    if any(one.tags for one in records):
        for contact, name in _rows(_TAGS, parts):
            known.tags[contacts[contact]].add(name)
    if any(one.owners for one in records):
        for contact, department, user, is_said in _rows(_OWNERS, parts):
            known.owners[contacts[contact], department].append((contact, user, is_said))


def _claimed(known: Known, records: Sequence[Record]) -> None:
    asked = sorted({(one.network, one.handle, one.external_id) for record in records for one in record.accounts})
    for contact, person, network, handle, external_id in _rows(_CLAIMS, *_columns(asked, 3)) if asked else ():
        for name in {(network, handle, ""), (network, "", external_id)}:
            known.claims[name][contact] = person


def _apart(known: Known, records: Sequence[Record], system: str) -> set[tuple[int, int]]:
    """Pairs of persons that one row names and that a colleague told apart, either way round."""
    pairs = set[tuple[int, int]]()
    for record in records:
        own = known.accounts.get(("crm", f"{system}:{record.key}"))
        named = sorted({one.person for one in named_by(known, record)} | ({own.person} if own else set()))
        pairs |= {(a, b) for place, a in enumerate(named) for b in named[place + 1 :]}
    return {pair for a, b in separated(pairs) for pair in ((a, b), (b, a))}


def named_by(known: Known, record: Record) -> Iterable[Seen]:
    """The accounts there are that a row names beside its key."""
    for address in record.emails:
        if found := known.accounts.get(("email", address)):
            yield found
        yield from known.verified.get(address, ())
    for one in record.accounts:
        if found := known.accounts.get((one.network, one.external_id or one.handle)):
            yield found
        yield from known.handles.get((one.network, one.handle), ()) if one.handle else ()


def _columns(rows: Collection[Sequence[str]], width: int) -> list[list[str]]:
    return [[row[place] for row in rows] for place in range(width)]


def _rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values[0] if len(values) == 1 and isinstance(values[0], dict) else list(values))
        return list(cursor.fetchall())
