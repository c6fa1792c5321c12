"""The strip above a person's timeline: how much was said week by week, as a chart, in words and as a table."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext

from inbox import charts, density
from inbox.charts import Bar
from inbox.cursors import Cursor
from inbox.density import WEEKS, Density
from inbox.presentation import month, short_date

if TYPE_CHECKING:
    from inbox.contact_page import Reader
    from people.models import Department

Part = dict[str, Any]
_MONTHS = (0, 13, 26, 39, 52, 65, WEEKS - 1)


def context(person: int, reader: "Reader") -> Part:
    """The strip for its template."""
    found = density.of_person(person, reader.now)
    totals = found.by_department
    shown = [one for one in reader.departments.values() if totals[one.pk]]
    url = reverse("contact", args=[person])
    return {
        "total": f"{found.total:,}" if found.reached else found.total,
        "reached": short_date(found.reached, reader.now) if found.reached else "",
        "departments": [(one, totals[one.pk]) for one in shown],
        "chart": charts.stacked([_bar(found, place, shown, url) for place in range(WEEKS)], target="#history"),
        "months": _months(found.weeks),
        "finding": _finding(found, shown),
        "table": [_row(found, place, shown, url) for place in reversed(range(WEEKS)) if found.counts[place]],
    }


def _bar(found: Density, place: int, shown: "list[Department]", url: str) -> Bar:
    counts = found.counts[place]
    if not counts:
        return Bar({})
    parts: dict[str, int] = {}
    for one in shown:
        if counts.get(one.pk):
            parts[one.mark] = parts.get(one.mark, 0) + counts[one.pk]
    said = ", ".join(f"{one.name} {counts[one.pk]}" for one in shown if counts.get(one.pk))
    week = gettext("Week of %(day)s: %(said)s") % {"day": _day(found.weeks[place]), "said": said}
    return Bar(parts, week, _end_of(found.weeks[place], url))


def _row(found: Density, place: int, shown: "list[Department]", url: str) -> Part:
    counts, week = found.counts[place], found.weeks[place]
    return {
        "week": _day(week),
        "href": _end_of(week, url),
        "counts": [counts.get(one.pk, 0) for one in shown],
        "total": sum(counts.values()),
    }


def _end_of(week: datetime, url: str) -> str:
    """Where the timeline shows this week first."""
    end = (week + timedelta(days=7, hours=12)).replace(hour=0)
    return f"{url}?before={Cursor(end, 0)}".replace("+", "%2B")


def _day(week: datetime) -> str:
    return f"{week.day} {month(week, short=True)} {week.year}"


def _months(weeks: list[datetime]) -> list[str]:
    named, year = [], 0
    for place in _MONTHS:
        week = weeks[place]
        named.append(month(week, short=True) + (f" {week.year}" if week.year != year else ""))
        year = week.year
    return named


def _finding(found: Density, shown: "list[Department]") -> str:
    """What the chart shows, in words."""
    busiest = max(range(WEEKS), key=lambda place: sum(found.counts[place].values()), default=0)
    totals = found.by_department
    named = {
        "n": found.top,
        "day": _day(found.weeks[busiest]),
        "departments": ", ".join(f"{one.name} {totals[one.pk]}" for one in shown),
    }
    return gettext("Interactions per week by department: %(departments)s. Most, %(n)s, in the week of %(day)s.") % named
