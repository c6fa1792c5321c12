"""From profiles on networks to identities and contacts, a page at a time."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from contacts import addresses
from contacts.evidence import Account
from contacts.links import link_by_evidence
from contacts.models import Merge
from contacts.names import fold
from contacts.profiles import ONLY_NAMED, Key, Profile, Values, is_ours, plain, tells, values_of
from socialcrm.bulk import copy_rows


@dataclass(frozen=True, slots=True)
class Resolved:
    """The identity of each profile, and the merges that strong evidence made."""

    identities: Mapping[Key, int]
    merges: Sequence[Merge] = ()


_TYPES = (*["text"] * 6, "jsonb", "bigint", "boolean", "text", "text", "timestamptz")
# Whoever an import has spoken of is looked at more closely; most pages have nobody like that.
_KNOWN = f"""
    SELECT asked.network, asked.external_id,
        EXISTS (
            SELECT FROM contacts_claim c
            WHERE c.network = asked.network AND c.external_id = asked.external_id AND c.external_id <> ''
        ) OR EXISTS (
            SELECT FROM contacts_claim c WHERE c.network = asked.network AND c.handle <> ''
            AND c.handle = coalesce(nullif(asked.handle, ''), lower(ltrim(i.handle, '@')))
        ),
        i.id, coalesce(i.home_id, i.contact_id), {", ".join("i." + c for c in Values._fields)}
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked(network, external_id, handle)
    LEFT JOIN contacts_identity i USING (network, external_id)
"""  # noqa: S608 - the names are the fields above
_RESERVE = """
    SELECT nextval(pg_get_serial_sequence('contacts_contact', 'id')),
           nextval(pg_get_serial_sequence('contacts_identity', 'id'))
    FROM generate_series(1, %s)
"""
_UPDATE = f"""
    UPDATE contacts_identity i SET ({", ".join(Values._fields)}) = ROW({", ".join("n." + c for c in Values._fields)}),
        matched_at = CASE WHEN n.tells THEN NULL ELSE i.matched_at END
    FROM unnest(%s::bigint[], %s::boolean[], {", ".join(f"%s::{kind}[]" for kind in _TYPES)})
        AS n(id, tells, {", ".join(Values._fields)})
    WHERE i.id = n.id AND i.seen_at <= n.seen_at
"""  # noqa: S608
_RENAME = """
    UPDATE contacts_contact c SET name = n.name, sort_key = n.sort_key
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n(id, old, name, sort_key)
    WHERE c.id = n.id AND c.name = n.old AND c.named_by_id IS NULL
"""
_MAKE_OURS = """
    UPDATE contacts_contact c SET is_us = true WHERE c.id = ANY(%s) AND NOT c.is_us AND c.root_id IS NULL
    AND NOT EXISTS (SELECT FROM contacts_contact p WHERE p.root_id = c.id)
"""
_FORGET_CLUES = "DELETE FROM contacts_clue WHERE identity_id = ANY(%s) AND kind IN ('profile', 'link')"
_WRITE_CLUES = """
    INSERT INTO contacts_clue (identity_id, kind, value) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])
    ON CONFLICT DO NOTHING
