"""When a calendar is open: weekly hours in a time zone, public holidays and days of one's own, as intervals of UTC.

A time that a change of the clock leaves out stands for the moment of the change. A time that it repeats opens at its
first coming and closes at its second. Hours that end at or before their beginning end on the next day.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo, available_timezones

import holidays

Hours = tuple[str, str]
Interval = tuple[datetime, datetime]
_DAY = timedelta(days=1)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


class BadHours(ValueError):
    """Hours that make no sense; the text says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When somebody works: `week` are seven days from Monday, `exceptions` days with other hours than theirs."""

    time_zone: str = "UTC"
    week: Sequence[Sequence[Hours]] = ((),) * 7
    country: str = ""
    subdivision: str = ""
    exceptions: Mapping[date, Sequence[Hours]] = field(default_factory=dict)

    def hours_of(self, day: date) -> Sequence[Hours]:
        """The hours that begin on a day: one's own, else none on a public holiday, else the week's."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.country and day in _holidays(self.country, self.subdivision, day.year):
            return ()
        return self.week[day.weekday()] if self.week else ()


def is_zone(name: str) -> bool:
    """Whether the IANA time zone database knows it."""
    return name in _zones()


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def countries() -> Mapping[str, Sequence[str]]:
    """ISO 3166 codes of the countries whose holidays are known, each with its parts that have their own."""
    return {code: parts for code, parts in holidays.list_supported_countries().items() if len(code) == 2}


def holidays_of(country: str, subdivision: str, years: Iterable[int]) -> list[tuple[date, str]]:
    """Public holidays by day. Raises BadHours for a country or a part of it that is not known."""
    if not country:
        return []
    return sorted(item for year in years for item in _holidays(country, subdivision, year).items())


@lru_cache(maxsize=200)
def _holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    known = countries()
    if country not in known or (subdivision and subdivision not in known[country]):
        raise BadHours(f"The holidays of {'-'.join(filter(None, (country, subdivision)))} are not known.")
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year).items())


def minutes(text: str) -> int:
    """Minutes since midnight of “09:30”; 1440 of “24:00”. Raises BadHours."""
    if not _TIME.fullmatch(text):
        raise BadHours(f"“{text}” is no time of the day. Write it like 09:30.")
    return int(text[:2]) * 60 + int(text[3:])


def length(hours: Hours) -> int:
    """How many minutes of the clock they take."""
    begin, end = minutes(hours[0]), minutes(hours[1])
    return end - begin if end > begin else end + 1440 - begin


def intervals(plan: Plan, first: date, last: date) -> list[Interval]:
    """The open times that begin on a local day from `first` to `last`, in order, none touching another."""
    zone, found = ZoneInfo(plan.time_zone), []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for hours in plan.hours_of(day):
            begin = minutes(hours[0])
            opens = _instant(zone, day, begin, later=False)
            closes = _instant(zone, day, begin + length(hours), later=True)
            if closes > opens:
                found.append((opens, closes))
    return _joined(sorted(found))


def _joined(found: Iterable[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for opens, closes in found:
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        else:
            joined.append((opens, closes))
    return joined


def _instant(zone: ZoneInfo, day: date, minute: int, *, later: bool) -> datetime:
    """A local time in UTC; of a repeated one the later coming, if so asked."""
    local = datetime.combine(day + timedelta(minutes=minute) // _DAY * _DAY, time()) + timedelta(minutes=minute % 1440)
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if later else first
    return _change(zone, second, first)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment at which the clock is put forward, between two instants; to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


class Timetable:
    """Open times in order, and arithmetic on them; what SQL does with business_due and business_seconds."""

    def __init__(self, found: Sequence[Interval]) -> None:
        self.intervals = list(found)
        self._starts = [opens for opens, _ in self.intervals]
        lengths = [(closes - opens) / timedelta(seconds=1) for opens, closes in self.intervals]
        self.opened_before = [0.0, *accumulate(lengths)]

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at this instant."""
        place = bisect_right(self._starts, at) - 1
        return place >= 0 and at < self.intervals[place][1]

    def _position(self, at: datetime) -> float:
        place = bisect_right(self._starts, at) - 1
        if place < 0:
            return 0.0
        opens, closes = self.intervals[place]
        return self.opened_before[place] + (min(at, closes) - opens) / timedelta(seconds=1)

    def seconds(self, start: datetime, end: datetime) -> float:
        """Open seconds between two instants; below zero where `end` is the earlier one."""
        return self._position(end) - self._position(start)

    def after(self, start: datetime, seconds: float) -> datetime | None:
        """The instant by which so many more seconds were open, or with less than zero the one since which they are.

        None where that lies beyond the intervals: it is never open again, as far as anybody knows.
        """
        if seconds == 0:
            return start
        wanted = self._position(start) + seconds
        places = self.opened_before[:-1]
        place = (bisect_left(places, wanted) if seconds > 0 else bisect_right(places, wanted)) - 1
        if place < 0:
            return None
        opens, closes = self.intervals[place]
        found = opens + timedelta(seconds=wanted - self.opened_before[place])
        return found if found <= closes else None
