"""People as a company's customer management wants them: one line each, with their accounts and what is said of them.

A page at a time by the order of their ids, so that memory does not grow with their number.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q

from contacts.models import Attribute, AttributeValue, Contact, Identity, Owner, Role, Tag
from contacts.owners import current
from contacts.values import effective

PAGE = 500


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which people: all by default. `role`, `attribute`: slugs; `value`: of the attribute, any by default."""

    role: str = ""
    tag: str = ""
    network: str = ""
    attribute: str = ""
    value: str = ""


@dataclass(slots=True)
class Person:
    """One person, over all contacts that are part of them."""

    id: int
    name: str
    do_not_contact: bool
    created_at: Any
    identities: list[Identity] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def pages(chosen: Chosen) -> Iterator[list[Person]]:
    """All people that were chosen, a page at a time, with at most seven statements each."""
    attributes = list(Attribute.objects.order_by("position", "pk"))
    after = 0
    while page := _page(chosen, after, attributes):
        yield page
        after = page[-1].id


def _page(chosen: Chosen, after: int, attributes: Sequence[Attribute]) -> list[Person]:
    contacts = _narrowed(chosen).filter(pk__gt=after).order_by("pk")
    found = contacts.values_list("pk", "name", "do_not_contact", "created_at")[:PAGE]
    people = {pk: Person(pk, name, flag, made) for pk, name, flag, made in found}
    if not people:
        return []
    parts = {pk: pk for pk in people}
    for pk, root, flag in Contact.objects.filter(root__in=people).values_list("pk", "root_id", "do_not_contact"):
        if root is not None:
            parts[pk] = root
            people[root].do_not_contact |= flag
    for one in Identity.objects.filter(contact__in=people).order_by("pk"):
        people[one.contact_id].identities.append(one)
    _add_facts(people, parts, attributes)
    return list(people.values())


def _add_facts(people: dict[int, Person], parts: dict[int, int], attributes: Sequence[Attribute]) -> None:
    for role in Role.objects.filter(contact__in=parts, until=None).select_related("kind").order_by("since", "pk"):
        person = people[parts[role.contact_id]]
        if all(role.kind_id != one.kind_id for one in person.roles):
            person.roles.append(role)
    for contact, tag in Tag.objects.filter(contact__in=parts).order_by("name").values_list("contact", "name"):
        if tag not in people[parts[contact]].tags:
            people[parts[contact]].tags.append(tag)
    said = defaultdict[int, list[Owner]](list)
    owners = Owner.objects.filter(contact__in=parts).select_related("user", "department")
    for owner in owners.order_by("-at", "-pk"):
        said[parts[owner.contact_id]].append(owner)
    for pk, theirs in said.items():
        people[pk].owners = current(theirs)
    values = defaultdict[int, list[AttributeValue]](list)
    spoken = AttributeValue.objects.filter(contact__in=parts).select_related("source_import")
    for value in spoken.defer("source_import__content", "source_import__mapping", "source_import__counts"):
        values[parts[value.contact_id]].append(value)
    for pk, words in values.items():
        people[pk].values = {one.attribute.slug: one.value for one in effective(attributes, words) if one.value}


def _narrowed(chosen: Chosen) -> Any:
    """People of whom any part answers to all that was asked for."""
    people = Contact.objects.people()
    whole = Q(contact=OuterRef("pk")) | Q(contact__root=OuterRef("pk"))
    if chosen.role:
        people = people.filter(Exists(Role.objects.filter(whole, kind__slug=chosen.role, until=None)))
    if chosen.tag:
        people = people.filter(Exists(Tag.objects.filter(whole, name=chosen.tag.casefold())))
    if chosen.network:
        people = people.filter(Exists(Identity.objects.filter(contact=OuterRef("pk"), network=chosen.network)))
    if chosen.attribute:
        said = AttributeValue.objects.filter(whole, attribute__slug=chosen.attribute).exclude(value="")
        said = said.filter(value__iexact=chosen.value) if chosen.value else said
        people = people.filter(Exists(said))
    return people
