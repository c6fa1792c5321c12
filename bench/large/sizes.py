"""How large a data set is, and who in it is out of the ordinary."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

YEARS = 3
# Person 1 has many accounts, person 2 a long history, person 3 a middling one. Their first identities have their ids.
MANY, LONG, MIDDLING = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Sizes:
    """People (contacts that stand for themselves), messages, and when the newest of them was posted."""

    people: int
    messages: int
    until: datetime

    @classmethod
    def of(cls, people: int, messages: int) -> "Sizes":
        """Sizes with the newest message in the hour that has just ended."""
        return cls(people, messages, datetime.now(tz=UTC).replace(minute=0, second=0, microsecond=0))

    @property
    def since(self) -> datetime:
        """When the oldest conversation began."""
        return self.until - timedelta(days=365 * YEARS)

    @property
    def identities(self) -> int:
        """One in five people has a second account."""
        return self.people + self.people // 5

    @property
    def parts(self) -> int:
        """Of the further accounts, half came with a contact of their own, which a merge made part of another one."""
        return (self.identities - self.people) // 2

    @property
    def accounts_of_one(self) -> int:
        """Identities of person 1."""
        return min(300, self.parts // 4)

    @property
    def longest(self) -> int:
        """Messages of person 2."""
        return min(200_000, self.messages // 20)

    @property
    def middling(self) -> int:
        """Messages of person 3."""
        return min(10_000, self.messages // 40)

    @property
    def relationships(self) -> int:
        """Edges between identities."""
        return self.people
