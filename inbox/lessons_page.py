"""The examples that colleagues gave, newest first, as a page at a time."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from inbox.cursors import Cursor
from inbox.models import Message
from inbox.presentation import ago
from people.models import Department
from routing.decisions import NOISE
from routing.models import Example

SHOWN = 25
_LONGEST = 200


def load(words: str, after: str, now: datetime) -> dict[str, Any]:
    """Those whose text or reason contains the words, from a place in the list on. Three statements."""
    words = words.replace("\0", "").strip()[:_LONGEST]
    cursor = Cursor.parse(after)
    found = Example.objects.select_related("by").defer("embedding", "earlier", "probabilities")
    if words:
        found = found.filter(Q(text__icontains=words) | Q(reason__icontains=words))
    if cursor is not None:
        found = found.filter(cursor.below("at", "pk"))
    rows = list(found.order_by("-at", "-pk")[: SHOWN + 1])
    shown = rows[:SHOWN]
    places = dict(Message.objects.filter(pk__in=[one.message for one in shown]).values_list("pk", "conversation_id"))
    departments = {one.slug: one for one in Department.objects.all()}
    last = shown[-1] if len(rows) > SHOWN else None
    return {
        "lessons": [_lesson(one, departments, places.get(one.message), now) for one in shown],
        "q": words,
        "is_more": cursor is not None,
        "after": str(Cursor(last.at, last.pk)) if last else "",
    }


def _lesson(
    one: Example, departments: dict[str, Department], conversation: int | None, now: datetime
) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "text": one.text,
        "reason": one.reason,
        "source": one.get_source_display(),
        "by": one.by.name if one.by else "",
        "ago": ago(one.at, now),
        "was": _owner(one.was, departments),
        "to": _owner(one.department, departments),
        "is_confirmed": one.was == one.department,
        "is_held_back": one.is_held_back,
        "conversation": conversation,
    }


def _owner(slug: str, departments: dict[str, Department]) -> dict[str, str] | None:
    """A department as it is called now; None where the router had said nothing."""
    if slug in departments:
        return {"name": departments[slug].name, "mark": departments[slug].mark}
    return {"name": _gone(slug), "mark": "triage"} if slug else None


def _gone(slug: str) -> str:
    return _("Set aside") if slug == NOISE else slug
