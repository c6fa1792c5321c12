"""What becomes of each row of a file, decided in memory: nothing is written here, so a dry run decides the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from contacts.crm.known import Key, Known, Seen, named_by
from contacts.sheets.record import Record, Rejected

# Addresses of posts and not of people: having written from the same one says nothing.
_SHARED = frozenset(
    {
        "info",
        "contact",
        "kontakt",
        "office",
        "mail",
        "hello",
        "hallo",
        "support",
        "service",
        "help",
        "sales",
        "vertrieb",
        "billing",
        "accounts",
        "admin",
        "webmaster",
        "postmaster",
        "noreply",
        "no-reply",
        "donotreply",
        "team",
        "newsletter",
        "presse",
        "press",
        "jobs",
        "hr",
    }
)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An identity that is to be made, and the contact that it comes with."""

    id: int
    contact: int
    network: str
    external_id: str
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Two contacts that the row says are one person. `is_merge`: both were there before."""

    part: int
    into: int
    evidence: Mapping[str, Any]
    is_merge: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a record is called now, and where it stands, with what it was before."""

    id: int
    name: str
    url: str
    old_name: str
    old_url: str


@dataclass(slots=True)
class Verdict:
    """What becomes of a row. Ids below zero stand for rows that are still to be made."""

    record: Record
    outcome: str = "unchanged"
    reason: str = ""
    contact: int = 0  # what the row says is said of this one
    contacts: list[tuple[int, str]] = field(default_factory=list)  # to be made, with their names
    accounts: list[NewAccount] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    claims: list[tuple[str, str, str]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    roles: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    # Department, user, and who it was before: 0 where nobody was named, None where nobody was to be.
    owners: list[tuple[int, int, int | None]] = field(default_factory=list)
    closes: bool = False
    renamed: Renamed | None = None
    conflicts: list[str] = field(default_factory=list)
    suggested: list[tuple[int, int, str]] = field(default_factory=list)  # two identities, and of which system

    @property
    def merges(self) -> bool:
        """Whether people who were there before become one."""
        return any(one.is_merge for one in self.joined)


class Decider:
    """Decides row by row. What was decided for one row is known when the next one is looked at."""

    def __init__(self, system: str, attributes: Mapping[str, int], erased: Callable[[Iterable[Key]], set[Key]]) -> None:
        self.system = system
        self._attributes = attributes
        self._erased_among = erased
        self._known = Known()
        self._planned: dict[Key, Seen] = {}
        self._keys: dict[int, set[str]] = {}
        self._above: dict[int, int] = {}
        self._groups: dict[int, set[int]] = defaultdict(set)
        self._claims: dict[tuple[str, str, str], dict[int, int]] = defaultdict(dict)
        self._gone: set[Key] = set()
        self._next = 0

    def page(self, known: Known, records: Sequence[Record]) -> None:
        """Begin a page with what the database knows. What was decided before, and may not be written, stays known."""
        self._known = known
        known.accounts |= self._planned
        for claim, said in self._claims.items():
            known.claims[claim] |= said
        for person in known.persons:
            if (top := self._person(person)) != person:
                self._move(person, top)
        self._gone = self._erased_among({one for record in records for one in self._names(record)})

    def forget(self) -> None:
        """All that was decided has been written: the database knows it now."""
        self._planned, self._keys, self._above = {}, {}, {}
        self._groups.clear()
        self._claims.clear()

    def decide(self, record: Record) -> Verdict:
        """What becomes of a row. Raises Rejected; `Erased` where nothing of it may be kept."""
        if self._gone and any(name in self._gone for name in self._names(record)):
            raise Erased(_("This person was erased and is not taken in again."))
        verdict = Verdict(record)
        anchor = self._anchor(record)
        if anchor is not None and anchor.person in self._known.us:
            raise Rejected(_("This is one of our own accounts."))
        if anchor is None:
            anchor = self._make(verdict)
        elif record.key:
            self._rename(verdict, anchor)
        verdict.contact = anchor.own
        self._addresses(verdict, anchor)
        self._profiles(verdict, anchor)
        self._say(verdict, self._person(anchor.person))
        if verdict.outcome == "unchanged" and _is_news(verdict):
            verdict.outcome = "updated"
        return verdict

    def _names(self, record: Record) -> Iterable[Key]:
        if record.key:
            yield "crm", f"{self.system}:{record.key}"
        for address in record.emails:
            yield "email", address
        for one in record.accounts:
            yield one.network, one.external_id or one.handle
            if one.handle:
                yield one.network, f"@{one.handle}"

    def _anchor(self, record: Record) -> Seen | None:
        """The account by which the person is known already: the record's, else that of an address, else another."""
        if record.key:
            return self._known.accounts.get(("crm", f"{self.system}:{record.key}"))
        if record.emails:
            return next(filter(None, (self._known.accounts.get(("email", one)) for one in record.emails)), None)
        found = next(iter(named_by(self._known, record)), None)
        if found is None:
            raise Rejected(_("Nobody is known by this account yet, and there is no key and no e-mail address."))
        return found

    def _make(self, verdict: Verdict) -> Seen:
        record = verdict.record
        verdict.outcome = "created"
        contact = self._new_contact(verdict)
        if record.key:
            return self._new_account(verdict, contact, "crm", f"{self.system}:{record.key}", url=record.url)
        return self._new_account(verdict, contact, "email", record.emails[0])

    def _new_contact(self, verdict: Verdict) -> int:
        self._next -= 1
        verdict.contacts.append((self._next, verdict.record.name or next(iter(verdict.record.emails), "")))
        return self._next

    def _new_account(self, verdict: Verdict, contact: int, network: str, external_id: str, url: str = "") -> Seen:
        self._next -= 1
        name = verdict.record.name
        verdict.accounts.append(NewAccount(self._next, contact, network, external_id, name, url))
        seen = Seen(self._next, network, external_id, contact, contact, name, url)
        self._known.accounts[network, external_id] = self._planned[network, external_id] = seen
        if network == "crm":
            self._keys_of(contact).add(external_id)
        return seen

    def _rename(self, verdict: Verdict, anchor: Seen) -> None:
        name, url = verdict.record.name or anchor.name, verdict.record.url or anchor.url
        if (name, url) != (anchor.name, anchor.url):
            verdict.renamed = Renamed(anchor.id, name, url, anchor.name, anchor.url)

    def _addresses(self, verdict: Verdict, anchor: Seen) -> None:
        for address in verdict.record.emails:
            evidence = {"kind": "same_email", "value": address}
            is_shared = address.partition("@")[0] in _SHARED
            found = self._known.accounts.get(("email", address))
            if found is None:
                self._add(verdict, anchor, address, evidence)
            elif not is_shared or found.own == anchor.own:
                self._join(verdict, anchor, found, evidence, address)
            for other in () if is_shared else self._known.verified.get(address, ()):
                self._join(verdict, anchor, other, evidence, address)

    def _add(self, verdict: Verdict, anchor: Seen, address: str, evidence: Mapping[str, Any]) -> None:
        """An account for a new address: with the contact that the row makes, else with one of its own, so that taking
        the import back takes exactly what it brought."""
        if anchor.own < 0 and verdict.outcome == "created":
            self._new_account(verdict, anchor.own, "email", address)
            return
        contact = self._new_contact(verdict)
        self._new_account(verdict, contact, "email", address)
        verdict.joined.append(Joined(contact, anchor.own, evidence, is_merge=False))
        self._unite(contact, anchor.person)

    def _profiles(self, verdict: Verdict, anchor: Seen) -> None:
        for account in verdict.record.accounts:
            evidence = {"kind": "claim", "value": str(account)}
            found = self._known.accounts.get((account.network, account.external_id or account.handle))
            named = [found] if found else self._known.handles.get((account.network, account.handle), [])
            if len({one.person for one in named}) > 1:
                verdict.conflicts.append(_("Several people have the handle %(account)s.") % {"account": account})
            elif named:
                self._join(verdict, anchor, named[0], evidence, str(account))
            else:
                self._claim(verdict, anchor, (account.network, account.handle, account.external_id))

    def _claim(self, verdict: Verdict, anchor: Seen, claim: tuple[str, str, str]) -> None:
        said = self._known.claims.get(claim, {})
        mine = self._person(anchor.person)
        if any(self._person(person) == mine for person in said.values()):
            return
        if said:
            name = f"{claim[0]} {claim[1] or claim[2]}"
            verdict.conflicts.append(_("%(account)s is said to be somebody else's too.") % {"account": name})
        self._known.claims[claim][anchor.own] = self._claims[claim][anchor.own] = anchor.person
        verdict.claims.append(claim)

    def _join(self, verdict: Verdict, anchor: Seen, other: Seen, evidence: Mapping[str, Any], what: str) -> None:
        a, b = self._person(anchor.person), self._person(other.person)
        if a == b:
            return
        if (a in self._known.us) != (b in self._known.us):
            verdict.conflicts.append(_("%(what)s is one of our own accounts.") % {"what": what})
        elif any((x, y) in self._known.apart for x in self._group(a) for y in self._group(b)):
            verdict.conflicts.append(_("%(what)s belongs to somebody whom a colleague kept apart.") % {"what": what})
        elif system := _differ(self._keys_of(a), self._keys_of(b)):
            said = _("%(what)s belongs to another record of %(system)s.")
            verdict.conflicts.append(said % {"what": what, "system": system})
            verdict.suggested.append((anchor.id, other.id, system))
        else:
            # Who is new joins who was there; of two who were, the later one joins the earlier one.
            if anchor.own < 0 or a > b > 0:
                verdict.joined.append(Joined(anchor.own, other.own, evidence, is_merge=True))
                self._unite(a, b)
            else:
                verdict.joined.append(Joined(other.own, anchor.own, evidence, is_merge=True))
                self._unite(b, a)

    def _person(self, person: int) -> int:
        while person in self._above:
            person = self._above[person]
        return person

    def _group(self, person: int) -> set[int]:
        return self._groups[person] | {person}

    def _keys_of(self, person: int) -> set[str]:
        """The records of systems that a person is; what was decided on earlier pages included."""
        if person not in self._keys:
            self._keys[person] = set()
        self._keys[person] |= self._known.keys.get(person, set())
        return self._keys[person]

    def _unite(self, part: int, into: int) -> None:
        part, into = self._person(part), self._person(into)
        if part == into:
            return
        self._keys_of(into).update(self._keys_of(part))
        self._groups[into] |= self._group(part)
        self._above[part] = into
        self._move(part, into)

    def _move(self, part: int, into: int) -> None:
        """What was said of the one is said of the other from now on."""
        known = self._known
        if part in known.closed:
            known.closed.add(into)
        known.roles[into] |= known.roles.pop(part, set())
        known.tags[into] |= known.tags.pop(part, set())
        for of, word in [(of, word) for of, word in known.values.items() if of[0] == part]:
            known.values[into, of[1]] += word
        for of, user in [(of, user) for of, user in known.owners.items() if of[0] == part]:
            known.owners[into, of[1]] += user

    def _say(self, verdict: Verdict, person: int) -> None:
        record, known = verdict.record, self._known
        for slug, value in record.values.items():
            self._value(verdict, person, slug, value)
        verdict.roles = [kind for kind in record.roles if kind not in known.roles[person]]
        verdict.tags = [tag for tag in record.tags if tag not in known.tags[person]]
        for department, user in record.owners:
            said = known.owners.get((person, department), [])
            if said and said[0][1] == user:
                continue
            if said and said[0][2]:
                verdict.conflicts.append(_("A colleague chose another owner."))
                continue
            before = next((someone for contact, someone, _is in said if contact == verdict.contact), 0)
            verdict.owners.append((department, user, before))
            known.owners[person, department].insert(0, (verdict.contact, user, False))
        verdict.closes = record.do_not_contact and person not in known.closed
        known.roles[person] |= {*verdict.roles}
        known.tags[person] |= {*verdict.tags}
        known.closed |= {person} if verdict.closes else set()

    def _value(self, verdict: Verdict, person: int, slug: str, value: str) -> None:
        said = self._known.values.get((person, self._attributes.get(slug, 0)), [])
        by_people = [word for _contact, word, is_said, _system in said if is_said]
        if (by_people or [word for _contact, word, _is, _system in said[:1]])[:1] == [value]:
            return
        if any(word == value and not is_said and system == self.system for _c, word, is_said, system in said):
            return
        verdict.values[slug] = value
        if attribute := self._attributes.get(slug):
            self._known.values[person, attribute].insert(0, (verdict.contact, value, False, self.system))
        if by_people:
            told = _("%(name)s: a colleague says “%(value)s”, which is shown.")
            verdict.conflicts.append(told % {"name": slug, "value": by_people[0][:60]})


class Erased(Rejected):
    """A row about a person who was erased: nothing of it is kept."""


def _is_news(one: Verdict) -> bool:
    said = one.claims, one.values, one.roles, one.tags, one.owners, one.closes, one.renamed
    return bool(one.accounts or one.joined or any(said))


def _differ(some: Iterable[str], others: Iterable[str]) -> str:
    """The system in which two persons are different records; empty where there is none."""
    systems = defaultdict[str, set[str]](set)
    for key in some:
        systems[key.partition(":")[0]].add(key)
    return next((s for key in others if (s := key.partition(":")[0]) in systems and key not in systems[s]), "")
