"""Merging and un-merging people as the timeline and open browsers see it; contacts/merge.py does the work."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from contacts import merge as graph
from contacts.collisions import retried
from contacts.merge import CannotMerge
from contacts.models import Contact, Identity, Merge
from contacts.reasons import sentences
from inbox import events, live
from inbox.models import Conversation
from people.models import User

__all__ = ["CannotMerge", "merge", "record", "split", "unmerge", "why"]

# Browsers that show further conversations of such a person see the change when they next ask.
_SHOWN_AT_ONCE = 300


@retried
def merge(
    part: int,
    into: int,
    *,
    at: datetime,
    by: User | None = None,
    origin: str = Merge.Origin.PERSON,
    evidence: Sequence[Mapping[str, Any]] = (),
    source_import: int | None = None,
) -> Merge:
    """Like `contacts.merge.merge`, with an entry on the timeline. Raises CannotMerge."""
    row = graph.merge(part, into, origin=origin, at=at, by=by, evidence=evidence, source_import=source_import)
    record([row], by=by)
    return row


@retried
def unmerge(merge_id: int, *, by: User | None, at: datetime) -> Merge:
    """Like `contacts.merge.unmerge`, with an entry on the timelines of both. Raises CannotMerge."""
    row = graph.unmerge(merge_id, by=by, at=at)
    _separated(row.part_id, row.into_id, row.pk, by=by, at=at)
    return row


@retried
def split(identity_id: int, *, by: User | None, at: datetime) -> int:
    """Like `contacts.merge.split`, with an entry on the timelines of both. Raises CannotMerge."""
    others = Identity.objects.filter(contact__identities=identity_id).exclude(pk=identity_id).values_list("pk")
    stays = others.order_by("pk").first()
    contact = graph.split(identity_id, by=by, at=at)
    left = Identity.objects.filter(pk__in=stays or ()).values_list("contact_id", flat=True).first()
    if left is None:
        # Those it was with have no account.
        last = Merge.objects.filter(part=contact).order_by("-undone_at").values_list("into_id", flat=True).first()
        left = last or contact
    _separated(contact, left, None, by=by, at=at)
    return contact


def record(rows: Collection[Merge], *, by: User | None = None) -> None:
    """Merges on the timelines of those that stand for both, with one statement, and in the browsers that show them."""
    if not rows:
        return
    names = _names({row.part_id for row in rows})
    # As inbox/retelling.py knows them, whoever merges.
    with override("en"):
        reasons = {row.pk: why(row.evidence) for row in rows}
    events.record(
        events.Entry(
            kind="merged",
            contact_id=row.into_id,
            actor_id=by.pk if by else None,
            at=row.at,
            data={
                "merge": row.pk,
                "name": names[row.part_id],
                "origin": row.origin,
                "reason": reasons[row.pk],
            },
        )
        for row in rows
    )
    _show({row.into_id for row in rows})


def why(evidence: Sequence[Mapping[str, Any]]) -> str:
    """The reasons of a merge in words, as they stand on the timeline; empty where none was given."""
    return "; ".join(sentences(evidence))


def _separated(one: int, other: int, merge_id: int | None, *, by: User | None, at: datetime) -> None:
    names = _names({one, other})
    events.record(
        events.Entry(
            kind="unmerged",
            contact_id=contact,
            actor_id=by.pk if by else None,
            at=at,
            data={"merge": merge_id, "name": names[from_whom]},
        )
        for contact, from_whom in ((one, other), (other, one))
        if one != other
    )
    _show({one, other})


def _names(contacts: Collection[int]) -> dict[int, str]:
    found = dict(Contact.objects.filter(pk__in=contacts).values_list("pk", "name"))
    return {contact: found.get(contact) or _("somebody without a name") for contact in contacts}


def _show(contacts: Collection[int]) -> None:
    persons = {root or pk for pk, root in Contact.objects.filter(pk__in=contacts).values_list("pk", "root_id")}
    # Asked for by their accounts: who looks for the newest would pass by everybody's.
    accounts = list(Identity.objects.filter(contact__in=persons).values_list("pk", flat=True))
    theirs = Conversation.objects.open().filter(identity__in=accounts)
    live.changed(conversations=list(theirs.values_list("pk", flat=True)[:_SHOWN_AT_ONCE]))
