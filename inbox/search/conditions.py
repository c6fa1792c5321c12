"""What an operator asks for, in SQL: of a message, and of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Sql(NamedTuple):
    """A piece of a statement with its parameters."""

    text: str
    params: tuple[Any, ...] = ()

    def negated(self) -> "Sql":
        """That it does not hold; what is unknown does not."""
        return Sql(f"({self.text}) IS NOT TRUE", self.params)


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, understood.

    `message` speaks of `m` (inbox_message), `c` (its conversation) and `i` (its identity); `person` of `p.id`, the
    contact that stands for somebody. `identities` and `conversations` give the ids of all that can be meant: when they
    are few, it is better to begin with them than with the words. `name`: that of a person who is asked for.
    """

    message: Sql | None = None
    person: Sql | None = None
    identities: Sql | None = None
    conversations: Sql | None = None
    name: str = ""

    def negated(self) -> "Condition":
        """That it does not hold. Nothing can be begun with then."""
        return Condition(
            self.message.negated() if self.message else None, self.person.negated() if self.person else None
        )


@dataclass(frozen=True, slots=True)
class Narrowing:
    """All conditions of a query. `since` is included, `until` is not; both are datetimes or None."""

    conditions: tuple[Condition, ...] = ()
    since: Any = None
    until: Any = None
    problems: tuple["Problem", ...] = ()
    # Who is asked for by name, for whoever looks for people.
    names: tuple[str, ...] = ()

    @property
    def is_of_messages(self) -> bool:
        """Whether something is asked that only messages have."""
        asked = any(one.message and not one.person for one in self.conditions)
        return asked or self.since is not None or self.until is not None

    @property
    def of_persons(self) -> list[Sql]:
        """What is asked of a person."""
        return [one.person for one in self.conditions if one.person and not one.name]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a query that means nothing, in words, and the query that was probably meant."""

    says: str
    instead: str = ""


def joined(parts: Sequence[Sql], word: str = " AND ") -> Sql:
    """Conditions of which all (or with another word, one) must hold."""
    if not parts:
        return Sql("true")
    return Sql(word.join(f"({one.text})" for one in parts), tuple(value for one in parts for value in one.params))


def beginning(folded: str) -> str:
    """A text as the beginning of a pattern of LIKE."""
    return folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
