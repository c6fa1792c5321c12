"""Finding a name by a few of its letters, and showing which ones it was."""

import unicodedata
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from people.memory import forgettable

# The worst rank of letters that stand together.
NEAR = 2
# A handful of letters far apart are no find.
_MOST_GAPS = 3


class Match(NamedTuple):
    """Which characters of a name were meant, and how well: 0 is best."""

    at: frozenset[int] = frozenset()
    rank: int = 0

    def marked(self, name: str) -> SafeString:
        """The name as HTML with what was meant in bold."""
        parts, is_bold = [], False
        for place, character in enumerate(name):
            if (place in self.at) != is_bold:
                is_bold = not is_bold
                parts.append("<b>" if is_bold else "</b>")
            parts.append(escape(character))
        return mark_safe("".join(parts) + ("</b>" if is_bold else ""))  # noqa: S308 - every character is escaped


def match(wanted: str, name: str) -> Match | None:
    """Whether the letters mean this name: its beginning, beginnings of its words, a part of it, or the letters in their
    order with few gaps. None where they do not."""
    text, places = _folded(name)
    letters = _folded(wanted)[0].strip()
    if not letters:
        return Match()
    if (found := _words(letters, text)) is not None:
        return Match(frozenset(places[one] for one in found), 0 if found and found[0] == 0 else 1)
    if (at := text.find(letters)) >= 0:
        return Match(frozenset(places[at : at + len(letters)]), 2)
    if (found := _scattered(letters.replace(" ", ""), text)) is not None:
        return Match(frozenset(places[one] for one in found), 3)
    return None


def _words(letters: str, text: str) -> list[int] | None:
    """Each typed word begins a word of the name, in this order."""
    found: list[int] = []
    after = 0
    for word in letters.split():
        at = next((one for one in _starts(text) if one >= after and text.startswith(word, one)), None)
        if at is None:
            return None
        found += range(at, at + len(word))
        after = at + len(word)
    return found


def _starts(text: str) -> list[int]:
    return [at for at, one in enumerate(text) if one.isalnum() and (at == 0 or not text[at - 1].isalnum())]


def _scattered(letters: str, text: str) -> list[int] | None:
    """The letters in their order, the first of them at the beginning of a word."""
    for start in _starts(text):
        found: list[int] = []
        after = start
        for letter in letters:
            at = text.find(letter, after)
            if at < 0 or (not found and at != start):
                break
            found.append(at)
            after = at + 1
        else:
            gaps = sum(1 for one, other in zip(found, found[1:], strict=False) if other != one + 1)
            if gaps <= _MOST_GAPS and len(letters) > 1:
                return found
    return None


@forgettable(2_000)
def _folded(text: str) -> tuple[str, tuple[int, ...]]:
    """Without case and marks, and from which character each one comes."""
    pairs = [
        (letter, place)
        for place, character in enumerate(text)
        for letter in unicodedata.normalize("NFKD", character.casefold())
        if not unicodedata.combining(letter)
    ]
    return "".join(letter for letter, _place in pairs), tuple(place for _letter, place in pairs)
