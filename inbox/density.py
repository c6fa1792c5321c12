"""How much a person and the company have said to one another, week by week, and with which departments."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from inbox.patience import TooLong, patience
from inbox.remembered import remembered

WEEKS = 78  # eighteen months
# Messages of one account that are counted, milliseconds that it may take, and how many are counted where it takes more.
_MOST, _PATIENCE, _LESS = 10_000, 400, 1_000
_KEPT = 300  # seconds

_NEWEST = """
    SELECT max(newest.id) FROM contacts_identity one CROSS JOIN LATERAL (
        SELECT id FROM inbox_event WHERE identity_id = one.id ORDER BY at DESC, id DESC LIMIT 1
    ) newest WHERE one.contact_id = %s
"""
_COUNTED = """
    WITH reach AS MATERIALIZED (
        SELECT max(deepest.at) AS at FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT at FROM inbox_event WHERE identity_id = one.id AND at >= %s
            ORDER BY at DESC, id DESC OFFSET %s LIMIT 1
        ) deepest WHERE one.contact_id = %s
    )
    SELECT (SELECT at FROM reach), counted.week, counted.department_id, counted.n FROM (SELECT 1) always LEFT JOIN (
        SELECT date_trunc('week', e.at AT TIME ZONE %s)::date AS week, v.department_id, count(*) AS n
        FROM contacts_identity one
        JOIN inbox_event e ON e.identity_id = one.id AND e.at >= greatest(%s, (SELECT at FROM reach))
        JOIN inbox_conversation v ON v.id = e.conversation_id
        WHERE one.contact_id = %s AND e.kind = 'message' GROUP BY 1, 2
    ) counted ON true
"""


@dataclass(frozen=True, slots=True)
class Density:
    """Messages by week and department. `weeks`: Mondays, oldest first; `reached`: how far back was counted, where there
    was too much to count it all."""

    weeks: list[datetime]
    counts: list[dict[int, int]]
    reached: datetime | None

    @property
    def total(self) -> int:
        """All that was counted."""
        return sum(sum(week.values()) for week in self.counts)

    @property
    def by_department(self) -> Counter[int]:
        """Over all weeks."""
        total: Counter[int] = Counter()
        for week in self.counts:
            total.update(week)
        return total

    @property
    def top(self) -> int:
        """The busiest week's number."""
        return max((sum(week.values()) for week in self.counts), default=0)


def of_person(person: int, now: datetime) -> Density:
    """A person's density. One statement, two or three where it is not remembered."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [person])
        newest = cursor.fetchone()[0]
    weeks = _mondays(now)
    key = f"density:{person}:{newest}:{weeks[-1]:%Y%m%d}:{timezone.get_current_timezone_name()}"
    reached, rows = remembered(key, _KEPT, lambda: _count(person, weeks[0]))
    counts: list[dict[int, int]] = [{} for _ in weeks]
    for week, department, n in rows:
        place = (week - weeks[0].date()).days // 7
        if 0 <= place < WEEKS:
            counts[place][department] = n
    return Density(weeks, counts, reached)


def _mondays(now: datetime) -> list[datetime]:
    """The beginnings of the last weeks, in local time, oldest first."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    monday = today - timedelta(days=today.weekday())
    return [timezone.make_aware(monday - timedelta(weeks=back)) for back in reversed(range(WEEKS))]


def _count(person: int, since: datetime) -> tuple[datetime | None, Sequence[Any]]:
    try:
        with patience(_PATIENCE), connection.cursor() as cursor:
            return _ask(cursor, person, since, _MOST)
    except TooLong:
        with connection.cursor() as cursor:
            return _ask(cursor, person, since, _LESS)


def _ask(cursor: Any, person: int, since: datetime, most: int) -> tuple[datetime | None, Sequence[Any]]:
    zone = timezone.get_current_timezone_name()
    cursor.execute(_COUNTED, [since, most, person, zone, since, person])
    rows = cursor.fetchall()
    return rows[0][0], [row[1:] for row in rows if row[1] is not None]
