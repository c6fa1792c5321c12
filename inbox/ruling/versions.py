"""The history of the rules for the page that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from inbox.rows import mate
from inbox.ruling.differences import Difference, Version, between
from inbox.ruling.names import Names
from routing.models import Ruleset

PAGE = 10
# Differences that are shown at once.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A version that was put in force."""

    number: int
    is_published: bool
    at: datetime | None
    mate: Any
    reason: str
    rules: int
    again: int | None
    differences: Sequence[Difference]

    @property
    def is_short(self) -> bool:
        """Whether the differences are shown without being asked for."""
        return len(self.differences) <= _FEW


def page(before: int | None, names: Names) -> dict[str, Any]:
    """Versions, the newest first, from below a number on. One statement, and those for names."""
    found = Ruleset.objects.exclude(number__isnull=True).select_related("published_by", "based_on")
    if before is not None:
        found = found.filter(number__lt=before)
    rows = list(found.order_by("-number")[: PAGE + 1])
    entries = [_entry(row, rows[at + 1] if at + 1 < len(rows) else None, names) for at, row in enumerate(rows[:PAGE])]
    more = f"{reverse('routing_history')}?before={entries[-1].number}" if len(rows) > PAGE else ""
    return {"entries": entries, "more": more}


def find(number: int) -> Ruleset | None:
    """A version by its number."""
    return Ruleset.objects.filter(number=number).first() if number < 2**31 else None


def from_now_to(old: Ruleset, names: Names) -> list[Difference]:
    """What would change if this version were in force again."""
    now = Ruleset.objects.published().first()
    return between(_content(now), _content(old), names)


def _content(one: Ruleset | None) -> Version:
    return Version(one.rules, one.thresholds) if one else Version([], {})


def _entry(row: Ruleset, previous: Ruleset | None, names: Names) -> Entry:
    base = row.based_on
    again = base.number if base and base.number and previous and base.number != previous.number else None
    return Entry(
        number=row.number or 0,
        is_published=row.state == Ruleset.State.PUBLISHED,
        at=row.published_at,
        mate=mate(row.published_by_id, str(row.published_by)) if row.published_by else None,
        reason=row.reason,
        rules=len(row.rules),
        again=again,
        differences=between(_content(previous), _content(row), names),
    )
