"""Writing what was decided for a page of rows, with a number of statements that does not depend on their number."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from contacts import merge
from contacts.crm.deciding import Joined, Verdict
from contacts.models import Contact, Import, Merge
from contacts.names import fold
from contacts.values import search_key
from socialcrm.bulk import copy_rows, next_ids

_RENAME = """
    UPDATE contacts_identity i SET name = n.name, url = n.url, search_key = n.search_key, matched_at = NULL
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n(id, name, url, search_key) WHERE i.id = n.id
"""
# Contacts go by the name of their first account until a colleague names them.
_RENAME_CONTACTS = """
    UPDATE contacts_contact c SET name = n.name, sort_key = n.sort_key
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n(id, name, sort_key, old)
    WHERE c.id = n.id AND c.named_by_id IS NULL AND c.name IN (n.old, '')
"""
# What the same system said of the same contact before stays readable, and is not found by searching any more.
_OUTDATE = """
    UPDATE contacts_attributevalue v SET search_key = ''
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(contact_id, attribute_id), contacts_import s
    WHERE v.contact_id = n.contact_id AND v.attribute_id = n.attribute_id AND v.search_key <> ''
      AND s.id = v.source_import_id AND s.system = %s
"""
_OWNERS = """
    INSERT INTO contacts_owner (contact_id, department_id, user_id, by_id, at)
    SELECT n.*, NULL, %s FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n
    ON CONFLICT (contact_id, department_id) DO UPDATE SET user_id = excluded.user_id, by_id = NULL, at = excluded.at
"""
_SUGGEST = """
    INSERT INTO contacts_suggestion (first_id, second_id, score, reasons, state, created_at)
    SELECT n.first_id, n.second_id, 0.5, n.reasons::jsonb, 'open', %s
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n(first_id, second_id, reasons)
    ON CONFLICT (first_id, second_id) DO NOTHING
