"""A person's accounts with how each came here, for whoever wants to separate one."""

from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from contacts.models import Identity, Merge
from inbox import merges
from inbox.persons import ACCOUNT, account

Part = dict[str, Any]
# Somebody with more accounts is no person.
_MOST = 500


def accounts(person: int, now: datetime) -> list[Part]:
    """All accounts, those that came with the person first. Two statements."""
    found = Identity.objects.filter(contact=person).annotate(own=Coalesce("home_id", "contact_id"))
    rows = list(found.order_by("id").values_list(*ACCOUNT, "own")[:_MOST])
    joined = _joined({own for *_columns, own in rows})
    told = [account(columns) | {"came": _came(joined.get(own), now), "own": own} for *columns, own in rows]
    return sorted(told, key=lambda one: one["own"] != person)


def _joined(contacts: set[int]) -> dict[int, Merge]:
    """By which merge in force each of these contacts became part of another one."""
    found = Merge.objects.filter(part__in=contacts, undone_at=None).select_related("part", "into", "by", "undone_by")
    return {one.part_id: one for one in found.select_related("source_import").defer("source_import__content")}


def _came(merge: Merge | None, now: datetime) -> str:
    if merge is None:
        return gettext("was here first")
    told = merges.line(merge, now)
    said = gettext("%(how)s, %(day)s") % {"how": told["how"], "day": told["date"]}
    if not told["reasons"]:
        return said
    return gettext("%(said)s: %(why)s") % {"said": said, "why": "; ".join(told["reasons"][:3])}
