"""Sharing work evenly inside departments: what somebody has too much of goes to whoever has room, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Q

from inbox.board.columns import Column, Person
from inbox.models import Conversation

MOST = 100
"""Conversations of one proposal."""


@dataclass(frozen=True, slots=True)
class Shift:
    """One conversation that would change hands."""

    conversation: int
    to: int
    giver: int | None


def propose(columns: Iterable[Column], waiting: Mapping[int, Sequence[tuple[int, int | None]]]) -> list[Shift]:
    """Who would get what. `waiting`: by department the conversations that may move, with who has them, in the order in
    which they are to move; nobody's come first.

    Only people who are here get anything, never beyond what they take on, always whoever has the smallest share then.
    Nobody gives below what they take on. A person of several departments has one load.
    """
    people = {one.id: one for column in columns for one in column.people}
    open_now = {pk: one.load.open for pk, one in people.items()}
    shifts: list[Shift] = []
    for column in columns:
        able = [one for one in column.people if one.here and one.load.capacity]
        for pk, giver in waiting.get(column.queue.id, ()):
            if len(shifts) == MOST:
                return shifts
            if giver is not None and not _has_too_much(people.get(giver), open_now):
                continue
            free = [one for one in able if one.id != giver and open_now[one.id] < one.load.capacity]
            if not free:
                break
            to = min(free, key=lambda one: (open_now[one.id] / one.load.capacity, one.id))
            shifts.append(Shift(pk, to.id, giver))
            open_now[to.id] += 1
            if giver in open_now:
                open_now[giver] -= 1
    return shifts


def _has_too_much(person: Person | None, open_now: Mapping[int, int]) -> bool:
    return person is not None and open_now[person.id] > person.load.capacity


def movable(columns: Sequence[Column]) -> dict[int, list[tuple[int, int | None]]]:
    """What may change hands: nobody's, the longest waiting first, then of those who have too much what nobody has
    answered last. One statement."""
    over = {one.id for column in columns for one in column.people if one.load.is_over}
    departments = [column.queue.id for column in columns]
    found: dict[int, list[tuple[int, int | None]]] = {}
    rows = Conversation.objects.open().filter(Q(assignee=None) | Q(assignee__in=over), department__in=departments)
    # What has nobody comes before the limit cuts, whenever it is due.
    has_nobody = ExpressionWrapper(Q(assignee=None), output_field=BooleanField())
    ordered = rows.order_by(has_nobody.desc(), "due_at", "last_message_at", "id")
    for department, pk, assignee in ordered.values_list("department", "id", "assignee")[: 5 * MOST]:
        found.setdefault(department, []).append((pk, assignee))
    return found
