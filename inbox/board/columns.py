"""What the board shows: departments with their load and people, and the tiles that need somebody first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q, Sum

from inbox import lists
from inbox.models import Conversation, Tally
from inbox.presentation import SOON_AT_LEAST, SOON_SHARE, span
from inbox.rows import mate
from inbox.sidebar import Pill, Queue
from people.models import Membership, User
from people.presence import is_here

if TYPE_CHECKING:
    from inbox.lists import Scope

SHOWN = 20
"""Tiles of a column; its queue shows the others."""

SHOWS = ("all", "risk", "unassigned")
# In each column those whose reply is due first, then the newest of those in which nobody waits. Oldest: who has waited
# longest of all that are open there.
_TILES = """
    SELECT d.id, tile.id, oldest.waiting_since
    FROM people_department d
    LEFT JOIN LATERAL (
        SELECT c.waiting_since FROM inbox_conversation c
        WHERE c.department_id = d.id AND c.state = 'open' AND c.waiting_since IS NOT NULL
        ORDER BY c.waiting_since, c.id LIMIT 1
    ) oldest ON true
    LEFT JOIN LATERAL (
        (SELECT c.id, 0 AS part, c.due_at AS due, c.last_message_at AS last FROM inbox_conversation c
         WHERE c.department_id = d.id AND c.state = 'open' AND c.due_at IS NOT NULL
             AND (NOT %(risk)s OR c.due_at <= %(now)s
                  + greatest(d.reply_minutes * interval '1 minute' * %(share)s, %(least)s))
             AND (NOT %(nobody)s OR c.assignee_id IS NULL)
         ORDER BY c.due_at, c.id LIMIT %(shown)s)
        UNION ALL
        (SELECT c.id, 1, NULL, c.last_message_at FROM inbox_conversation c
         WHERE c.department_id = d.id AND c.state = 'open' AND c.due_at IS NULL
             AND NOT %(risk)s AND (NOT %(nobody)s OR c.assignee_id IS NULL)
         ORDER BY c.last_message_at DESC, c.id DESC LIMIT %(shown)s)
        ORDER BY part, due, last DESC, id LIMIT %(shown)s
    ) tile ON true
"""


@dataclass(frozen=True, slots=True)
class Load:
    """How much of how much: open conversations against what is taken on."""

    open: int
    capacity: int

    @property
    def is_over(self) -> bool:
        """More than is taken on."""
        return self.open > self.capacity

    @property
    def width(self) -> str:
        """Of a hundred, for the meter."""
        if not self.capacity:
            return "100" if self.open else "0"
        return f"{min(100.0, 100 * self.open / self.capacity):.1f}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a department, with what they have open in all departments."""

    id: int
    mate: Any
    load: Load
    here: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A department on the board."""

    queue: Queue
    load: Load
    people: Sequence[Person]
    unassigned: int
    oldest: str
    tiles: Sequence[dict[str, Any]]

    @property
    def more(self) -> int:
        """How many of its queue are not shown."""
        return max(0, self.queue.count - len(self.tiles))


@dataclass(frozen=True, slots=True)
class Board:
    """All columns, and the sums above them."""

    columns: Sequence[Column]
    open: int
    unassigned: int
    risk: Pill
    soon: int


def board(scope: "Scope", show: str) -> Board:
    """The board as `show` narrows it down (all, risk, unassigned). Four statements beside those of the scope."""
    nobody, has = _tally()
    people = _people(scope.now, has)
    ids, oldest = _tiles(scope, show)
    rows = lists.by_ids(scope, [pk for these in ids.values() for pk in these])
    columns = [
        Column(
            queue,
            Load(queue.count, sum(one.load.capacity for one in people.get(queue.id, ()))),
            people.get(queue.id, []),
            nobody.get(queue.id, 0),
            span(scope.now - oldest[queue.id]) if oldest.get(queue.id) else "",
            [rows[pk] for pk in ids.get(queue.id, ()) if pk in rows],
        )
        for queue in scope.sidebar.queues
    ]
    queues = scope.sidebar.queues
    return Board(
        columns,
        sum(queue.count for queue in queues),
        sum(nobody.values()),
        Pill(sum(queue.pill.late for queue in queues)),
        sum(queue.pill.soon for queue in queues),
    )


def _tally() -> tuple[dict[int, int], dict[int, int]]:
    """What has nobody, by department; what everybody has, by person. One statement."""
    rows = Tally.objects.filter(state=Conversation.State.OPEN).values("department_id", "assignee_id")
    nobody: dict[int, int] = {}
    has: dict[int, int] = {}
    for row in rows.annotate(n=Sum("difference")):
        person: int | None = row["assignee_id"]
        if person is None:
            nobody[row["department_id"]] = row["n"]
        else:
            has[person] = has.get(person, 0) + row["n"]
    return nobody, has


def _people(now: datetime, has: Mapping[int, int]) -> dict[int, list[Person]]:
    """Who works in each department, those with most first. One statement."""
    active = Membership.objects.filter(Q(user__is_active=True)).select_related("user__presence")
    found: dict[int, list[Person]] = {}
    for one in active.order_by("user__name", "user"):
        user: User = one.user
        load = Load(max(0, has.get(user.pk, 0)), user.capacity)
        person = Person(user.pk, mate(user.pk, str(user)), load, is_here(getattr(user, "presence", None), now))
        found.setdefault(one.department_id, []).append(person)
    for people in found.values():
        people.sort(key=lambda person: (not person.here, -person.load.open))
    return found


def _tiles(scope: "Scope", show: str) -> tuple[dict[int, list[int]], dict[int, datetime]]:
    """The tiles of each column, and since when its oldest customer waits. One statement."""
    values: dict[str, Any] = {
        "risk": show == "risk",
        "nobody": show == "unassigned",
        "now": scope.now,
        "share": SOON_SHARE,
        "least": SOON_AT_LEAST,
        "shown": SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TILES, values)
        rows = cursor.fetchall()
    ids: dict[int, list[int]] = {}
    oldest: dict[int, datetime] = {}
    for department, pk, waiting in rows:
        if pk is not None:
            ids.setdefault(department, []).append(pk)
        if waiting is not None:
            oldest[department] = waiting
    return ids, oldest
