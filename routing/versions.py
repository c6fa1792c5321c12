"""Versions of the managers' rules: what is published is never changed, it is followed by another version."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from routing.models import Ruleset

if TYPE_CHECKING:
    from people.models import User

_LOCK = 7_321  # any number that no other advisory lock of ours has


def hold() -> None:
    """Nobody else changes rules until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@transaction.atomic
def publish(
    rules: Sequence[Mapping[str, Any]],
    thresholds: Mapping[str, float],
    *,
    by: "User | None",
    reason: str,
    based_on: Ruleset | None = None,
) -> Ruleset:
    """Put rules and thresholds in force as a new version. A rule without an `id` gets one."""
    hold()
    last = Ruleset.objects.aggregate(number=Max("number"), next=Max("next_rule_id"))
    numbered, free = with_ids(rules, last["next"] or 1)
    Ruleset.objects.published().update(state=Ruleset.State.RETIRED)
    return Ruleset.objects.create(
        number=(last["number"] or 0) + 1,
        state=Ruleset.State.PUBLISHED,
        rules=numbered,
        thresholds=dict(thresholds),
        next_rule_id=free,
        based_on=based_on,
        reason=reason,
        author=by,
        published_by=by,
        published_at=timezone.now(),
    )


def with_ids(rules: Sequence[Mapping[str, Any]], free: int) -> tuple[list[dict[str, Any]], int]:
    """The rules, those without an id numbered from `free` on; and the next free number."""
    numbered = []
    for rule in rules:
        if rule.get("id"):
            numbered.append(dict(rule))
        else:
            numbered.append({**rule, "id": free})
            free += 1
    return numbered, max([free, *(rule["id"] + 1 for rule in numbered)])
