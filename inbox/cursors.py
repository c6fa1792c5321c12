"""A place in a list that is read page by page, as it stands in an address."""

from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.utils.dateparse import parse_datetime


class Cursor(NamedTuple):
    """The last thing of a page; the next one starts below it."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()},{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Read one from an address; None where there is none. Raises BadRequest on anything else."""
        if not text:
            return None
        at, _, number = text.partition(",")
        try:
            parsed = parse_datetime(at)
        except ValueError:
            parsed = None
        if parsed is None or parsed.tzinfo is None or not number.isdecimal() or len(number) > 18:
            raise BadRequest("This address is damaged: the place to go on from cannot be read.")
        return cls(parsed, int(number))

    def below(self, at: str, number: str) -> Q:
        """Everything after it in the order newest first.

        The first condition lets an index start at the right place, and alone tells the planner how much follows.
        """
        return Q(**{f"{at}__lte": self.at}) & ~Q(**{at: self.at, f"{number}__gte": self.id})

    def above(self, at: str, number: str) -> Q:
        """Everything after it in the order oldest first; as `below`."""
        return Q(**{f"{at}__gte": self.at}) & ~Q(**{at: self.at, f"{number}__lte": self.id})
