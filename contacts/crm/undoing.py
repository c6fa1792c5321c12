"""Taking an import back as a whole: what it said, the merges that it made, the contacts that nothing else uses since.

Each step takes some hundred rows in one transaction with its place, and may be done again: a worker that dies is
followed by one that goes on.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, ProtectedError, Q
from django.utils import timezone

from contacts import merge
from contacts.collisions import retried
from contacts.crm.importing import LEASE, Stopped
from contacts.models import (
    AttributeValue,
    Claim,
    Contact,
    Deal,
    Identity,
    Import,
    ImportedRow,
    Merge,
    Owner,
    Pin,
    Relationship,
    Role,
    Tag,
)
from contacts.names import fold
from socialcrm.crash import crash_point, declare

_STEP = 500
_PHASES = ("merges", "rows", "contacts")
_SAID = (AttributeValue, Role, Tag, Claim, Deal)
declare("import.undone_before_commit")
State = Import.State
# What the same system said last before is found by searching again.
_FIND_AGAIN = """
    UPDATE contacts_attributevalue v SET search_key = n.search_key
    FROM unnest(%s::bigint[], %s::text[]) AS n(id, search_key) WHERE v.id = n.id
"""


@dataclass(frozen=True, slots=True)
class Above:
    """What stands above this room, and has a say: which contacts and identities it uses, and what it notes down."""

    contacts_in_use: Callable[[Collection[int]], set[int]]
    identities_in_use: Callable[[Collection[int]], set[int]]
    record: Callable[[Import, Sequence[int]], None]


def undo(source_id: int, above: Above, *, seconds: float, clock: Callable[[], float]) -> bool:
    """Take back what is left, for about so many seconds; returns whether that was all. Raises Stopped."""
    source = Import.objects.defer("content").get(pk=source_id)
    ends = clock() + seconds
    while not _step(source, above):
        if clock() > ends:
            return False
    return True


@retried
def _step(source: Import, above: Above) -> bool:
    place = source.counts.get("undo") or {"phase": _PHASES[0], "after": 0, "removed": 0, "kept": 0}
    place = _DO[place["phase"]](source, dict(place), above)
    counts = source.counts | {"undo": place}
    is_over = bool(place["phase"] == "over")
    now = timezone.now()
    ends = {"state": State.UNDONE, "finished_at": now, "lease_until": None} if is_over else {"lease_until": now + LEASE}
    mine = Import.objects.filter(pk=source.pk, state=State.UNDOING, counts=source.counts)
    if not mine.update(counts=counts, **ends):
        raise Stopped
    crash_point("import.undone_before_commit")
    source.counts = counts
    return is_over


def _merges(source: Import, place: dict[str, Any], above: Above) -> dict[str, Any]:
    left = Merge.objects.filter(source_import=source.pk, undone_at=None, pk__gt=place["after"]).order_by("pk")
    ids = list(left.values_list("pk", flat=True)[:_STEP])
    if not ids:
        return place | {"phase": "rows", "after": 0}
    merge.unlink(ids, by=None, at=timezone.now())
    return place | {"after": ids[-1]}


def _rows(source: Import, place: dict[str, Any], above: Above) -> dict[str, Any]:
    left = ImportedRow.objects.filter(source=source, line__gt=place["after"]).exclude(outcome="rejected")
    rows = list(left.order_by("line")[:_STEP])
    if not rows:
        return place | {"phase": "contacts", "after": 0}
    contacts = sorted({row.contact_id for row in rows if row.contact_id})
    _take_back(source, contacts)
    for row in rows:
        if isinstance(row.row, dict) and row.contact_id:
            _restore(row.contact_id, row.row)
    changed = [row.contact_id for row in rows if row.contact_id and row.outcome == "updated"]
    brought = set(Contact.objects.filter(pk__in=changed, source_import=source.pk).values_list("pk", flat=True))
    above.record(source, [contact for contact in changed if contact not in brought])
    return place | {"after": rows[-1].line}


def _take_back(source: Import, contacts: Sequence[int]) -> None:
    values = AttributeValue.objects.filter(contact__in=contacts, source_import=source.pk)
    spoken = {(one.contact_id, one.attribute_id) for one in values}
    for model in _SAID:
        model._default_manager.filter(contact__in=contacts, source_import=source.pk).delete()
    before = AttributeValue.objects.filter(
        contact__in=contacts, source_import__system=source.system, attribute__in={one for _contact, one in spoken}
    )
    latest: dict[tuple[int, int], AttributeValue] = {}
    for one in before.order_by("at", "pk"):
        latest[one.contact_id, one.attribute_id] = one
    again = [one for of, one in latest.items() if of in spoken and not one.search_key]
    if again:
        with connection.cursor() as cursor:
            cursor.execute(_FIND_AGAIN, [[one.pk for one in again], [fold(one.value)[:200] for one in again]])


def _restore(contact: int, journal: dict[str, Any]) -> None:
    """Names, owners and the flag as they were, unless somebody has changed them since."""
    if "renamed" in journal:
        pk, name, url, old_name, old_url = journal["renamed"]
        Identity.objects.filter(pk=pk, name=name, url=url).update(name=old_name, url=old_url, matched_at=None)
        same = Contact.objects.filter(pk=contact, named_by=None, name=name)
        same.update(name=old_name, sort_key=fold(old_name)[:200])
    for department, user, before in journal.get("owners", ()):
        mine = Owner.objects.filter(contact=contact, department=department, user=user, by=None)
        if before == 0:
            mine.delete()
        else:
            mine.update(user=before)
    if journal.get("closed"):
        flagged = Contact.objects.filter(pk=contact, do_not_contact=True, do_not_contact_reason=journal["closed"])
        flagged.update(do_not_contact=False, do_not_contact_reason="")


def _contacts(source: Import, place: dict[str, Any], above: Above) -> dict[str, Any]:
    mine = Contact.objects.filter(source_import=source.pk, pk__gt=place["after"]).order_by("pk")
    ids = list(mine.values_list("pk", flat=True)[:_STEP])
    if not ids:
        return place | {"phase": "over"}
    used = _used(source, ids, above)
    unused = [pk for pk in ids if pk not in used]
    try:
        with transaction.atomic():
            _delete(unused)
    except ProtectedError:
        # Somebody has written to one of them just now.
        return place
    _delete_records(source, sorted(used), above)
    removed, kept = place["removed"] + len(unused), place["kept"] + len(used)
    return place | {"after": ids[-1], "removed": removed, "kept": kept}


def _used(source: Import, ids: Sequence[int], above: Above) -> set[int]:
    """Those of these contacts that something else than this import has touched."""
    used = above.contacts_in_use(ids)
    homes = _at_home(ids)
    accounts = [pk for pk, _own in homes]
    busy = above.identities_in_use(accounts)
    for end in ("source", "target"):
        busy |= set(Relationship.objects.filter(**{f"{end}__in": accounts}).values_list(end, flat=True))
    used |= {own for pk, own in homes if pk in busy}
    for model in (*_SAID, Owner, Pin):
        used |= set(model._default_manager.filter(contact__in=ids).values_list("contact", flat=True))
    for one in Merge.objects.filter(Q(part__in=ids) | Q(into__in=ids), undone_at=None):
        used |= {one.part_id, one.into_id}
    others = ImportedRow.objects.filter(contact__in=ids).exclude(source=source.pk)
    used |= set(others.exclude(source__state=State.UNDONE).values_list("contact", flat=True))
    used |= {one.root_id for one in Contact.objects.filter(root__in=ids).only("root") if one.root_id}
    touched = Q(named_by__isnull=False) | Q(do_not_contact=True) | Q(root__isnull=False)
    used |= set(Contact.objects.filter(touched, pk__in=ids).values_list("pk", flat=True))
    return used & set(ids)


def _at_home(contacts: Sequence[int]) -> list[tuple[int, int]]:
    """The identities that came with these contacts, each with its contact."""
    found = Identity.objects.filter(Q(home__in=contacts) | Q(contact__in=contacts, home=None))
    return [(one.pk, one.own_contact_id) for one in found.only("pk", "home", "contact")]


def _delete(contacts: Sequence[int]) -> None:
    Identity.objects.filter(pk__in=[pk for pk, _own in _at_home(contacts)]).delete()
    # The merges of the import, and those that were undone: there is nobody left whom they could be about.
    Contact.objects.filter(pk__in=contacts).delete()


def _delete_records(source: Import, contacts: Sequence[int], above: Above) -> None:
    """Of contacts that stay, the records in the system go, where there is another account."""
    homes = Identity.objects.filter(contact__in=contacts, home=None)
    records = homes.filter(
        network="crm", external_id__startswith=f"{source.system}:", created_at=F("contact__created_at")
    )
    others = set(homes.exclude(network="crm").values_list("contact", flat=True))
    named = [(one.pk, one.contact_id) for one in records]
    busy = above.identities_in_use([pk for pk, _contact in named])
    Identity.objects.filter(pk__in=[pk for pk, own in named if own in others and pk not in busy]).delete()


_DO: dict[str, Callable[[Import, dict[str, Any], Above], dict[str, Any]]] = {
    "merges": _merges,
    "rows": _rows,
    "contacts": _contacts,
}
