"""Times to come as people type them: "in 3 hours", "2d", "tomorrow 14:00", "fri 9am", "1 Dec", "2026-12-01 09:30"."""

import re
from datetime import date, datetime, time, timedelta

MORNING = time(9)
"""The time of a day that is named without one."""

_UNITS = {"m": 1, "h": 60, "d": 1440, "w": 10_080}
_SPAN = re.compile(r"(?:in )?(\d{1,4}) ?(minutes|minute|mins|min|m|hours|hour|hrs|hr|h|days|day|d|weeks|week|w)")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:t| |$)(.*)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def moment(text: str, now: datetime) -> datetime | None:
    """The time that a text names, later than `now` and in its zone; None where it names none.

    A day without a time is its morning. A time without a day, and a weekday, is the next one; a day and month that
    have passed are those of next year. Dates may be long past only where they name their year: then there is no time.
    """
    text = " ".join(text.lower().replace(",", " ").split()).removeprefix("on ")[:60]
    try:
        found = _span(text, now) or _dated(text, now)
    except (OverflowError, ValueError):
        return None
    return found if found is not None and found > now else None


def _span(text: str, now: datetime) -> datetime | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    minutes, unit = int(match[1]), match[2][0]
    span = timedelta(minutes=minutes * _UNITS[unit])
    if unit in "dw":
        # As many days later at the same time of day, whatever a clock does in between.
        return datetime.combine(now.date() + span, now.time().replace(second=0, microsecond=0), tzinfo=now.tzinfo)
    return now + span


def _dated(text: str, now: datetime) -> datetime | None:
    if match := _ISO.fullmatch(text):
        return _at(date(int(match[1]), int(match[2]), int(match[3])), match[4].strip(), now)
    for words in (2, 1, 0):
        parts = text.split(" ")
        if len(parts) < words:
            continue
        day, rest = _day(" ".join(parts[:words]), now), " ".join(parts[words:])
        if day is None:
            continue
        found = _at(day, rest.removeprefix("at "), now)
        if found is not None:
            later = timedelta(days=1) if words == 0 else timedelta(days=7) if _weekday(parts[0]) is not None else None
            return found + later if later and found <= now else found
    return None


def _day(text: str, now: datetime) -> date | None:
    today = now.date()
    named = {
        "": today,
        "today": today,
        "tomorrow": today + timedelta(days=1),
        "next week": today + timedelta(days=7 - today.weekday()),
    }
    if text in named:
        return named[text]
    weekday = _weekday(text.removeprefix("next "))
    if weekday is not None:
        ahead = (weekday - today.weekday()) % 7
        return today + timedelta(days=ahead + (7 if text.startswith("next ") and not ahead else 0))
    return _of_year(text, today)


def _weekday(text: str) -> int | None:
    return next((n for n, name in enumerate(_WEEKDAYS) if len(text) > 2 and name.startswith(text)), None)


def _of_year(text: str, today: date) -> date | None:
    """ "1 dec" and "dec 1": this year's, or next year's once it has passed."""
    words = text.split(" ")
    if len(words) != 2:
        return None
    number = next((one for one in words if one.rstrip(".").isdecimal()), "")
    name = next((one for one in words if one != number), "").rstrip(".")
    month = next((n for n, one in enumerate(_MONTHS, 1) if len(name) > 2 and one.startswith(name)), None)
    if not number or month is None:
        return None
    day = date(today.year, month, int(number.rstrip(".")))
    return day if day >= today else day.replace(year=today.year + 1)


def _at(day: date, text: str, now: datetime) -> datetime | None:
    at = _time(text) if text else MORNING
    return datetime.combine(day, at, tzinfo=now.tzinfo) if at else None


def _time(text: str) -> time | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    # A number alone is no time: nobody knows whether it is one, or a day.
    return time(hour, minute) if half or match[2] else None
