"""Calendars: their open times worked out ahead, so that a deadline is one look into an index."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from routing.hours import Hours, Plan, Timetable, intervals
from routing.models import Calendar, OpenInterval
from socialcrm.bulk import copy_rows

BACK, AHEAD = timedelta(days=400), timedelta(days=400)
# Deadlines lie far nearer than this; until then the open times of a calendar need not be worked out again.
_ENOUGH = timedelta(days=370)


def plan_of(calendar: Calendar) -> Plan:
    """A calendar as the arithmetic of hours takes it."""
    return Plan(
        calendar.time_zone,
        _week(calendar.hours),
        calendar.country,
        calendar.subdivision,
        {date.fromisoformat(one["date"]): _hours(one["hours"]) for one in calendar.exceptions},
    )


def _week(hours: Sequence[Any]) -> Sequence[Sequence[Hours]]:
    return [_hours(day) for day in hours] if hours else [()] * 7


def _hours(pairs: Sequence[Any]) -> Sequence[Hours]:
    return [(begin, end) for begin, end in pairs]


@transaction.atomic
def build(calendar: Calendar, now: datetime) -> None:
    """Work out a calendar's open times, a good year back and ahead. Whoever asks meanwhile sees the old ones."""
    # Two who build at once would write the same intervals twice.
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    found = intervals(plan_of(calendar), (now - BACK).date(), (now + AHEAD).date())
    before = Timetable(found).opened_before
    OpenInterval.objects.filter(calendar=calendar).delete()
    copy_rows(
        "routing_openinterval",
        ("calendar_id", "starts_at", "ends_at", "opened_before"),
        [(calendar.pk, opens, closes, int(before[place])) for place, (opens, closes) in enumerate(found)],
    )
    Calendar.objects.filter(pk=calendar.pk).update(built_until=now + AHEAD)


def build_due(now: datetime) -> int:
    """Build the calendars that end too soon; returns how many."""
    ending = Calendar.objects.filter(Q(built_until=None) | Q(built_until__lt=now + _ENOUGH)).order_by("pk")
    for calendar in ending:
        build(calendar, now)
    return len(ending)


def timetables(ids: Sequence[int] | None = None) -> Mapping[int, Timetable]:
    """The open times of calendars, all of them by default, by the calendar's id. Two statements."""
    wanted = Calendar.objects.all() if ids is None else Calendar.objects.filter(pk__in=ids)
    found: dict[int, list[tuple[datetime, datetime]]] = {pk: [] for pk in wanted.values_list("pk", flat=True)}
    rows = OpenInterval.objects.filter(calendar__in=found).order_by("calendar_id", "starts_at")
    for calendar, opens, closes in rows.values_list("calendar_id", "starts_at", "ends_at"):
        found[calendar].append((opens.astimezone(UTC), closes.astimezone(UTC)))
    return {pk: Timetable(times) for pk, times in found.items()}
