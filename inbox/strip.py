"""The strip above a person's timeline: how much was said week by week, as a chart, in words and as a table."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext

from inbox import charts, density
from inbox.charts import Bar
from inbox.cursors import Cursor
from inbox.density import WEEKS, Density
from inbox.presentation import day_of_month, month, short_date
from people.shares import grouped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.safestring import SafeString

    from inbox.contact_page import Reader
    from inbox.models import Conversation
    from inbox.speech import Marked
    from people.models import Department

Part = dict[str, Any]
_MONTHS = (0, 13, 26, 39, 52, 65, WEEKS - 1)


def context(person: int, reader: "Reader") -> Part:
    """The strip for its template."""
    found = density.of_person(person, reader.now)
    totals = found.by_department
    shown = [one for one in reader.departments.values() if totals[one.pk]]
    url = reverse("contact", args=[person])
    by_id = {one.pk: one for one in shown}
    bars = [_bar(found, place, by_id, _end_of(found.weeks[place], url)) for place in range(WEEKS)]
    return {
        "total": grouped(found.total) if found.reached else found.total,
        "reached": short_date(found.reached, reader.now) if found.reached else "",
        "departments": [(one, totals[one.pk]) for one in shown],
        "chart": charts.stacked(bars, target="#history"),
        "months": _months(found.weeks),
        "finding": _finding(found, shown),
        "table": [_row(found, place, shown, url) for place in reversed(range(WEEKS)) if found.counts[place]],
    }


def narrow(conversation: "Conversation", departments: "Mapping[int, Marked]", now: datetime, url: str) -> "SafeString":
    """The same chart as it stands above an open conversation's timeline: a click on a week leads to its beginning."""
    found = density.of_person(conversation.identity.contact_id, now)
    totals = found.by_department
    shown = {pk: one for pk, one in departments.items() if totals[pk]}
    weeks = [f"{url}?date={week:%Y-%m-%d}" for week in found.weeks]
    bars = [_bar(found, place, shown, weeks[place]) for place in range(WEEKS)]
    target = f"#timeline-{conversation.pk}"
    return charts.stacked(bars, height=18, target=target, swap="innerHTML", history="replace")


def _bar(found: Density, place: int, shown: "Mapping[int, Marked]", href: str) -> Bar:
    counts = found.counts[place]
    if not counts:
        return Bar({})
    parts: dict[str, int] = {}
    for pk, one in shown.items():
        if counts.get(pk):
            parts[one.mark] = parts.get(one.mark, 0) + counts[pk]
    said = ", ".join(f"{one.name} {counts[pk]}" for pk, one in shown.items() if counts.get(pk))
    week = gettext("Week of %(day)s: %(said)s") % {"day": _day(found.weeks[place]), "said": said}
    return Bar(parts, week, href)


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
    return f"{day_of_month(week, short=True)} {week.year}"


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
