"""Strong evidence that two accounts are one person's, which merges them by itself: the same vouched e-mail address, an
import that says so, profiles on two networks that link to each other.

Where strong evidence speaks against itself nothing is linked; a colleague is asked by a suggestion. What a colleague
has separated is never linked again.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from django.db import connection

from contacts import evidence, forest
from contacts.evidence import Account, Edge
from contacts.merge import Link, link
from contacts.models import Merge
from contacts.separated import separated

_MOST_OLD = 12  # persons known before that one evidence ties; more than these are no one person
_SCORE = 0.9
_ASK = """
    INSERT INTO contacts_suggestion (first_id, second_id, score, reasons, state, created_at)
    SELECT DISTINCT ON (least(n.a, n.b), greatest(n.a, n.b))
           least(n.a, n.b), greatest(n.a, n.b), %s, n.reasons, 'open', %s
    FROM (
        SELECT a, coalesce(b, (SELECT min(id) FROM contacts_identity WHERE contact_id = person)) AS b, reasons
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::jsonb[]) AS asked(a, b, person, reasons)
    ) n
    WHERE n.a <> n.b ORDER BY 1, 2
    ON CONFLICT (first_id, second_id) DO UPDATE
    SET reasons = EXCLUDED.reasons, score = greatest(contacts_suggestion.score, EXCLUDED.score)
    WHERE contacts_suggestion.state = 'open'
"""


def link_by_evidence(accounts: Sequence[Account], *, at: datetime) -> list[Merge]:
    """Merge the persons of these accounts with those that strong evidence ties them to; returns the merges.

    Runs in the caller's transaction, with a number of statements that does not depend on how many accounts there are:
    none where they bear no such evidence.
    """
    edges = evidence.edges(accounts)
    crossing = [edge for edge in edges if edge.person != edge.other_person]
    if not crossing:
        return []
    persons = forest.lock({one for edge in crossing for one in (edge.own, edge.other_own)})
    known = [edge for edge in crossing if edge.own in persons.of and edge.other_own in persons.of]
    groups = list(_groups(known, persons.of))
    new = {account.id for account in accounts if account.is_new}
    fresh = {persons.of[edge.own] for edge in known if edge.identity in new}
    objections = _Objections(edges, groups, persons, fresh)
    links, asked = [], []
    for group in groups:
        against = objections.to(group)
        if against is None:
            links += _links(group, persons.of)
        else:
            asked += [
                (edge, against)
                for edge in group
                if persons.of[edge.own] not in persons.us
                and persons.of[edge.other_own] not in persons.us
                and not objections.told_apart(edge)
            ]
    _ask(asked, persons.of, at)
    return link(links, origin=Merge.Origin.EVIDENCE, at=at)


def _groups(edges: Collection[Edge], persons: Mapping[int, int]) -> Iterator[list[Edge]]:
    """The edges by the persons that they tie together, directly or by others; oldest persons first."""
    above: dict[int, int] = {}

    def top(person: int) -> int:
        while (up := above.get(person, person)) != person:
            person = up
        return person

    for edge in edges:
        one, other = sorted((top(persons[edge.own]), top(persons[edge.other_own])))
        above[other] = one
    found: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[top(persons[edge.own])].append(edge)
    for person in sorted(found):
        yield found[person]


class _Objections:
    """What speaks against linking the persons of a group."""

    def __init__(
        self, edges: Collection[Edge], groups: Sequence[Sequence[Edge]], persons: forest.Persons, fresh: set[int]
    ) -> None:
        self._persons, self._fresh = persons, fresh
        self._torn = set(_torn(edges))
        old = [self._old(group) for group in groups]
        pairs = {pair for one in old if len(one) <= _MOST_OLD for pair in combinations(sorted(one), 2)}
        self._apart = separated(pairs)
        self._records = _records({person for one in old for person in one})

    def to(self, group: Sequence[Edge]) -> dict[str, str] | None:
        """Why the persons of a group cannot be one by evidence alone; None where nothing speaks against it."""
        everybody, old = self._everybody(group), self._old(group)
        if any(edge.identity in self._torn for edge in group):
            return {"kind": "conflict", "level": "kinds"}
        if everybody & self._persons.us and everybody - self._persons.us:
            return {"kind": "conflict", "level": "us"}
        if len(old) > _MOST_OLD:
            return {"kind": "conflict", "level": "many"}
        if any(pair in self._apart for pair in combinations(sorted(old), 2)):
            return {"kind": "conflict", "level": "separated"}
        keys: dict[str, set[str]] = defaultdict(set)
        for person in old:
            for system, key in self._records.get(person, ()):
                keys[system].add(key)
        different = sorted(system for system, known in keys.items() if len(known) > 1)
        return {"kind": "conflict", "level": "records", "system": different[0]} if different else None

    def told_apart(self, edge: Edge) -> bool:
        """Whether a colleague has answered for these two already."""
        one, other = sorted((self._persons.of[edge.own], self._persons.of[edge.other_own]))
        return (one, other) in self._apart

    def _everybody(self, group: Sequence[Edge]) -> set[int]:
        return {self._persons.of[one] for edge in group for one in (edge.own, edge.other_own)}

    def _old(self, group: Sequence[Edge]) -> set[int]:
        """What has just been written has no past that could speak against it."""
        return self._everybody(group) - self._fresh


def _torn(edges: Iterable[Edge]) -> Iterator[int]:
    """Accounts of which one kind of evidence says that they are somebody's, and another kind somebody else's."""
    said: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for edge in edges:
        said[edge.identity][edge.kind].add(edge.other_person)
    for identity, kinds in said.items():
        if any(one.isdisjoint(other) for one, other in combinations(kinds.values(), 2)):
            yield identity


def _records(persons: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """The records of a company's customer management that persons are known as: system and key."""
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    if persons:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT contact_id, external_id FROM contacts_identity WHERE contact_id = ANY(%s) AND network = 'crm'",
                [sorted(persons)],
            )
            for person, external_id in cursor.fetchall():
                system, _, key = external_id.partition(":")
                found[person].append((system, key))
    return found


def _links(group: Sequence[Edge], persons: Mapping[int, int]) -> list[Link]:
    """The younger person joins the older one, and hangs on the very contact that the evidence speaks of."""
    found: dict[tuple[int, int], tuple[int, int, list[dict[str, str]]]] = {}
    for edge in sorted(group, key=lambda one: (persons[one.own], persons[one.other_own])):
        sides = sorted((edge.own, edge.other_own), key=lambda contact: (persons[contact], contact))
        pair = (persons[sides[0]], persons[sides[1]])
        reasons = found.setdefault(pair, (sides[1], sides[0], []))[2]
        reason = {"kind": edge.kind, "value": edge.value}
        if reason not in reasons:
            reasons.append(reason)
    return [Link(part=part, into=into, evidence=reasons) for part, into, reasons in found.values()]


def _ask(asked: Sequence[tuple[Edge, dict[str, str]]], persons: Mapping[int, int], at: datetime) -> None:
    """Suggest what strong evidence says and other evidence denies."""
    if not asked:
        return
    rows = [
        (
            edge.identity,
            edge.other,
            persons[edge.other_own],
            json.dumps([{"kind": edge.kind, "value": edge.value}, why]),
        )
        for edge, why in asked
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ASK, [_SCORE, at, *(list(column) for column in zip(*rows, strict=True))])
