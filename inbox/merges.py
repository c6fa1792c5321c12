"""The merges that were made, newest first: who, when, why, and whether they still hold."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from contacts.models import Contact, Merge
from inbox import rows
from inbox.presentation import full, short_date
from inbox.suggestions import why

Part = dict[str, Any]
PAGE = 30
ORIGINS = {
    "person": gettext_lazy("By colleagues"),
    "evidence": gettext_lazy("By strong evidence"),
    "import": gettext_lazy("By imports"),
}


def page(now: datetime, *, before: int | None, origin: str) -> tuple[list[Part], int | None]:
    """A page of merges, and the id below which the next one begins. One statement."""
    found = _merges().order_by("-pk")
    if origin in ORIGINS:
        found = found.filter(origin=origin)
    if before is not None:
        found = found.filter(pk__lt=before)
    merges = list(found[: PAGE + 1])
    return [line(one, now) for one in merges[:PAGE]], merges[PAGE - 1].pk if len(merges) > PAGE else None


def line(merge: Merge, now: datetime) -> Part:
    """A merge for its templates; its contacts, colleagues and import have been read with it."""
    return {
        "id": merge.pk,
        "part": {"id": merge.part_id, "name": merge.part.name or gettext("No name")},
        "into": {"id": merge.into_id, "name": merge.into.name or gettext("No name")},
        "how": how(merge),
        "mate": rows.mate(merge.by.pk, str(merge.by)) if merge.by else None,
        "reasons": [one["text"] for one in why(merge.evidence) if not one["against"]],
        "date": short_date(merge.at, now),
        "full": full(merge.at),
        "iso": merge.at.isoformat(),
        "undone": _undone(merge, now),
    }


def how(merge: Merge) -> str:
    """By whom or by what a merge was made."""
    if merge.by:
        return str(merge.by)
    if merge.source_import:
        return gettext("Import %(file)s") % {"file": merge.source_import.file_name}
    if merge.origin == Merge.Origin.PERSON:
        return gettext("A former colleague")
    return str(Merge.Origin(merge.origin).label)


def _undone(merge: Merge, now: datetime) -> str:
    if merge.undone_at is None:
        return ""
    day = short_date(merge.undone_at, now)
    if merge.undone_by:
        return gettext("Undone by %(name)s, %(day)s") % {"name": merge.undone_by, "day": day}
    return gettext("Undone, %(day)s") % {"day": day}


def find(pk: int) -> Merge | None:
    """A merge with what `line` needs. One statement."""
    return _merges().filter(pk=pk).first()


def _merges() -> QuerySet[Merge]:
    found = Merge.objects.select_related("part", "into", "by", "undone_by", "source_import")
    return found.defer("source_import__content")


def said(merge: Merge) -> str:
    """What is said once a merge is made. One statement."""
    names = dict(Contact.objects.filter(pk__in=[merge.part_id, merge.into_id]).values_list("pk", "name"))
    part, into = (names.get(one) or gettext("No name") for one in (merge.part_id, merge.into_id))
    return gettext("Merged %(part)s into %(into)s") % {"part": part, "into": into}


def separated(merge: Merge) -> str:
    """What is said once a merge is undone."""
    part, into = (one.name or gettext("No name") for one in (merge.part, merge.into))
    return gettext("Separated %(part)s from %(into)s") % {"part": part, "into": into}
