"""The timeline of a person, narrowed down to what somebody looks for, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db import connection
from django.utils.translation import gettext_lazy

from inbox import person_events
from inbox.cursors import Cursor
from inbox.models import Event
from inbox.patience import TooLong, patience
from inbox.person_events import Conditions, Place
from inbox.timeline import WINDOW, Among, Window, told

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import QueryDict

# What may be chosen: a name and the kinds of events that it means, all of a conversation or all of a person as such.
KINDS = {
    "messages": (gettext_lazy("Messages"), ("message",)),
    "notes": (gettext_lazy("Notes"), ("note",)),
    "handovers": (gettext_lazy("Hand-overs"), ("handover", "routed", "contributor", "assigned", "unassigned")),
    "deals": (gettext_lazy("Deals & roles"), ("role_given", "role_ended", "deal_opened", "deal_moved")),
}
# Milliseconds that a search for words may take before it looks less far; and how far then.
_PATIENCE, _LESS = 400, 100


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the query string narrows a person's timeline down to."""

    kind: str = ""
    network: str = ""
    department: str = ""
    q: str = ""

    @classmethod
    def parse(cls, query: "QueryDict", departments: "Collection[str]") -> "Narrowing":
        """Read it; what is unknown is ignored."""
        kind, department = query.get("kind", ""), query.get("department", "")
        return cls(
            kind if kind in KINDS else "",
            query.get("network", "").replace("\0", "")[:30],
            department if department in departments else "",
            query.get("q", "").replace("\0", "").strip()[:200],
        )

    def query(self, **changes: Any) -> str:
        """The query string with some of it changed, "?" included; empty where nothing is set."""
        values = {"kind": self.kind, "network": self.network, "department": self.department, "q": self.q} | changes
        pairs = {name: str(value) for name, value in values.items() if value}
        return f"?{urlencode(pairs)}" if pairs else ""

    def conditions(self, departments: "dict[str, int]") -> Conditions:
        """The same for the statements. `departments`: ids by slug."""
        return Conditions(
            kinds=KINDS[self.kind][1] if self.kind else (),
            network=self.network,
            department=departments[self.department] if self.department else None,
            words=self.q,
            of_accounts=self.kind != "deals",
            wants_person=self.kind in ("", "deals"),
        )


def before(person: int, asked: Conditions, cursor: Cursor, *, here: int | None = None, size: int = WINDOW) -> Window:
    """The `size` events before a place. One statement, two where no index answers."""
    return _window(person, asked, Place(*cursor), here, size)


def after(person: int, asked: Conditions, cursor: Cursor, *, here: int | None = None, size: int = WINDOW) -> Window:
    """The `size` events after a place. One statement, two where no index answers."""
    return _window(person, asked, Place(*cursor, earlier=False), here, size)


def _window(person: int, asked: Conditions, place: Place, here: int | None, size: int) -> Window:
    reached: datetime | None = None
    if asked.depth:
        reached, ids = _look(person, place, size + 1, asked)
        found = Event.objects.filter(pk__in=ids)
    else:
        found = Event.objects.filter(Among(*person_events.ids(person, place, size + 1, asked)))
    order = ("-at", "-id") if place.earlier else ("at", "id")
    events = list(told(found.order_by(*order), here))
    more = len(events) > size
    events = events[:size]
    on = Cursor(events[-1]["at"], events[-1]["id"]) if more else Cursor(reached, 0) if reached else None
    if place.earlier:
        return Window(events[::-1], earlier=on, reached=None if more else reached)
    return Window(events, later=on, reached=None if more else reached)


def _look(person: int, place: Place, size: int, asked: Conditions) -> tuple[datetime | None, list[int]]:
    """How far was looked, and what was found there; less far where that takes too long."""
    try:
        with patience(_PATIENCE), connection.cursor() as cursor:
            cursor.execute(*person_events.within_reach(person, place, size, asked, asked.depth))
            found: tuple[datetime | None, list[int]] = cursor.fetchone()
    except TooLong:
        with connection.cursor() as cursor:
            cursor.execute(*person_events.within_reach(person, place, size, asked, _LESS))
            found = cursor.fetchone()
    return found
