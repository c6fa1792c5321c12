"""Strong evidence of whose an account is, as the database holds it: found for many accounts at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

# Addresses that many people write from, or none: they say nothing about who somebody is.
_ROLES = """
abuse accounts admin administrator billing bounce bounces contact customercare customerservice daemon do-not-reply
do_not_reply donotreply enquiries feedback hello help helpdesk hi hostmaster hr info inquiries jobs kontakt legal mail
mailer mailer-daemon marketing media news newsletter no-reply no_reply nobody noreply notification notifications office
orders postmaster press pr privacy root sales security service shop spam support system team webmaster
"""
_NOBODYS = frozenset(_ROLES.split())
_HELD = 7_313  # any number that no other advisory lock of ours has
_BUCKETS = 1024
_BY_EMAIL = """
    SELECT a.id, coalesce(a.home_id, a.contact_id), b.id, coalesce(b.home_id, b.contact_id), b.contact_id, a.contact_id,
           a.email
    FROM unnest(%s::bigint[]) AS asked(id) JOIN contacts_identity a ON a.id = asked.id
    CROSS JOIN LATERAL (
        SELECT o.* FROM contacts_identity o WHERE o.email = a.email AND o.email <> '' AND o.id <> a.id
        ORDER BY o.id LIMIT 50
    ) b
"""
_BY_CLAIM = """
    SELECT a.id, coalesce(a.home_id, a.contact_id), NULL, c.id, coalesce(c.root_id, c.id), a.contact_id,
           asked.network || ' ' || coalesce(nullif(asked.handle, ''), asked.external_id)
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS asked(id, network, external_id, handle)
    CROSS JOIN LATERAL (
        SELECT contact_id FROM contacts_claim
        WHERE network = asked.network AND external_id = asked.external_id AND external_id <> ''
        UNION SELECT contact_id FROM contacts_claim
        WHERE network = asked.network AND handle = asked.handle AND handle <> ''
        LIMIT 50
    ) claimed
    JOIN contacts_contact c ON c.id = claimed.contact_id
    JOIN contacts_identity a ON a.id = asked.id
"""
_BY_PROFILES = """
    SELECT a.id, coalesce(a.home_id, a.contact_id), b.id, coalesce(b.home_id, b.contact_id), b.contact_id, a.contact_id,
           named.value
    FROM unnest(%s::bigint[]) AS asked(id)
    JOIN contacts_clue named ON named.identity_id = asked.id AND named.kind = 'link'
    CROSS JOIN LATERAL (
        SELECT p.identity_id FROM contacts_clue p
        WHERE p.kind = 'profile' AND p.value = named.value AND p.identity_id <> asked.id ORDER BY p.identity_id LIMIT 20
    ) theirs
    JOIN contacts_clue back ON back.identity_id = theirs.identity_id AND back.kind = 'link'
    JOIN contacts_clue mine ON mine.identity_id = asked.id AND mine.kind = 'profile' AND mine.value = back.value
    JOIN contacts_identity a ON a.id = asked.id
    JOIN contacts_identity b ON b.id = theirs.identity_id AND b.network <> a.network
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An identity that is new, or of which something that tells whose it is became known."""

    id: int
    network: str
    external_id: str
    handle: str
    email: str
    addresses: Sequence[str] = ()
    links: Sequence[str] = ()
    is_new: bool = False
    # Whether an import has spoken of it.
    is_claimed: bool = False


class Edge(NamedTuple):
    """What one piece of evidence ties: an account, and another one or (by a claim) a contact."""

    kind: str
    identity: int
    own: int
    other: int | None
    other_own: int
    other_person: int
    person: int
    value: str


def is_nobodys(email: str) -> bool:
    """Whether an address is a role's or a machine's, as in noreply@ or info@."""
    return email.partition("@")[0].partition("+")[0].casefold() in _NOBODYS


def edges(accounts: Sequence[Account]) -> list[Edge]:
    """What strong evidence ties these accounts to, with one statement for each kind of evidence that they bear."""
    mailed = [one for one in accounts if one.email and not is_nobodys(one.email)]
    linked = [one for one in accounts if one.links and one.addresses]
    _hold(mailed, linked)
    claimed = [one for one in accounts if one.is_claimed]
    found = list(_found("claim", _BY_CLAIM, _columns(claimed))) if claimed else []
    if mailed:
        found += _found("same_email", _BY_EMAIL, [[one.id for one in mailed]])
    if linked:
        found += _found("profiles", _BY_PROFILES, [[one.id for one in linked]])
    return found


def _columns(accounts: Sequence[Account]) -> list[list[Any]]:
    rows = [(one.id, one.network, one.external_id, one.handle.casefold().removeprefix("@")) for one in accounts]
    return [list(column) for column in zip(*rows, strict=True)]


def _found(kind: str, statement: str, parameters: Sequence[Any]) -> Iterator[Edge]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for row in cursor.fetchall():
            yield Edge(kind, *row)


def _hold(mailed: Sequence[Account], linked: Sequence[Account]) -> None:
    """Let pages that bring the same evidence at once take turns, so that the second one sees the accounts of the first.

    Held until the transaction ends.
    """
    evidence = {f"email {one.email}" for one in mailed}
    for account in linked:
        evidence |= {" ".join(sorted((mine, theirs))) for mine in account.addresses for theirs in account.links}
    if evidence:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, bucket) FROM ("
                " SELECT DISTINCT abs(hashtext(what)::bigint %% %s)::int AS bucket FROM unnest(%s::text[]) AS what"
                " ORDER BY 1) AS held",
                [_HELD, _BUCKETS, sorted(evidence)],
            )
