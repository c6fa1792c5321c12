"""Persons side by side: what tells one from another, for pages that hold several of them. Set-based: a handful of
statements for a page of persons, however many accounts and messages each of them has."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.safestring import SafeString

from contacts.models import AttributeValue, Contact, Role
from contacts.values import effective
from inbox import marks
from inbox.belongings import defined, latest
from inbox.card import compact
from inbox.presentation import address, ago, face, full, network_name

Part = dict[str, Any]
# Accounts shown of each person; counting them ends at the second number.
SHOWN, COUNTED = 12, 999
_VALUES = 3
# What `account` makes an account for a template of.
ACCOUNT = (
    "id",
    "network",
    "handle",
    "name",
    "external_id",
    "email",
    "url",
    "avatar_url",
    "followers",
    "verified",
)

_IDENTITIES = f"""
    SELECT asked.person, one.*, (
        SELECT count(*) FROM (SELECT 1 FROM contacts_identity WHERE contact_id = asked.person LIMIT %s) counted
    ) FROM unnest(%s::bigint[]) AS asked(person) CROSS JOIN LATERAL (
        SELECT {", ".join(ACCOUNT)}
        FROM contacts_identity WHERE contact_id = asked.person ORDER BY id LIMIT %s
    ) one ORDER BY asked.person, one.id
"""  # noqa: S608 - the names are the constants above
# Each account gives its newest conversation from the index, and only those are compared.
_LAST = """
    SELECT asked.person, last.* FROM unnest(%s::bigint[]) AS asked(person) CROSS JOIN LATERAL (
        SELECT newest.last_message_at, newest.snippet, one.network FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT last_message_at, snippet FROM inbox_conversation
            WHERE identity_id = one.id ORDER BY last_message_at DESC LIMIT 1
        ) newest WHERE one.contact_id = asked.person ORDER BY newest.last_message_at DESC LIMIT 1
    ) last
"""


@dataclass(slots=True)
class Person:
    """A person as a page shows one beside another."""

    id: int
    name: str
    created_at: datetime
    is_us: bool
    do_not_contact: bool = False
    # The contact itself and those that merges made part of it.
    contacts: list[int] = field(default_factory=list)
    identities: list[Part] = field(default_factory=list)
    count: int = 0
    last: Part | None = None
    roles: list[Part] = field(default_factory=list)
    values: list[Part] = field(default_factory=list)
    picture: str = ""

    @property
    def face(self) -> SafeString:
        """Their picture or initials."""
        return self.face_of("")

    def face_of(self, size: str, network: str = "") -> SafeString:
        """The same in another size, or with the mark of a network."""
        return marks.customer(self.name, self.id, size, network, self.picture)

    @property
    def url(self) -> str:
        """The address of their page."""
        return reverse("contact", args=[self.id])

    @property
    def counted(self) -> str:
        """How many accounts there are, as far as they were counted."""
        return f"{COUNTED}+" if self.count > COUNTED else str(self.count)

    @property
    def more(self) -> int:
        """Accounts that are not shown."""
        return self.count - len(self.identities)

    @property
    def networks(self) -> list[SafeString]:
        """The networks that they are on, each once."""
        return list(dict.fromkeys(one["network"] for one in self.identities))

    @property
    def account(self) -> Part | None:
        """The account that stands for a person who has only one."""
        return self.identities[0] if self.identities else None


def roots(ids: Collection[int]) -> dict[int, int]:
    """The person that each contact is or is part of; contacts that are not there are left out. One statement."""
    found = Contact.objects.filter(pk__in=ids).annotate(person=Coalesce("root_id", "id"))
    return dict(found.values_list("pk", "person"))


def persons(ids: Collection[int], now: datetime) -> dict[int, Person]:
    """The persons with these ids, as far as they are there. Six statements."""
    found = _contacts(set(ids))
    if not found:
        return {}
    _add_identities(found)
    _add_last(found, now)
    _add_roles(found)
    _add_values(found)
    for one in found.values():
        first = one.identities[0] if one.identities else None
        one.name = one.name or (first["label"] if first else "?")
        one.picture = next((account["face"] for account in one.identities if account["face"]), "")
    return found


def in_order(ids: Sequence[int], now: datetime) -> list[Person]:
    """The same as lines, in this order. Six statements, none for nobody."""
    found = persons(ids, now) if ids else {}
    return [found[pk] for pk in ids if pk in found]


def _contacts(ids: set[int]) -> dict[int, Person]:
    whole = Contact.objects.filter(pk__in=ids, root=None)
    names = ("id", "name", "created_at", "is_us", "do_not_contact")
    found = {row["id"]: Person(**row, contacts=[row["id"]]) for row in whole.values(*names)}
    parts = Contact.objects.filter(root__in=list(found)).order_by("id").values_list("root", "pk", "do_not_contact")
    for root, part, is_closed in parts:
        if root is not None:
            found[root].contacts.append(part)
            found[root].do_not_contact |= is_closed
    return found


def _add_identities(found: dict[int, Person]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITIES, [COUNTED + 1, list(found), SHOWN])
        for person, *columns, count in cursor.fetchall():
            found[person].count = count
            found[person].identities.append(account(columns))


def account(columns: Iterable[Any]) -> Part:
    """An identity for a template, from its columns of ACCOUNT."""
    pk, network, handle, name, external_id, email, url, avatar_url, followers, verified = columns
    return {
        "id": pk,
        "network": marks.network(network),
        "network_slug": network,
        "network_name": network_name(network),
        "label": name or handle or email or external_id,
        "handle": handle or email or name or external_id,
        "url": url if address(url) else "",
        "face": face(pk, avatar_url),
        "verified": verified,
        "followers": compact(followers) if followers else "",
    }


def _add_last(found: dict[int, Person], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [list(found)])
        for person, at, snippet, network in cursor.fetchall():
            found[person].last = {
                "iso": at.isoformat(),
                "full": full(at),
                "ago": ago(at, now),
                "snippet": snippet,
                "network": marks.network(network),
                "network_name": network_name(network),
            }


def _add_roles(found: dict[int, Person]) -> None:
    """What each person is to us now, every kind once, since the first that said so."""
    whose = {contact: person for person in found.values() for contact in person.contacts}
    said = Role.objects.filter(contact__in=list(whose), until=None).order_by("kind__position", "kind_id", "since")
    seen: dict[int, set[int]] = defaultdict(set)
    for row in said.values(
        "contact_id",
        "kind_id",
        "since",
        slug=F("kind__slug"),
        name=F("kind__name"),
        icon=F("kind__icon"),
        tone=F("kind__tone"),
    ):
        person = whose[row["contact_id"]]
        if row["kind_id"] not in seen[person.id]:
            seen[person.id].add(row["kind_id"])
            person.roles.append(dict(row))


def _add_values(found: dict[int, Person]) -> None:
    """The first few attributes that anything is known of."""
    whose = {contact: person for person in found.values() for contact in person.contacts}
    said: dict[int, list[AttributeValue]] = defaultdict(list)
    for one in latest(list(whose)):
        said[whose[one.contact_id].id].append(one)
    for person, values in said.items():
        shown = [one for one in effective(defined(values), values) if one.value]
        found[person].values = [{"name": one.attribute.name, "text": one.value} for one in shown[:_VALUES]]
