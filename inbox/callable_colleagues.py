"""Whom a note can call upon: colleagues with where they work and whether they are there, and whole departments."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext

from inbox.presentation import hue, initials
from people.models import Department, User
from people.presence import is_here

_MOST = 500


def listed(words: str, *, now: datetime) -> dict[str, Any]:
    """Departments, then active colleagues by name, each with what stands behind the `@` for them. Three statements.

    `more`: there are others, who are found by the beginning of their name.
    """
    words = words.replace("\0", "").strip()[:150]
    people = User.objects.filter(is_active=True).select_related("presence").prefetch_related("departments")
    if words:
        people = people.filter(Q(name__icontains=words) | Q(username__istartswith=words))
    found = list(people.order_by("name", "pk")[: _MOST + 1])
    twice = Counter(one.name.casefold() for one in found)
    named = [_person(one, now, is_alone=twice[one.name.casefold()] == 1) for one in found[:_MOST]]
    return {"all": [*_departments(words), *named], "more": len(found) > _MOST}


def _departments(words: str) -> list[dict[str, Any]]:
    with_people = Department.objects.annotate(n=Count("members", filter=Q(members__is_active=True))).filter(n__gt=0)
    return [
        {
            "insert": one.name,
            "name": one.name,
            "also": one.slug,
            "mark": one.mark,
            "about": ngettext("%(n)d colleague", "%(n)d colleagues", one.n) % {"n": one.n},
        }
        for one in with_people.filter(name__icontains=words).order_by("position", "pk")
    ]


def _person(user: User, now: datetime, *, is_alone: bool) -> dict[str, Any]:
    where = ", ".join(one.name for one in user.departments.all())
    here = is_here(getattr(user, "presence", None), now)
    return {
        "insert": user.name if user.name and is_alone else user.username,
        "name": str(user),
        "also": user.username,
        "initials": initials(str(user)),
        "hue": hue(f"user-{user.pk}"),
        "about": where,
        "state": gettext("there") if here else gettext("away"),
        "here": here,
    }
