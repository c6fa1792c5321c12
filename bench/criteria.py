"""Roles by criteria over everybody, and over those who just wrote. All of it is taken back."""

import time
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.criteria import parse
from contacts.models import RoleKind
from inbox import criteria, moods

# Of so many messages the mood is found out; a night reads five times as many at the most.
_MOODS = 20_000
_CRITERIA = {
    "answers": {"measure": "answers", "at_least": 5, "days": 90},
    "negative_posts": {"measure": "negative_posts", "at_least": 3, "days": 90},
    "messages": {"measure": "messages", "at_least": 20, "days": 90},
    "reach": {"measure": "reach", "at_least": 1_000_000},
    "influence": {"measure": "influence", "at_least": 99},
}


def figures() -> dict[str, Any]:
    """Seconds for each measure over everybody, and for all of them over 2,000 people who just wrote."""
    now = timezone.now()
    found: dict[str, Any] = {}
    with transaction.atomic():
        kind = RoleKind.objects.get(slug="critic")
        RoleKind.objects.exclude(pk=kind.pk).update(criterion=None)
        asked = parse(_CRITERIA["negative_posts"])
        began = time.perf_counter()
        read = moods.read(asked, now, most=_MOODS)
        found["messages a second whose mood is found out"] = round(read / (time.perf_counter() - began))
        for measure, criterion in _CRITERIA.items():
            RoleKind.objects.filter(pk=kind.pk).update(criterion=criterion)
            (one,) = criteria._kinds()
            with CaptureQueriesContext(connection) as statements:
                began = time.perf_counter()
                given, _ = criteria._evaluate(*one, now, None)
                found[f"{measure}, everybody, s"] = round(time.perf_counter() - began, 2)
            found[f"{measure}, roles given"] = given
            found[f"{measure}, statements"] = len(statements)
        for kind, criterion in zip(RoleKind.objects.order_by("pk"), _CRITERIA.values(), strict=False):
            RoleKind.objects.filter(pk=kind.pk).update(criterion=criterion)
        cache.delete(criteria._SEEN)
        began = time.perf_counter()
        criteria.evaluate_recent(now)
        found["all measures, 2,000 people who just wrote, s"] = round(time.perf_counter() - began, 2)
        cache.delete(criteria._SEEN)
        transaction.set_rollback(True)
    return found
