"""People as a company's customer management wants them: one line each, with their accounts and what is said of them.

A page at a time by the order of their ids, so that memory does not grow with their number.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

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
    """All people that were chosen, a page at a time, with at most seven statements each.

    Whom a choice leaves is asked once, with one statement; of them only the ids are held, eight bytes for each.
    """
    attributes = list(Attribute.objects.order_by("position", "pk"))
    for ids in _everybody() if chosen == Chosen() else _narrowed(chosen):
        if page := _page(ids, attributes):
            yield page


def _everybody() -> Iterator[list[int]]:
    after = 0
    while ids := list(Contact.objects.people().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PAGE]):
        after = ids[-1]
        yield ids


def _page(ids: Sequence[int], attributes: Sequence[Attribute]) -> list[Person]:
    contacts = Contact.objects.filter(pk__in=ids, root=None).order_by("pk")
    found = contacts.values_list("pk", "name", "do_not_contact", "created_at")
    people = {pk: Person(pk, name, flag, made) for pk, name, flag, made in found}
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


def _narrowed(chosen: Chosen) -> Iterator[list[int]]:
    """People of whom any part answers to all that was asked for."""
    people = Contact.objects.people()
    if chosen.role:
        people = people.filter(pk__in=_persons(Role.objects.filter(kind__slug=chosen.role, until=None)))
    if chosen.tag:
        people = people.filter(pk__in=_persons(Tag.objects.filter(name=chosen.tag.casefold())))
    if chosen.network:
        people = people.filter(pk__in=Identity.objects.filter(network=chosen.network).values("contact"))
    if chosen.attribute:
        said = AttributeValue.objects.filter(attribute__slug=chosen.attribute).exclude(value="")
        people = people.filter(pk__in=_persons(said.filter(value__iexact=chosen.value) if chosen.value else said))
    ids = array("q", people.order_by("pk").values_list("pk", flat=True).iterator(10_000))
    for start in range(0, len(ids), PAGE):
        yield ids[start : start + PAGE].tolist()


def _persons(said: QuerySet[Any]) -> QuerySet[Any]:
    return said.values_list(Coalesce("contact__root", "contact"))
