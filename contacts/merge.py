"""One person, all their accounts: contacts become one, and at any later time they are two again.

A merge is a row and moves pointers alone (see forest.py); what was said of a contact stays on that contact. So an
un-merge has nothing to give back, and what arrived in between follows its identity.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from contacts import forest
from contacts.collisions import retried
from contacts.models import Contact, Identity, Merge, Suggestion
from contacts.names import fold
from people.models import User


class CannotMerge(Exception):
    """What was asked for makes no sense, or none any more; the text says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two contacts that are to be one person, and the reasons: `kind` and particulars of each."""

    part: int
    into: int
    evidence: Sequence[Mapping[str, Any]] = ()


@retried
def merge(
    part: int,
    into: int,
    *,
    origin: str,
    at: datetime,
    by: User | None = None,
    evidence: Sequence[Mapping[str, Any]] = (),
    source_import: int | None = None,
) -> Merge:
    """Let the person that `part` belongs to become part of the person that `into` belongs to, who stands for both.

    What joins is the whole person. It hangs on the very contact `into`: if that one leaves its person later, it leaves
    together with what joined it. Raises CannotMerge for the same person, somebody who is gone, and for one of our own
    accounts with somebody else. A second merge of the same two at the same time waits for the first and is told.
    """
    persons = forest.lock([part, into])
    if part not in persons.of or into not in persons.of:
        raise CannotMerge(_("One of the two is not there any more. They may have been erased."))
    if persons.of[part] == persons.of[into]:
        raise CannotMerge(_("They are the same person already."))
    if (persons.of[part] in persons.us) != (persons.of[into] in persons.us):
        raise CannotMerge(_("One of the two is our own account. It cannot be merged with a customer."))
    link = Link(part=part, into=into, evidence=evidence)
    return _join([link], persons, origin=origin, at=at, by=by, source_import=source_import)[0]


@retried
def link(
    links: Sequence[Link], *, origin: str, at: datetime, by: User | None = None, source_import: int | None = None
) -> list[Merge]:
    """Merge many at once, in their order, with a number of statements that does not depend on how many.

    Where `merge` would refuse, a link is passed over. Returns the merges that were made.
    """
    if not links:
        return []
    persons = forest.lock({one for link in links for one in (link.part, link.into)})
    return _join(links, persons, origin=origin, at=at, by=by, source_import=source_import)


@retried
def unmerge(merge_id: int, *, by: User | None, at: datetime) -> Merge:
    """Undo a merge: the contact that became part, with all that has joined it since, stands for itself again.

    Any merge in force can be undone, in any order. Raises CannotMerge where it has been undone already. `by` None: no
    colleague said that they are two (an import is taken back), so evidence may link them again.
    """
    row = Merge.objects.filter(pk=merge_id).first()
    if row is None:
        raise CannotMerge(_("This merge is not there any more. One of the two may have been erased."))
    persons = forest.lock([row.part_id])
    row = Merge.objects.select_for_update(no_key=True).filter(pk=merge_id).first()
    if row is None:
        raise CannotMerge(_("This merge is not there any more. One of the two may have been erased."))
    if row.undone_at is not None:
        raise CannotMerge(_already_undone(row))
    _cut([row], by=by, at=at)
    forest.settle(persons)
    return row


@retried
def unlink(merge_ids: Collection[int], *, by: User | None, at: datetime) -> list[Merge]:
    """Undo many merges at once, with a number of statements that does not depend on how many.

    Those that are undone already are passed over. Returns the merges that were undone.
    """
    parts = Merge.objects.filter(pk__in=merge_ids, undone_at=None).values_list("part", flat=True)
    persons = forest.lock(list(parts))
    rows = Merge.objects.select_for_update(no_key=True).filter(pk__in=merge_ids, undone_at=None).order_by("pk")
    undone = list(rows)
    if undone:
        _cut(undone, by=by, at=at)
        forest.settle(persons)
    return undone


@retried
def split(identity_id: int, *, by: User | None, at: datetime) -> int:
    """Let one account leave its person for a contact of its own; returns that contact's id.

    Where the account came with a contact of its own, the merges that tie it are undone, and the others stay together.
    What was said of that contact goes with it. Where it shares its contact with further accounts, a new one is made.
    A colleague's word (`by`) holds: nothing links the two again by itself. Raises CannotMerge where it is all that
    there is of this person, and while they are being erased.
    """
    identity, persons = _locked(identity_id)
    if Contact.objects.filter(pk__in=persons.ids, is_erased=True).exists():
        raise CannotMerge(_("This account is not there any more. It may have been erased."))
    own = identity.own_contact_id
    at_home = Identity.objects.filter(Q(home=own) | Q(contact=own, home=None))
    if at_home.exclude(pk=identity.pk).exists():
        return _leave(identity, by=by, at=at)
    ties = list(Merge.objects.filter(Q(part=own) | Q(into=own), undone_at=None).order_by("pk"))
    if not ties:
        raise CannotMerge(_("This is the only account of this person. There is nothing to separate it from."))
    _cut(ties, by=by, at=at)
    _keep_together(own, ties, by=by, at=at)
    forest.settle(persons)
    return own


def inconsistencies(limit: int = 100) -> list[str]:
    """See forest.py."""
    return forest.inconsistencies(limit)


def _join(
    links: Iterable[Link],
    persons: forest.Persons,
    *,
    origin: str,
    at: datetime,
    by: User | None,
    source_import: int | None,
) -> list[Merge]:
    above: dict[int, int] = {}  # person that joined another one just now → that one

    def person(contact: int) -> int:
        top = persons.of[contact]
        while top in above:
            top = above[top]
        return top

    rows = []
    for one in links:
        if one.part not in persons.of or one.into not in persons.of:
            continue
        part, into = person(one.part), person(one.into)
        if part == into or (part in persons.us) != (into in persons.us):
            continue
        above[part] = into
        rows.append(
            Merge(
                part_id=part,
                into_id=one.into,
                origin=origin,
                evidence=[dict(reason) for reason in one.evidence],
                by=by,
                source_import_id=source_import,
                at=at,
            )
        )
    if rows:
        Merge.objects.bulk_create(rows)
        forest.settle(persons)
    return rows


def _cut(rows: Collection[Merge], *, by: User | None, at: datetime) -> None:
    for row in rows:
        row.undone_at, row.undone_by = at, by
    Merge.objects.filter(pk__in=[row.pk for row in rows]).update(undone_at=at, undone_by=by)


def _keep_together(left: int, ties: Sequence[Merge], *, by: User | None, at: datetime) -> None:
    """Those that hung on a contact that has left hang on the one above it, or on the first of them."""
    hanging = [tie for tie in ties if tie.into_id == left]
    held = [tie.into_id for tie in ties if tie.part_id == left]
    above = held[0] if held else hanging.pop(0).part_id
    Merge.objects.bulk_create(
        Merge(
            part_id=tie.part_id,
            into_id=above,
            origin=tie.origin,
            evidence=[*tie.evidence, {"kind": "stayed", "merge": tie.pk}],
            by=by,
            source_import_id=tie.source_import_id,
            at=at,
        )
        for tie in hanging
    )


def _locked(identity_id: int) -> tuple[Identity, forest.Persons]:
    """An identity and its person, locked; asked again where it changed hands meanwhile."""
    while True:
        identity = Identity.objects.filter(pk=identity_id).first()
        if identity is None:
            raise CannotMerge(_("This account is not there any more. It may have been erased."))
        persons = forest.lock([identity.contact_id])
        identity = Identity.objects.select_for_update(no_key=True).filter(pk=identity_id).first()
        if identity is not None and identity.contact_id in persons.ids:
            return identity, persons


def _leave(identity: Identity, *, by: User | None, at: datetime) -> int:
    if by is not None:
        _tell_apart(identity, by=by, at=at)
    name = identity.name or identity.handle
    contact = Contact.objects.create(name=name, sort_key=fold(name)[:200], created_at=at)
    identity.contact, identity.home = contact, None
    identity.save(update_fields=["contact", "home"])
    return contact.pk


def _tell_apart(identity: Identity, *, by: User, at: datetime) -> None:
    """No merge tied it to the others, so no undone merge says that they are two: a rejected suggestion does."""
    others = Identity.objects.filter(contact=identity.contact_id).exclude(pk=identity.pk).values_list("pk", flat=True)
    pairs = [sorted((identity.pk, other)) for other in others.order_by("pk")]
    decided = {"score": 0, "state": Suggestion.State.REJECTED, "created_at": at, "decided_at": at, "decided_by": by}
    Suggestion.objects.bulk_create(
        [Suggestion(first_id=first, second_id=second, **decided) for first, second in pairs],
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["state", "decided_at", "decided_by"],
    )


def _already_undone(row: Merge) -> str:
    if row.undone_by is None:
        return _("This merge has been undone already.")
    return _("%(name)s has undone this merge already.") % {"name": row.undone_by}
