"""The ledger as pages show it: days that open into hours or channels, newest first, a fortnight at a time."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date

from connectors import ledger
from connectors.models import OUTCOMES, Channel
from connectors.overview import OUTCOME_NAMES

DAYS = 14
_COUNTED = ("received", *OUTCOMES, "lost")
# What is not in the inbox, with the state of its receipts.
TROUBLED = ("rejected", "quarantined", "pending")
COLUMNS = [{"key": name, "name": OUTCOME_NAMES[name], "is_troubled": name in TROUBLED} for name in OUTCOMES]


def fortnight(*, channel: Channel | None, before: date | None, opened: date | None) -> dict[str, Any]:
    """The days from two weeks before `before` on, with their sums; `opened` one in parts. Two statements at most."""
    last = before or timezone.localdate() + timedelta(days=1)
    first = last - timedelta(days=DAYS)
    names = dict(Channel.objects.values_list("pk", "name")) if channel is None else {channel.pk: channel.name}
    hours = ledger.by_hour(_midnight(first), _midnight(last), channel_id=channel.pk if channel else None)
    days: dict[date, list[dict[str, Any]]] = {}
    for hour in hours:
        days.setdefault(timezone.localtime(hour["hour"]).date(), []).append(hour)
    rows = [_day(day, found, opened, names, by_hour=channel is not None) for day, found in days.items()]
    return {"days": rows, "columns": COLUMNS, "total": _cells(_sum(hours)), "first": first, "last": last}


def _day(
    day: date, hours: list[dict[str, Any]], opened: date | None, names: dict[int, str], *, by_hour: bool
) -> dict[str, Any]:
    row = {"day": day, **_span(_midnight(day), days=1), **_cells(_sum(hours)), "parts": []}
    if day == opened:
        row["parts"] = [_hour(hour) for hour in hours] if by_hour else _channels(day, hours, names)
    return row


def _hour(hour: dict[str, Any]) -> dict[str, Any]:
    return {"hour": timezone.localtime(hour["hour"]), **_span(hour["hour"], hours=1), **_cells(hour)}


def _channels(day: date, hours: list[dict[str, Any]], names: dict[int, str]) -> list[dict[str, Any]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for hour in hours:
        found.setdefault(hour["channel_id"], []).append(hour)
    rows = [
        {"channel": pk, "name": names.get(pk, ""), **_span(_midnight(day), days=1), **_cells(_sum(those))}
        for pk, those in found.items()
    ]
    return sorted(rows, key=lambda row: row["name"].casefold())


def _span(begin: datetime, **length: int) -> dict[str, str]:
    """A stretch of time as addresses have it."""
    return {"since": begin.isoformat(), "until": (begin + timedelta(**length)).isoformat()}


def _sum(hours: Iterable[dict[str, Any]]) -> dict[str, int]:
    sums = dict.fromkeys(_COUNTED, 0)
    for hour in hours:
        for name in _COUNTED:
            sums[name] += hour[name]
    return sums


def _cells(sums: dict[str, Any]) -> dict[str, Any]:
    cells = [{**column, "n": sums[str(column["key"])]} for column in COLUMNS]
    return {"cells": cells, "received": sums["received"], "lost": sums["lost"]}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def day_of(text: str | None) -> date | None:
    """A day from an address; None for none, and for what is no day."""
    try:
        day = parse_date(text or "")
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 2200 else None
