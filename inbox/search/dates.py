"""Dates as people type them: 2026-03-01, 2026-03, 2026, today, yesterday, 7d, "last week". Pure."""

import re
from datetime import date, datetime, time, timedelta

_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_AGO = re.compile(r"(\d{1,4})\s*(h|d|w|m|y)")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def begins(text: str, now: datetime) -> datetime | None:
    """When the time that a text names begins, in the zone of `now`; None where it names none.

    A number with h, d, w, m or y counts back from now: hours, days, weeks, months of 30 days, years of 365.
    """
    text = " ".join(text.lower().split())
    if match := _AGO.fullmatch(text):
        number, unit = int(match[1]), match[2]
        back = timedelta(hours=number) if unit == "h" else timedelta(days=number * _DAYS[unit])
        return _back(now, back)
    found = _named(text, now.date()) or _iso(text)
    try:
        return datetime.combine(found, time.min, tzinfo=now.tzinfo) if found else None
    except (OverflowError, ValueError):
        return None


def _back(now: datetime, back: timedelta) -> datetime | None:
    try:
        return now - back
    except OverflowError:
        return None


def _named(text: str, today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    return {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "this week": monday,
        "last week": monday - timedelta(days=7),
        "this month": first,
        "last month": (first - timedelta(days=1)).replace(day=1),
        "this year": first.replace(month=1),
        "last year": first.replace(year=first.year - 1, month=1),
    }.get(text)


def _iso(text: str) -> date | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None
