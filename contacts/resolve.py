"""From profiles on networks to identities and contacts, a page at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from django.db import connection

from contacts.names import fold
from socialcrm.bulk import copy_rows, next_ids

Key = tuple[str, str]  # network, external id


class Profile(Protocol):
    """What is known of an author; `connectors.incoming.Author` is one."""

    @property
    def external_id(self) -> str: ...
    @property
    def handle(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def avatar_url(self) -> str: ...
    @property
    def bio(self) -> str: ...
    @property
    def followers(self) -> int | None: ...
    @property
    def verified(self) -> bool: ...
    @property
    def email(self) -> str: ...


_COLUMNS = ("handle", "name", "url", "avatar_url", "bio", "followers", "verified", "email", "search_key", "seen_at")
_KNOWN = """
    SELECT i.id, i.network, i.external_id, i.handle, i.name, i.url, i.avatar_url, i.bio, i.followers, i.verified,
           i.email, i.search_key, i.seen_at
    FROM unnest(%s::text[], %s::text[]) AS asked(network, external_id)
    JOIN contacts_identity i USING (network, external_id)
"""
_UPDATE = f"""
    UPDATE contacts_identity i SET ({", ".join(_COLUMNS)}) = ROW({", ".join("n." + c for c in _COLUMNS)})
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::boolean[],
                %s::text[], %s::text[], %s::timestamptz[]) AS n(id, {", ".join(_COLUMNS)})
    WHERE i.id = n.id AND i.seen_at <= n.seen_at
"""  # noqa: S608 - the names are the constants above


def resolve(profiles: Mapping[Key, tuple[Profile, datetime]], *, trust_email: bool, now: datetime) -> dict[Key, int]:
    """The identity of each profile, made (with a contact) where it is new and brought up to date where it is older.

    Each profile comes with the time it was read at. `trust_email`: the channel vouches for the profiles' addresses, so
    a new identity with an address that another identity has joins that one's contact. Runs in the caller's transaction
    with at most six statements; raises IntegrityError when another transaction made the same identity meanwhile.
    """
    if not profiles:
        return {}
    # Always locked in the same order, so that two pages with the same people cannot wait for one another in a circle.
    keys = sorted(profiles)
    found: dict[Key, int] = {}
    changed: list[tuple[Any, ...]] = []
    for row in _known(keys):
        key = (row[1], row[2])
        found[key] = row[0]
        profile, seen_at = profiles[key]
        values = _values(profile, seen_at, trust_email=trust_email, old=row[3:13])
        if seen_at >= row[12] and values[:-1] != row[3:12]:
            changed.append((row[0], *values))
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [list(column) for column in zip(*sorted(changed), strict=True)])
    new = [key for key in keys if key not in found]
    if new:
        found |= _create(new, profiles, trust_email=trust_email, now=now)
    return found


def _known(keys: list[Key]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[network for network, _ in keys], [external_id for _, external_id in keys]])
        return list(cursor.fetchall())


def _values(
    profile: Profile, seen_at: datetime, *, trust_email: bool, old: tuple[Any, ...] | None = None
) -> tuple[Any, ...]:
    """The columns of `_COLUMNS`. What a sparse profile leaves out does not erase what a fuller one said before."""
    handle, name, url, avatar_url = profile.handle, profile.name, profile.url, profile.avatar_url
    bio, followers, email = profile.bio, profile.followers, profile.email.casefold() if trust_email else ""
    if old:
        handle, name, url, avatar_url = handle or old[0], name or old[1], url or old[2], avatar_url or old[3]
        bio, followers, email = bio or old[4], old[5] if followers is None else followers, email or old[7]
    search_key = fold(f"{name} {handle} {email}")[:500]
    return handle, name, url, avatar_url, bio, followers, profile.verified, email, search_key, seen_at


def _create(
    new: list[Key], profiles: Mapping[Key, tuple[Profile, datetime]], *, trust_email: bool, now: datetime
) -> dict[Key, int]:
    contacts = _contacts_by_email(new, profiles) if trust_email else {}
    fresh: dict[str, str] = {}  # what stands for a contact until it has an id → its name
    stands: list[str | int] = []
    for position, key in enumerate(new):
        profile, _ = profiles[key]
        email = profile.email.casefold() if trust_email else ""
        if email in contacts:
            stands.append(contacts[email])
            continue
        stand = email or f"#{position}"
        fresh.setdefault(stand, profile.name or profile.handle)
        stands.append(stand)
    ids = dict(zip(fresh, next_ids("contacts_contact", len(fresh)), strict=True))
    copy_rows(
        "contacts_contact",
        ("id", "name", "sort_key", "created_at"),
        [(ids[stand], name, fold(name)[:200], now) for stand, name in fresh.items()],
    )
    identities = next_ids("contacts_identity", len(new))
    copy_rows(
        "contacts_identity",
        ("id", "contact_id", "network", "external_id", "created_at", *_COLUMNS),
        [
            (
                identity,
                stand if isinstance(stand, int) else ids[stand],
                *key,
                now,
                *_values(*profiles[key], trust_email=trust_email),
            )
            for identity, stand, key in zip(identities, stands, new, strict=True)
        ],
    )
    return dict(zip(new, identities, strict=True))


def _contacts_by_email(new: list[Key], profiles: Mapping[Key, tuple[Profile, datetime]]) -> dict[str, int]:
    emails = sorted({profiles[key][0].email.casefold() for key in new} - {""})
    if not emails:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (email) email, contact_id FROM contacts_identity"
            " WHERE email = ANY(%s) AND email <> '' ORDER BY email, id",
            [emails],
        )
        return dict(cursor.fetchall())
