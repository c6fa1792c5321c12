"""How many decisions of each day went where, by whom, and how many of them people put right: rolled up from the rows.

A day is worked out anew as a whole, in one transaction, so whoever was stopped goes on without counting twice. What a
back-fill brought counts nowhere: nobody looks at it, so nobody puts it right.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min

from inbox.models import Decision, RoutingDay

# Of the first run, and of a correction: what is older is not counted any more.
OLDEST, CORRECTED_WITHIN = timedelta(days=400), timedelta(days=60)
_LOCK = 7_331  # any number that no other advisory lock of ours has

_COUNT = """
    INSERT INTO inbox_routingday (day, outcome, source, rule, decided, corrected)
    SELECT %(day)s, d.outcome, d.source, d.rule_id, count(*), count(*) FILTER (WHERE x.department <> d.outcome)
    FROM inbox_decision d JOIN inbox_message m ON m.id = d.message_id AND NOT m.is_past
    LEFT JOIN routing_example x ON x.message = d.message_id
    WHERE d.at >= %(start)s AND d.at < %(end)s
    GROUP BY d.outcome, d.source, d.rule_id
"""
# People put right today what was decided last week.
_CORRECT = """
    WITH put_right AS (
        SELECT (d.at AT TIME ZONE 'UTC')::date AS day, d.outcome, d.source, d.rule_id, count(*) AS corrected
        FROM routing_example x JOIN inbox_decision d ON d.message_id = x.message
        JOIN inbox_message m ON m.id = d.message_id AND NOT m.is_past
        WHERE x.department <> d.outcome AND x.at >= %(since)s AND d.at >= %(since)s
        GROUP BY 1, 2, 3, 4
    )
    UPDATE inbox_routingday r SET corrected = coalesce(p.corrected, 0)
    FROM inbox_routingday o LEFT JOIN put_right p
      ON p.day = o.day AND p.outcome = o.outcome AND p.source = o.source AND p.rule_id IS NOT DISTINCT FROM o.rule
    WHERE r.id = o.id AND o.day >= %(from_day)s AND o.corrected <> coalesce(p.corrected, 0)
"""


def roll_up(now: datetime) -> int:
    """Bring the counts up to date, from the day before the last that was counted; returns how many days were."""
    today = now.astimezone(UTC).date()
    day, counted = _first(today), 0
    while day is not None and day <= today:
        if not _count(day):
            return counted
        counted += 1
        day += timedelta(days=1)
    since = today - CORRECTED_WITHIN
    with connection.cursor() as cursor:
        cursor.execute(_CORRECT, {"since": _midnight(since), "from_day": since})
    return counted


def _first(today: date) -> date | None:
    last: date | None = RoutingDay.objects.aggregate(day=Max("day"))["day"]
    if last is not None:
        return max(last - timedelta(days=1), today - OLDEST)
    oldest = Decision.objects.aggregate(at=Min("at"))["at"]
    return max(oldest.astimezone(UTC).date(), today - OLDEST) if oldest else None


@transaction.atomic
def _count(day: date) -> bool:
    """Count one day anew; False while somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("DELETE FROM inbox_routingday WHERE day = %s", [day])
        end = _midnight(day + timedelta(days=1))
        cursor.execute(_COUNT, {"day": day, "start": _midnight(day), "end": end})
    return True


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
