"""In which order a list of conversations is read: by the last message, by who waits longest, by whose reply is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q

from inbox.cursors import Cursor
from people.models import User

Order = User.ListOrder
# What each order goes by, where it is not the last message.
_BY: Mapping[str, str] = {Order.WAITING: "waiting_since", Order.DUE: "due_at"}
# Before the place in the address: that it is below those who wait, where the rest follows newest first.
_REST = "rest,"


class Place(NamedTuple):
    """The last line of a page. `is_rest`: it is one of those that nobody waits in, which follow those that wait."""

    cursor: Cursor
    is_rest: bool

    def __str__(self) -> str:
        return f"{_REST if self.is_rest else ''}{self.cursor}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Read one from an address; None where there is none. Raises BadRequest on anything else."""
        cursor = Cursor.parse(text.removeprefix(_REST))
        return cls(cursor, text.startswith(_REST)) if cursor else None


@dataclass(frozen=True, slots=True)
class Part:
    """Conversations of one order that one index holds in a row."""

    column: str
    is_rest: bool
    only: Q

    def after(self, found: Any, before: Place | None, *, by_assignee: bool) -> Any:
        """Those of this part that come after a place, in order."""
        found = found.filter(self.only)
        here = before is not None and before.is_rest == self.is_rest
        if self.column == "last_message_at":
            if here and before:
                found = found.filter(before.cursor.below(self.column, "id"))
            return found.newest_first()
        if here and before:
            found = found.filter(before.cursor.above(self.column, "id"))
        # All have the same assignee here, or none, which only the database does not know.
        return found.order_by(*(["assignee"] if by_assignee else []), self.column, "id")

    def place(self, values: Mapping[str, Any]) -> Place:
        """Where a page ends whose last line has these values."""
        return Place(Cursor(values[self.column], values["id"]), self.is_rest)


BY_RETURN = (Part("snoozed_until", False, Q()),)
"""What is snoozed: what comes back first stands first."""


def parts(order: str) -> list[Part]:
    """An order as parts that follow one another: first those in which somebody waits, then the rest."""
    column = _BY.get(order)
    if column is None:
        return [Part("last_message_at", False, Q())]
    empty = Q(**{f"{column}__isnull": True})
    return [Part(column, False, ~empty), Part("last_message_at", True, empty)]
