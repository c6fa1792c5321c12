"""Places on a timeline: the day that somebody asks for, and how much lies before a place."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.core.exceptions import BadRequest
from django.db import connection
from django.utils import timezone
from django.utils.dateparse import parse_date

from inbox import person_events, timeline
from inbox.cursors import Cursor
from inbox.person_events import Place
from inbox.timeline import WINDOW, Scope, Window

if TYPE_CHECKING:
    from inbox.models import Conversation

# Events before a place are counted no further.
MOST = 1_000
# Of a window around a place, what lies before it.
BEFORE = 10
# Days outside of these cannot be told in every time zone.
_FIRST, _LAST = date(1900, 1, 1), date(9990, 1, 1)


def day(text: str) -> Cursor | None:
    """Where a local day ("2026-03-02") begins; None where none is named. Raises BadRequest on anything else."""
    if not text:
        return None
    try:
        named = parse_date(text)
    except ValueError:
        named = None
    if named is None:
        raise BadRequest("This is no day. Write it as year, month and day, like 2026-03-02.")
    named = min(max(named, _FIRST), _LAST)
    return Cursor(timezone.make_aware(datetime.combine(named, time())), 0)


def around(conversation: "Conversation", scope: Scope, place: Cursor) -> tuple[Window, int | None]:
    """The events around a place, and which of them is the first after it. Two statements, three where there is none."""
    later = timeline.after(conversation, scope, place, WINDOW - BEFORE)
    if not later.events:
        return timeline.before(conversation, scope, place), None
    earlier = timeline.before(conversation, scope, place, BEFORE)
    return Window([*earlier.events, *later.events], earlier.earlier, later.later), later.events[0]["id"]


def count_before(conversation: "Conversation", scope: Scope, place: Cursor) -> int:
    """How many events there are before a place; more than `MOST` is `MOST + 1`. One statement, of indexes alone."""
    if scope == "conversation":
        return timeline.of(conversation).filter(place.below("at", "id")).order_by()[: MOST + 1].count()
    found = person_events.some(conversation.identity.contact_id, Place(*place), MOST + 1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({found.sql}) found", found.params)  # noqa: S608 - constants
        counted: int = cursor.fetchone()[0]
    return counted