"""


def resolve(
    profiles: Mapping[Key, tuple[Profile, datetime]],
    *,
    trust_email: bool,
    now: datetime,
    named: Mapping[Key, Profile] | None = None,
    ours: Collection[Key] = (),
) -> Resolved:
    """The identity of each profile, made (with a contact of its own) where it is new and brought up to date where it is
    older; merged where strong evidence says whose it is, see contacts/links.py.

    Each profile comes with the time it was read at. `named`: people whom others have named, of whom little is known;
    what is known already stays. `trust_email`: the channel vouches for the profiles' addresses. `ours`: our own
    accounts, by network and folded handle or external id; they become contacts that are no customers. Runs in the
    caller's transaction with a number of statements that does not depend on how many profiles there are; raises
    IntegrityError when another transaction made the same identity meanwhile.
    """
    everybody = {key: (profile, ONLY_NAMED) for key, profile in (named or {}).items()} | dict(profiles)
    if not everybody:
        return Resolved({})
    # Always locked in the same order, so that two pages with the same people cannot wait for one another in a circle.
    keys = sorted(everybody)
    page = _compare(keys, everybody, trust_email=trust_email, ours=ours)
    _update(page.changed)
    _make_ours(page.us)
    accounts = [
        _account(identity, key, values, is_claimed=key in page.claimed)
        for identity, _, key, old, values in page.changed
        if tells(old, values)
    ]
    _note(accounts, again=[one.id for one in accounts])
    found = dict(page.found)
    if new := [key for key in keys if key not in found]:
        made = _create(new, everybody, trust_email=trust_email, now=now, ours=ours)
        fresh = [
            _account(identity, key, values, is_new=True, is_claimed=key in page.claimed)
            for key, (identity, values) in made.items()
        ]
        _note(fresh)
        accounts += fresh
        found |= {key: identity for key, (identity, _) in made.items()}
    return Resolved(found, link_by_evidence(accounts, at=now))


@dataclass(slots=True)
class _Page:
    """What is known of the people of a page: their identities, those that changed, those that are ourselves, and those
    of whom an import has spoken."""

    found: dict[Key, int] = field(default_factory=dict)
    changed: list[tuple[int, int, Key, Values, Values]] = field(default_factory=list)
    us: list[int] = field(default_factory=list)
    claimed: set[Key] = field(default_factory=set)


def _compare(
    keys: list[Key],
    profiles: Mapping[Key, tuple[Profile, datetime]],
    *,
    trust_email: bool,
    ours: Collection[Key],
) -> _Page:
    page = _Page()
    for network, external_id, is_claimed, identity, contact, *row in _known(keys, profiles):
        key = (network, external_id)
        if is_claimed:
            page.claimed.add(key)
        if identity is None:
            continue
        old = Values(*row)
        page.found[key] = identity
        if is_ours(key, old.handle, ours):
            page.us.append(contact)
        profile, seen_at = profiles[key]
        values = values_of(profile, seen_at, trust_email=trust_email, old=old)
        if seen_at >= old.seen_at and values[:-1] != old[:-1]:
            page.changed.append((identity, contact, key, old, values))
    page.changed.sort()
    return page


def _known(keys: list[Key], profiles: Mapping[Key, tuple[Profile, datetime]]) -> list[tuple[Any, ...]]:
    asked = [(*key, plain(profiles[key][0].handle)) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(column) for column in zip(*asked, strict=True)])
        return list(cursor.fetchall())


def _account(identity: int, key: Key, values: Values, *, is_claimed: bool, is_new: bool = False) -> Account:
    return Account(
        id=identity,
        network=key[0],
        external_id=key[1],
        handle=values.handle,
        email=values.email,
        addresses=addresses.own(key[0], values.handle, values.url) if values.url or values.handle else (),
        links=addresses.named_in(values.bio, json.loads(values.links)) if values.bio or values.links != "[]" else (),
        is_new=is_new,
        is_claimed=is_claimed,
    )


def _update(changed: Sequence[tuple[int, int, Key, Values, Values]]) -> None:
    if not changed:
        return
    rows = [(identity, tells(old, new), *new) for identity, _, _, old, new in changed]
    # Somebody who was only named makes themselves known.
    renamed = [
        (contact, old.shown, new.shown, fold(new.shown)[:200])
        for _, contact, _, old, new in changed
        if old.seen_at == ONLY_NAMED and old.shown != new.shown
    ]
    _execute(_UPDATE, rows)
    _execute(_RENAME, renamed)


def _make_ours(contacts: Sequence[int]) -> None:
    """An account that was connected after others had named it. One that a colleague merged with somebody stays so."""
    if contacts:
        with connection.cursor() as cursor:
            cursor.execute(_MAKE_OURS, [list(contacts)])


def _note(accounts: Sequence[Account], again: Sequence[int] = ()) -> None:
    """Write down by which addresses profiles are found, and which they name."""
    if again:
        with connection.cursor() as cursor:
            cursor.execute(_FORGET_CLUES, [list(again)])
    rows = [
        (one.id, kind, value)
        for one in accounts
        for kind, values in (("profile", one.addresses), ("link", one.links))
        for value in values
    ]
    _execute(_WRITE_CLUES, rows)


def _execute(statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    if columns := [list(column) for column in zip(*rows, strict=True)]:
        with connection.cursor() as cursor:
            cursor.execute(statement, columns)


def _create(
    new: list[Key],
    profiles: Mapping[Key, tuple[Profile, datetime]],
    *,
    trust_email: bool,
    now: datetime,
    ours: Collection[Key],
) -> dict[Key, tuple[int, Values]]:
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [len(new)])
        contacts, identities = zip(*cursor.fetchall(), strict=True)
    values = [values_of(*profiles[key], trust_email=trust_email) for key in new]
    copy_rows(
        "contacts_contact",
        ("id", "name", "sort_key", "is_us", "created_at"),
        [
            (contact, one.shown, fold(one.shown)[:200], is_ours(key, one.handle, ours), now)
            for contact, key, one in zip(contacts, new, values, strict=True)
        ],
    )
    copy_rows(
        "contacts_identity",
        ("id", "contact_id", "network", "external_id", "created_at", *Values._fields),
        [
            (identity, contact, *key, now, *one)
            for identity, contact, key, one in zip(identities, contacts, new, values, strict=True)
        ],
    )
    return dict(zip(new, zip(identities, values, strict=True), strict=True))
