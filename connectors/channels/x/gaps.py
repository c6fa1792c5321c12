"""What X no longer serves when somebody asks too late: it keeps the newest 800 mentions, and a week of search. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.protocol import Gap

MENTIONS = 800
SEARCH = timedelta(days=7)
DIRECT = timedelta(days=30)
TOO_MANY = f"X serves the newest {MENTIONS} mentions only. Older ones of this time may be missing."
TOO_LATE = "X searches the last seven days only. What was posted before that is missing."
TOO_OLD = "X serves the direct messages of the last 30 days only. Older ones are missing."
# After so long a pause a reading makes sure that nothing was dropped in between.
PAUSE = timedelta(hours=1)
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_MOMENT = re.compile(r"created after \[?(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)Z?")


def time_of(post_id: str) -> datetime | None:
    """When a post was made, which its id tells; None for ids that can't be X's."""
    if not (post_id.isascii() and post_id.isdecimal() and len(post_id) < 20):
        return None
    made = _EPOCH + timedelta(milliseconds=int(post_id) >> 22)
    return made if made.year < 2100 else None


def moment(text: object) -> datetime | None:
    """A time of a cursor."""
    try:
        read = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return read if read.tzinfo else None


def horizon(message: str, now: datetime) -> datetime:
    """How far back X searches, as it says itself when it refuses what is older."""
    found = _MOMENT.search(message)
    read = moment(f"{found[1]}+00:00") if found else None
    return read or now - SEARCH


def up_to(kept: Mapping[str, Any], since: str) -> datetime | None:
    """Until when an earlier reading brought everything."""
    return moment(kept.get("at")) or time_of(since)


def between(since: datetime | None, until: datetime | None, reason: str) -> list[Gap]:
    """The gap, unless it is none."""
    if until is None or (since is not None and since >= until):
        return []
    return [Gap(since=since, until=until, reason=reason)]
