"""Who in a department is given which of the conversations that wait. Pure: the same input, the same answer.

Conversations come in a fixed order: the higher priority first, then what is due first, then who has waited longest,
then the lower number. Each goes to one of those who are there and have a hand free:

1. Somebody who speaks its language, where anybody who is there does; while all of those are full it waits for them.
2. Of those, rather not who had it last and gave it back; then who knows most of the words that it is filed under;
   then who has talked with this customer before.
3. Then in fairness over the day: who was given fewest today, who has fewest open, who has waited longest for one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A conversation that nobody works on.

    `language`: ISO 639-1, empty where it is unknown. `words`: its tags and the products that it names. `known_to`: who
    has talked with this customer before. `not_to`: from whom it was taken, so that others come first.
    """

    id: int
    since: datetime
    priority: int = 1
    due_at: datetime | None = None
    language: str = ""
    words: frozenset[str] = frozenset()
    known_to: frozenset[int] = frozenset()
    not_to: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works in the department. `languages`: none of them stands for any."""

    id: int
    is_here: bool
    open: int
    capacity: int
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    today: int = 0
    last_given: datetime | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """Which conversation goes to whom, and why, as JSON (see `_explain`)."""

    conversation: int
    person: int
    explanation: dict[str, Any]


@dataclass(slots=True)
class _Hand:
    """A person while conversations are handed out."""

    person: Person
    open: int
    today: int
    skills: dict[str, str]
    # Who was given something in this round comes after all who were not, in the order in which they were.
    turn: tuple[int, datetime] = field(default=(0, _LONG_AGO))

    def speaks(self, language: str) -> bool:
        return not language or not self.person.languages or language in self.person.languages


def order(waiting: Iterable[Waiting]) -> list[Waiting]:
    """In which order conversations are given away."""
    return sorted(waiting, key=lambda one: (-one.priority, one.due_at or _NEVER, one.since, one.id))


def assign(waiting: Iterable[Waiting], people: Iterable[Person]) -> list[Given]:
    """Who is given what. What nobody can take is left out, and waits."""
    hands = [
        _Hand(
            person=one,
            open=one.open,
            today=one.today,
            skills={skill.casefold(): skill for skill in sorted(one.skills)},
            turn=(0, one.last_given or _LONG_AGO),
        )
        for one in sorted(people, key=lambda one: one.id)
        if one.is_here
    ]
    given: list[Given] = []
    for one in order(waiting):
        if not any(hand.open < hand.person.capacity for hand in hands):
            break
        found = _give(one, hands, len(given) + 1)
        if found is not None:
            given.append(found)
    return given


def _give(one: Waiting, hands: Sequence[_Hand], turn: int) -> Given | None:
    able = [hand for hand in hands if hand.speaks(one.language)] or hands
    free = [hand for hand in able if hand.open < hand.person.capacity]
    words = {word.casefold() for word in one.words}
    ranked = sorted((_rank(hand, one, words), place) for place, hand in enumerate(free))
    if not ranked:
        return None
    hand = free[ranked[0][1]]
    rivals = [rank for rank, _ in ranked[1:]]
    explanation = _explain(hand, one, words, _decided(ranked[0][0], rivals))
    hand.open += 1
    hand.today += 1
    hand.turn = (turn, _LONG_AGO)
    return Given(one.id, hand.person.id, explanation)


_Rank = tuple[int, int, int, int, int, tuple[int, datetime], int]
_BY = ("others", "skills", "before", "today", "open", "longest", "turn")


def _rank(hand: _Hand, one: Waiting, words: set[str]) -> _Rank:
    """The lower, the rather."""
    return (
        1 if hand.person.id in one.not_to else 0,
        -len(words & hand.skills.keys()),
        0 if hand.person.id in one.known_to else 1,
        hand.today,
        hand.open,
        hand.turn,
        hand.person.id,
    )


def _decided(first: _Rank, rivals: Sequence[_Rank]) -> str:
    """What told the first from the second: one of _BY, or “only” where there was no second."""
    if not rivals:
        return "only"
    return next(name for name, mine, other in zip(_BY, first, rivals[0], strict=True) if mine != other)


def _explain(hand: _Hand, one: Waiting, words: set[str], by: str) -> dict[str, Any]:
    """`language` and whether it is spoken (“yes”, “any” where they named none, “nobody” who is there does), `skills`
    that fit, `before`: they have talked with this customer, how many of `capacity` they had `open`, how many they were
    given `today` before, and what decided (`by`, see `_decided`)."""
    languages = hand.person.languages
    spoken = "any" if not languages else "yes" if one.language in languages else "nobody"
    return {
        "language": one.language,
        "spoken": spoken if one.language else "",
        "skills": [hand.skills[word] for word in sorted(words & hand.skills.keys())],
        "before": hand.person.id in one.known_to,
        "open": hand.open,
        "capacity": hand.person.capacity,
        "today": hand.today,
        "by": by,
    }
