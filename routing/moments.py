"""Conditions on when a message came: the time of day and the day of the week, each in a time zone."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from routing.fields import WEEKDAYS, Field
from routing.outcomes import BadCondition, Outcome, Result
from routing.subject import Subject
from routing.values import names

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_FAILED = Result(Outcome.FAILED, "the time is unknown")


def day_of(value: object) -> date | None:
    """A day of the calendar from “2026-05-03”; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def between(field: Field, leaf: Mapping[str, Any]) -> Callable[[Subject], Result]:
    """From a time of day until before another one; past midnight where the second is the earlier one."""
    value, zone = leaf["value"], _zone(field, leaf)
    if not isinstance(value, list) or len(value) != 2:
        raise BadCondition(field.name, value, 'Give two times of day: ["09:00", "17:30"].')
    start, end = (_time(field, each) for each in value)
    if start == end:
        raise BadCondition(field.name, value, "Give two different times.")

    def evaluate(subject: Subject) -> Result:
        local = _local(subject, zone)
        if local is None:
            return _FAILED
        now = local.time()
        inside = start <= now < end if start < end else now >= start or now < end
        return Result(Outcome.MATCH if inside else Outcome.NO_MATCH, f"it came at {now:%H:%M}")

    return evaluate


def minutes(value: list[str]) -> int:
    """The minutes of a day that lie between two times, as bits; of times that can be used."""
    start, end = (60 * int(hour) + int(minute) for hour, _, minute in (each.partition(":") for each in value))
    middle = (1 << max(start, end)) - (1 << min(start, end))
    return middle if start < end else ((1 << 1440) - 1) & ~middle


def weekdays(field: Field, leaf: Mapping[str, Any]) -> Callable[[Subject], Result]:
    """On one of some days of the week."""
    wanted, zone = frozenset(names(field, leaf["value"])), _zone(field, leaf)

    def evaluate(subject: Subject) -> Result:
        local = _local(subject, zone)
        if local is None:
            return _FAILED
        day = WEEKDAYS[local.weekday()]
        return Result(Outcome.MATCH if day in wanted else Outcome.NO_MATCH, f"it came on a {local:%A}")

    return evaluate


def _local(subject: Subject, zone: ZoneInfo) -> datetime | None:
    at = subject.signals.at
    try:
        return None if at is None else at.astimezone(zone)
    except OverflowError:
        return None


def _time(field: Field, value: object) -> time:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadCondition(field.name, value, "Give a time of day like 17:30.")
    return time(int(found[1]), int(found[2]))


def _zone(field: Field, leaf: Mapping[str, Any]) -> ZoneInfo:
    name = leaf.get("zone", "UTC")
    if not isinstance(name, str) or name not in _zones():
        raise BadCondition(field.name, name, "Give a time zone like Europe/Berlin.")
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
