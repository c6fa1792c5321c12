"""What a merge would make of two persons, and what an un-merge would take apart: to be looked at before."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from contacts.models import AttributeValue, Contact, Identity, Merge
from contacts.models.facts import Source
from contacts.values import Shown
from inbox import belongings
from inbox.belongings import Belongings, Volume
from inbox.persons import ACCOUNT, SHOWN, Person, account

Part = dict[str, Any]
# An older merge is not undone without a look at what goes where.
FRESH = timedelta(days=1)


@dataclass(slots=True)
class Preview:
    """Two persons as one: everything of both, and where they contradict one another what would be shown, and why."""

    front: Person
    other: Person
    volumes: tuple[Volume, Volume]
    roles: list[Part]
    deals: list[Part]
    pins: list[Part]
    owners: list[Part]
    tags: list[Part]
    attributes: list[Part]

    @property
    def sides(self) -> list[tuple[Person, Volume]]:
        """Each person with how much they said."""
        return list(zip((self.front, self.other), self.volumes, strict=True))

    @property
    def has_facts(self) -> bool:
        """Whether anything hangs on either of them that they do not contradict one another in."""
        return bool(self.roles or self.deals or self.pins or self.owners or self.tags or self.agreed)

    @property
    def conflicts(self) -> list[Part]:
        """The attributes on which the two do not agree."""
        return [one for one in self.attributes if one["hidden"]]

    @property
    def agreed(self) -> list[Part]:
        """The attributes that one of them has, or both alike."""
        return [one for one in self.attributes if not one["hidden"]]


def problem(one: Person, other: Person | None) -> str:
    """Why these two cannot be merged, for whoever wants to; empty where they can."""
    if other is None:
        return gettext("This person is not there any more. They may have been erased.")
    if one.id == other.id:
        return gettext("Both are one person already.")
    if one.is_us or other.is_us:
        return gettext("%(name)s is one of our own accounts, so it is nobody's customer.") % {
            "name": one.name if one.is_us else other.name
        }
    return ""


def of_two(front: Person, other: Person, now: datetime) -> Preview:
    """What they would be as one. Nine statements, however much there is."""
    whose = dict.fromkeys(front.contacts, front) | dict.fromkeys(other.contacts, other)
    both = belongings.of(list(whose), now)
    for name in belongings.LISTS:
        for line in getattr(both, name):
            line["person"] = whose[line["contact"]]
    accounts = _accounts([front.id, other.id])
    return Preview(
        front=front,
        other=other,
        volumes=(belongings.volume(accounts[front.id]), belongings.volume(accounts[other.id])),
        roles=_once(both.roles),
        deals=both.deals,
        pins=both.pins,
        owners=_once(both.owners),
        tags=_once(both.tags),
        attributes=_attributes(both, whose, now),
    )


def _accounts(people: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for person, pk in Identity.objects.filter(contact__in=people).values_list("contact", "pk"):
        found[person].append(pk)
    return found


def _once(lines: list[Part]) -> list[Part]:
    """Of what both have, the first line; `people` names all whose it is."""
    kept: dict[Any, Part] = {}
    for line in lines:
        first = kept.setdefault(line["key"], line | {"people": [], "also": []})
        if line["person"] not in first["people"]:
            first["people"].append(line["person"])
            first["whose"] = gettext("both") if len(first["people"]) > 1 else line["person"].name
        if line is not first and _says(line) != _says(first):
            first["also"].append(line)
    return list(kept.values())


def _says(line: Part) -> Any:
    mate = line.get("mate")
    return mate["id"] if mate else None


def _attributes(both: Belongings, whose: dict[int, Person], now: datetime) -> list[Part]:
    """Each attribute with the value that shows, and the others, which are kept."""

    def line(said: AttributeValue) -> Part:
        return belongings.told(said, now) | {"person": whose[said.contact_id]}

    return [
        {
            "name": one.attribute.name,
            "shown": line(one.said) if one.said else None,
            "hidden": [line(said) for said in one.others],
            "why": _why(one),
        }
        for one in both.attributes()
    ]


def _why(one: Shown) -> str:
    if not one.said or not one.others:
        return ""
    if one.said.source == Source.PERSON and one.others[0].source != Source.PERSON:
        return gettext("A colleague's word counts before an import's.")
    return gettext("The newest word counts.")


@dataclass(slots=True)
class Leaving:
    """One side of an un-merge: what is with it afterwards."""

    name: str
    accounts: list[Part] = field(default_factory=list)
    more: int = 0
    volume: Volume = Volume()
    belongings: Belongings = field(default_factory=Belongings)


@dataclass(slots=True)
class Parting:
    """What goes where when a merge is undone, or an account leaves."""

    goes: Leaving
    stays: Leaving


def of_unmerge(merge: Merge, now: datetime) -> Parting:
    """What goes with the part, and what stays. A dozen statements, however much there is."""
    whole = merge.into.root_id or merge.into_id
    contacts = set(Contact.objects.of(whole).values_list("pk", flat=True))
    gone = _under(merge, contacts)
    accounts = _all_accounts(whole)
    goes = {one["id"] for one in accounts if one["own"] in gone}
    names = merge.part.name, _name(whole)
    return _parting(accounts, goes, contacts, gone, names, merge.at, now)


def of_identity(identity: Identity, now: datetime) -> Parting:
    """What goes with an account that is separated from its person, and what stays. A dozen statements.

    What was said of the contact that it came with goes along, unless other accounts came with that one, too.
    """
    contacts = set(Contact.objects.of(identity.contact_id).values_list("pk", flat=True))
    accounts = _all_accounts(identity.contact_id)
    with_it = [one for one in accounts if one["own"] == identity.own_contact_id]
    gone = {identity.own_contact_id} if len(with_it) == 1 else set()
    names = str(identity), _name(identity.contact_id)
    return _parting(accounts, {identity.pk}, contacts, gone, names, now, now)


def _name(contact: int) -> str:
    return Contact.objects.values_list("name", flat=True).get(pk=contact)


def _all_accounts(person: int) -> list[Part]:
    """All of a person's accounts; `own`: the contact that each came with."""
    found = Identity.objects.filter(contact=person).order_by("id")
    rows = found.values_list(*ACCOUNT, Coalesce("home_id", "contact_id"))
    return [account(columns) | {"own": own} for *columns, own in rows]


def _parting(
    accounts: list[Part],
    goes: set[int],
    contacts: set[int],
    gone: set[int],
    names: tuple[str, str],
    since: datetime,
    now: datetime,
) -> Parting:
    hanging = belongings.of(contacts, now)
    sides = []
    for name, leaves, theirs in zip(names, (True, False), (gone, contacts - gone), strict=True):
        mine = [one for one in accounts if (one["id"] in goes) is leaves]
        said = belongings.volume([one["id"] for one in mine], since)
        label = name or (mine[0]["label"] if mine else "")
        sides.append(Leaving(label, mine[:SHOWN], max(0, len(mine) - SHOWN), said, hanging.of(theirs)))
    return Parting(*sides)


def _under(merge: Merge, contacts: set[int]) -> set[int]:
    """The contacts that leave: the part, and all that had been merged into it."""
    edges = Merge.objects.filter(part__in=contacts, undone_at=None).values_list("part", "into")
    parts: dict[int, list[int]] = defaultdict(list)
    for part, into in edges:
        parts[into].append(part)
    found, waiting = set(), [merge.part_id]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += parts[one]
    return found
