"""Which channels are too quiet: the ledger's hours, judged by connectors/silence.py, and what it said of each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from connectors.models import Watch
from connectors.silence import WEEK, WEEKS, Habit, judge

# The history ends where a silence begins, so of a long one more has to be read.
_READ = timedelta(weeks=2 * WEEKS)

# One row for each channel that anybody listens to. Of what is pulled, everything is known up to the last pull; of what
# only webhooks bring, up to now.
_HOURS = """
    SELECT c.id, c.created_at, CASE WHEN p.next_at IS NULL THEN %(now)s ELSE p.pulled_at END,
           w.silent_since, hours.last_at, hours.hours, hours.counts
    FROM connectors_channel c
    JOIN connectors_pull p ON p.channel_id = c.id
    LEFT JOIN connectors_watch w ON w.channel_id = c.id
    JOIN LATERAL (
        SELECT max(last_at) AS last_at,
               array_agg((extract(epoch FROM hour) / 3600)::bigint) AS hours,
               array_agg(stored - past) AS counts
        FROM connectors_ledger l
        WHERE l.channel_id = c.id AND l.hour >= %(since)s AND stored > past
    ) AS hours ON hours.last_at IS NOT NULL
    WHERE c.is_active AND NOT c.is_sample AND c.network <> 'import' AND c.connected_at IS NOT NULL
"""


class _Heard(NamedTuple):
    channel_id: int
    created_at: datetime
    until: datetime | None
    silent_since: datetime | None
    last_at: datetime
    hours: Sequence[int]
    counts: Sequence[int]


def listen(now: datetime) -> list[int]:
    """Judge every channel; returns the ids of those whose alarm was raised or has ended. One statement to read."""
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"now": now, "since": now - _READ})
        heard = [_Heard(*row) for row in cursor.fetchall()]
    return [one.channel_id for one in heard if one.until is not None and _judged(one, one.until)]


def _judged(heard: _Heard, until: datetime) -> bool:
    """Note what is to be said of a channel; returns whether its alarm was raised or has ended."""
    counts = dict(zip(heard.hours, heard.counts, strict=True))
    last, end = _hours(heard.last_at), _hours(until)
    habit = _habit(counts, int(last), int(_hours(heard.created_at)) + 1)
    was_silent = heard.silent_since is not None
    if (end <= last and not was_silent) or (was_silent and not habit.is_known):
        return False
    found = judge(habit, last=last, until=max(end, last), slot=_slot(int(end)), recent=counts, already=was_silent)
    if found is None:
        if was_silent:
            Watch.objects.filter(channel=heard.channel_id).update(silent_since=None, usual=None, came=0)
        return was_silent
    since, expected, came = found.since, found.expected, found.came
    if heard.silent_since is not None and _hours(heard.silent_since) < since:
        since = _hours(heard.silent_since)
        expected = habit.expected(since, end, _slot(int(since)))
        came = sum(n for hour, n in counts.items() if hour > since)
    changes = {"silent_since": datetime.fromtimestamp(since * 3600, UTC), "usual": expected, "came": came}
    Watch.objects.update_or_create(channel_id=heard.channel_id, defaults=changes)
    return not was_silent


def _habit(counts: Mapping[int, int], last: int, begin: int) -> Habit:
    first = max(last - WEEK * WEEKS, begin)
    hours = range(first, max(last, first))
    return Habit(first, [counts.get(hour, 0) for hour in hours], [_slot(hour) for hour in hours])


def _hours(at: datetime) -> float:
    return at.timestamp() / 3600


def _slot(hour: int) -> int:
    return _slot_in(hour, timezone.get_default_timezone())


@lru_cache(maxsize=5_000)
def _slot_in(hour: int, zone: tzinfo) -> int:
    """The hour of the week, in the company's time."""
    local = datetime.fromtimestamp(hour * 3600, zone)
    return local.weekday() * 24 + local.hour
