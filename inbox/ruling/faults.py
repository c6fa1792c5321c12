"""What is wrong with rules: errors, which keep a draft from being published, and warnings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from django.utils.translation import get_language

from inbox.remembered import remembered
from inbox.ruling.book import Book
from inbox.ruling.names import Names
from routing.lint import Fault, lint
from routing.models import Ruleset

# Seconds that a look is remembered.
_KEPT = 3_600


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


def look(book: Book, names: Names) -> Faults:
    """Look at all rules that are shown. A version is looked at once for as long as the names stay: many rules take a
    second."""
    shown = book.draft or book.published
    if shown is None:
        return Faults()
    key = f"rules:faults:{shown.pk}:{shown.updated_at.timestamp()}:{_mark(names)}"
    return remembered(key, _KEPT, lambda: _look(book, names))


def _look(book: Book, names: Names) -> Faults:
    faults = Faults()
    for one in lint(book.rules, names.known):
        faults.by_rule.setdefault(one.rule, []).append(one)
    return faults


def _mark(names: Names) -> str:
    """Another one as soon as anything can be named that could not be, or the other way round."""
    known = names.known
    said = [
        sorted(map(str, some or ())) for some in (known.departments, known.colleagues, known.roles, known.calendars)
    ]
    return sha256(repr((get_language(), *said, sorted((known.attributes or {}).items()))).encode()).hexdigest()[:32]


def look_at(old: Ruleset, names: Names) -> list[tuple[str, str]]:
    """What keeps an old version from being in force again: the rule's name, and what it names that is gone."""
    called = {rule["id"]: rule["name"] for rule in old.rules}
    return [(called[one.rule], one.text) for one in lint(old.rules, names.known) if one.is_error]
