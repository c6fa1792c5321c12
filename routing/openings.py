"""Hours as people write them: “09:00-12:00, 13:00-18:00” for a day, and days of one's own, one a line."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from routing.hours import BadHours, Hours, length, minutes

_SPAN = re.compile(r"(\d{1,2}:\d{2})\s*(?:-|–|—|to)\s*(\d{1,2}:\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\s+(.*)", re.ASCII)
_LEADING = re.compile(r"((?:\d{1,2}:\d{2}\s*(?:-|–|—|to)\s*\d{1,2}:\d{2}(?:\s*,\s*)?)+)\s*(.*)", re.ASCII)
_CLOSED = re.compile(r"closed\b\s*(.*)", re.IGNORECASE)
# Longer over midnight is a slip of the pen more often than a night shift.
_NIGHT, _WEEK = 12 * 60, 7 * 1440
MOST_SPANS, MOST_DAYS = 6, 200


def read_day(text: str) -> list[Hours]:
    """The hours of a day, in order; none where nothing is written. Raises BadHours, which names what is wrong."""
    spans = []
    for part in filter(None, (one.strip() for one in text.replace(";", ",").split(","))):
        found = _SPAN.fullmatch(part)
        if not found:
            raise BadHours(_("“%(part)s” cannot be read. Write hours like 09:00-12:30.") % {"part": part[:40]})
        spans.append((_time(found[1]), _time(found[2])))
    if len(spans) > MOST_SPANS:
        raise BadHours(_("These are too many for one day. Write at most %(n)d.") % {"n": MOST_SPANS})
    for span in spans:
        _check_length(span)
    return sorted(spans, key=lambda span: minutes(span[0]))


def _time(text: str) -> str:
    padded = text.zfill(5)
    try:
        minutes(padded)
    except BadHours as error:
        raise BadHours(_("“%(time)s” is no time of the day. Write it like 09:30.") % {"time": text}) from error
    return padded


def _check_length(span: Hours) -> None:
    begin, end = minutes(span[0]), minutes(span[1])
    if begin == end or begin == 1440:
        raise BadHours(_("“%(span)s” takes no time.") % {"span": write_day([span])})
    if end < begin and length(span) > _NIGHT:
        raise BadHours(
            _("“%(span)s” ends before it begins. Hours over midnight take 12 hours at most; write longer ones as two.")
            % {"span": write_day([span])}
        )


def overlap(week: Sequence[Sequence[Hours]]) -> tuple[int, str] | None:
    """The first hours of a week that begin before others have ended, with their day; None where all is well."""
    spans = sorted(
        (day * 1440 + minutes(span[0]), length(span), day, span) for day, spans in enumerate(week) for span in spans
    )
    for (begin, lasts, *_ignored), (following, _lasts, day, span) in pairwise(spans):
        if following < begin + lasts:
            return day, write_day([span])
    if spans and spans[-1][0] + spans[-1][1] > spans[0][0] + _WEEK:
        return spans[0][2], write_day([spans[0][3]])
    return None


def write_day(hours: Sequence[Any]) -> str:
    """A day's hours for people."""
    return ", ".join(f"{begin}–{end}" for begin, end in hours)


def read_days(text: str) -> list[dict[str, Any]]:
    """Days of one's own, one a line: a day, “closed” or hours, a name. Raises BadHours, which names the line."""
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(filter(None, (one.strip() for one in text.splitlines())), start=1):
        try:
            one = _read_line(line)
        except BadHours as error:
            raise BadHours(_("Line %(n)d: %(why)s") % {"n": number, "why": error}) from error
        if one["date"] in found:
            raise BadHours(_("Line %(n)d: %(day)s is there already.") % {"n": number, "day": one["date"]})
        found[one["date"]] = one
    if len(found) > MOST_DAYS:
        raise BadHours(_("These are too many days. Write at most %(n)d.") % {"n": MOST_DAYS})
    return [found[day] for day in sorted(found)]


def _read_line(line: str) -> dict[str, Any]:
    parts = _DAY.fullmatch(line)
    try:
        day = date.fromisoformat(parts[1]) if parts else None
    except ValueError:
        day = None
    if parts is None or day is None or not 2000 <= day.year <= 2200:
        raise BadHours(_("“%(line)s” has no day. Write it like 2026-12-24 closed.") % {"line": line[:40]})
    rest = parts[2].strip()
    if closed := _CLOSED.fullmatch(rest):
        return {"date": day.isoformat(), "hours": [], "name": closed[1].strip()[:100]}
    if opened := _LEADING.fullmatch(rest):
        hours = read_day(opened[1])
        if clash := overlap([hours]):
            raise BadHours(_("%(span)s begins before the hours above have ended.") % {"span": clash[1]})
        return {"date": day.isoformat(), "hours": [list(one) for one in hours], "name": opened[2].strip()[:100]}
    raise BadHours(_("“%(rest)s” says neither closed nor hours.") % {"rest": rest[:40]})


def write_days(exceptions: Sequence[Any]) -> str:
    """Days of one's own as they are read."""
    return "\n".join(
        " ".join(filter(None, (one["date"], write_day(one["hours"]) or "closed", one.get("name", ""))))
        for one in exceptions
    )
