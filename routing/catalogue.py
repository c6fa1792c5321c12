"""Own and rival products in a text: whole words, any case and width, the longest name first. Pure.

A name is looked for as it is spelled, with any mark or space between its words ("Coca-Cola", "coca cola"), and written
as one word behind # and @, or where it holds a digit ("#Halden500", "halden500"). Scripts without spaces are searched
as they stand. Five hundred names take as long as five.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from routing.words import LOOKED_AT, is_unspaced

# Letters and digits; "+" and "#" belong to a name where they follow one: C++.
_PIECE = re.compile(r"[^\W_]+|(?<=[^\W_])[+#]+")
_TAG = re.compile(r"[#@][^\W_]")
_LINK = re.compile(r"(?:https?://|www\.)\S+")


@dataclass(frozen=True, slots=True)
class Named:
    """A product with all the ways to write it."""

    name: str
    words: Sequence[str]
    is_rival: bool = False


@dataclass(frozen=True, slots=True)
class Mentions:
    """The names of the products that a text mentions, each once, in the order of the text."""

    products: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


_NONE = Mentions()


@dataclass(slots=True)
class Catalogue:
    """The admins' list, ready to be searched for."""

    products: Iterable[Named] = ()
    _spellings: dict[str, list[tuple[tuple[str, ...], Named]]] = field(init=False, default_factory=dict)
    _joined: dict[str, Named] = field(init=False, default_factory=dict)
    _unspaced: list[tuple[str, Named]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        for product in self.products:
            for word in (product.name, *product.words):
                self._add(word, product)
        for some in self._spellings.values():
            some.sort(key=lambda one: len(one[0]), reverse=True)
        self._unspaced.sort(key=lambda one: len(one[0]), reverse=True)

    def __bool__(self) -> bool:
        return bool(self._spellings or self._unspaced)

    def find(self, text: str) -> Mentions:
        """The products that a text names, in its first characters (routing.words.LOOKED_AT)."""
        if not self:
            return _NONE
        folded = _LINK.sub(" ", fold(text[:LOOKED_AT]))
        found = dict.fromkeys(self._in_words(folded))
        for spelling, product in self._unspaced:
            if spelling in folded:
                folded = folded.replace(spelling, " ")
                found[product.name, product.is_rival] = None
        if not found:
            return _NONE
        return Mentions(
            tuple(name for name, is_rival in found if not is_rival), tuple(name for name, is_rival in found if is_rival)
        )

    def _add(self, word: str, product: Named) -> None:
        folded = fold(word)
        if any(is_unspaced(character) for character in folded):
            self._unspaced.append((folded, product))
        elif parts := spelling(word):
            self._spellings.setdefault(parts[0], []).append((parts, product))
            if len(parts) > 1:
                self._joined["".join(parts)] = product

    def _in_words(self, folded: str) -> Iterable[tuple[str, bool]]:
        pieces = _PIECE.findall(folded)
        tagged = {piece for tag in _TAG.finditer(folded) if (piece := _PIECE.match(folded, tag.start() + 1))}
        tags = {piece[0] for piece in tagged}
        at = 0
        while at < len(pieces):
            piece, length = pieces[at], 1
            for parts, product in self._spellings.get(piece, ()):
                if tuple(pieces[at : at + len(parts)]) == parts:
                    length = len(parts)
                    yield product.name, product.is_rival
                    break
            else:
                joined = self._joined.get(piece)
                if joined and (piece in tags or any(character.isdigit() for character in piece)):
                    yield joined.name, joined.is_rival
            at += length


def spelling(word: str) -> tuple[str, ...]:
    """The pieces by which a name is known, whatever stands between them; empty where it has no letter or digit."""
    folded = fold(word)
    return (folded,) if any(is_unspaced(character) for character in folded) else tuple(_PIECE.findall(folded))


def fold(text: str) -> str:
    """Without differences of case and width."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