"""


def write(
    verdicts: Sequence[Verdict], source: Import, attributes: Mapping[str, int], *, now: datetime
) -> tuple[list[Merge], dict[int, int]]:
    """Write a page. Returns the merges of people who were there before, and the ids that placeholders have become."""
    ids = _ids(verdicts)
    _contacts(verdicts, ids, source, now)
    _accounts(verdicts, ids, now)
    own = _links([one for verdict in verdicts for one in verdict.joined if not one.is_merge], ids)
    merge.link(own, origin=Merge.Origin.IMPORT, at=now, source_import=source.pk)
    people = _links([one for verdict in verdicts for one in verdict.joined if one.is_merge], ids)
    merges = merge.link(people, origin=Merge.Origin.IMPORT, at=now, source_import=source.pk)
    _facts(verdicts, ids, source, attributes, now)
    _renamed(verdicts, ids)
    _closed(verdicts, ids, source)
    _suggestions(verdicts, ids, now)
    return merges, ids


def because(source: Import) -> str:
    """The reason that stands beside what an import has said."""
    return _("Imported from %(system)s") % {"system": source.system}


def _links(joined: Iterable[Joined], ids: Mapping[int, int]) -> list[merge.Link]:
    return [
        merge.Link(part=ids.get(one.part, one.part), into=ids.get(one.into, one.into), evidence=[one.evidence])
        for one in joined
    ]


def _ids(verdicts: Sequence[Verdict]) -> dict[int, int]:
    """The ids of what is to be made, by what stood for them."""
    contacts = [stand for one in verdicts for stand, _name in one.contacts]
    accounts = [account.id for one in verdicts for account in one.accounts]
    ids = dict(zip(contacts, next_ids("contacts_contact", len(contacts)), strict=True))
    return ids | dict(zip(accounts, next_ids("contacts_identity", len(accounts)), strict=True))


def _contacts(verdicts: Sequence[Verdict], ids: Mapping[int, int], source: Import, now: datetime) -> None:
    copy_rows(
        "contacts_contact",
        ("id", "name", "sort_key", "source_import_id", "created_at"),
        ((ids[stand], name, fold(name)[:200], source.pk, now) for one in verdicts for stand, name in one.contacts),
    )


def _accounts(verdicts: Sequence[Verdict], ids: Mapping[int, int], now: datetime) -> None:
    columns = ("id", "contact_id", "network", "external_id", "handle", "name", "url", "avatar_url", "bio", "verified")
    rows = []
    for account in (account for one in verdicts for account in one.accounts):
        email = account.external_id if account.network == "email" else ""
        words = fold(f"{account.name} {email or account.external_id.partition(':')[2]}")[:500]
        own = ids.get(account.contact, account.contact)
        at_network = (account.network, account.external_id, email, account.name, account.url)
        rows.append((ids[account.id], own, *at_network, "", "", False, email, words, now, now))
    copy_rows("contacts_identity", (*columns, "email", "search_key", "seen_at", "created_at"), rows)


def _facts(
    verdicts: Sequence[Verdict], ids: Mapping[int, int], source: Import, attributes: Mapping[str, int], now: datetime
) -> None:
    said = [(ids.get(one.contact, one.contact), one) for one in verdicts]
    values = [(own, attributes[slug], value) for own, one in said for slug, value in one.values.items()]
    _run(_OUTDATE, [own for own, _a, _v in values], [attribute for _o, attribute, _v in values], source.system)
    last = {(own, attribute): value for own, attribute, value in values}
    copy_rows(
        "contacts_attributevalue",
        ("contact_id", "attribute_id", "value", "search_key", "source", "source_import_id", "at"),
        (
            (
                own,
                attribute,
                value,
                search_key(value) if last[own, attribute] == value else "",
                "import",
                source.pk,
                now,
            )
            for own, attribute, value in values
        ),
    )
    reason = because(source)
    copy_rows(
        "contacts_role",
        ("contact_id", "kind_id", "since", "source", "reason", "evidence", "ended_reason", "source_import_id"),
        ((own, kind, now, "import", reason, {}, "", source.pk) for own, one in said for kind in one.roles),
    )
    copy_rows(
        "contacts_tag",
        ("contact_id", "name", "source_import_id", "at"),
        ((own, tag, source.pk, now) for own, one in said for tag in one.tags),
    )
    copy_rows(
        "contacts_claim",
        ("contact_id", "network", "handle", "external_id", "source_import_id"),
        ((own, *claim, source.pk) for own, one in said for claim in one.claims),
    )
    owners = [(own, department, user) for own, one in said for department, user, _before in one.owners]
    _run(_OWNERS, now, *_columns(owners, 3))


def _renamed(verdicts: Sequence[Verdict], ids: Mapping[int, int]) -> None:
    rows = [(ids.get(one.contact, one.contact), one.record.key, one.renamed) for one in verdicts if one.renamed]
    names = [to.name for _own, _key, to in rows]
    keys = [fold(f"{to.name} {key}")[:500] for _own, key, to in rows]
    _run(_RENAME, [ids.get(to.id, to.id) for _o, _k, to in rows], names, [to.url for _o, _k, to in rows], keys)
    old = [to.old_name for _own, _key, to in rows]
    _run(_RENAME_CONTACTS, [own for own, _k, _to in rows], names, [fold(name)[:200] for name in names], old)


def _closed(verdicts: Sequence[Verdict], ids: Mapping[int, int], source: Import) -> None:
    closed = [ids.get(one.contact, one.contact) for one in verdicts if one.closes]
    if closed:
        Contact.objects.filter(pk__in=closed).update(do_not_contact=True, do_not_contact_reason=because(source))


def _suggestions(verdicts: Sequence[Verdict], ids: Mapping[int, int], now: datetime) -> None:
    rows = set()
    for a, b, system in {pair for one in verdicts for pair in one.suggested}:
        first, second = sorted((ids.get(a, a), ids.get(b, b)))
        rows.add((first, second, f'[{{"kind": "conflict"}}, {{"kind": "record_keys", "system": "{system}"}}]'))
    _run(_SUGGEST, now, *_columns(sorted(rows), 3))


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    rows = list(rows)
    return [[row[place] for row in rows] for place in range(width)]


def _run(statement: str, *values: Any) -> None:
    """The statement, unless there is nothing to write."""
    if any(isinstance(value, list) and value for value in values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
