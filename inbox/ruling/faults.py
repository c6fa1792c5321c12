"""What is wrong with rules: errors, which keep a draft from being published, and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from inbox.ruling.book import Book


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with a rule, and what to do about it."""

    rule: int
    text: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Faults:
    """All that is wrong, by rule."""

    by_rule: dict[int, list[Fault]] = field(default_factory=dict)

    def of(self, rule: int) -> Sequence[Fault]:
        """What is wrong with one rule."""
        return self.by_rule.get(rule, ())

    def errors(self, book: Book) -> list[tuple[str, str]]:
        """What keeps the draft from being published: the rule's name, and what is wrong."""
        return self._listed(book, is_error=True)

    def warnings(self, book: Book) -> list[tuple[str, str]]:
        """What may be meant, and may not."""
        return self._listed(book, is_error=False)

    def _listed(self, book: Book, *, is_error: bool) -> list[tuple[str, str]]:
        return [
            (rule["name"], one.text) for rule in book.rules for one in self.of(rule["id"]) if one.is_error is is_error
        ]


def look(book: Book) -> Faults:
    """Look at all rules that are shown."""
    return Faults()
