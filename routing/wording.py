"""Finding words and phrases in a text, in every script: whole words only, whatever their case, width or apostrophes."""

import unicodedata

from routing.words import is_unspaced, is_word_character, runs

LONGEST_TEXT = 65_536
"""Bytes of a text that conditions look at."""


def fold(text: str) -> str:
    """Text in which width, case and kinds of space and apostrophe make no difference."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
    return " ".join(text.casefold().split())


class Wording:
    """A text to look for words in. `text` is as it was written, without what cannot be encoded."""

    __slots__ = ("_folded", "_runs", "text")

    def __init__(self, text: str) -> None:
        self.text = _clean(text)
        self._folded: str | None = None
        self._runs: frozenset[str] | None = None

    @property
    def folded(self) -> str:
        """The text for finding phrases in it."""
        if self._folded is None:
            self._folded = fold(self.text)
        return self._folded

    @property
    def runs(self) -> frozenset[str]:
        """Its distinct words."""
        if self._runs is None:
            self._runs = frozenset(runs(self.folded))
        return self._runs

    def says(self, phrase: "Phrase") -> bool:
        """Whether a phrase stands in it."""
        if phrase.key and phrase.key not in self.runs:
            return False
        return phrase.is_word or stands_in(phrase.folded, self.folded)


class Phrase:
    """Words to look for. `key`: the longest word of them, which every text that holds the phrase holds; else empty."""

    __slots__ = ("folded", "is_word", "key", "value")

    def __init__(self, value: str) -> None:
        self.value, self.folded = value, fold(value)
        self.key = max(runs(self.folded), key=len, default="")
        self.is_word = self.key == self.folded


def _clean(text: str) -> str:
    if text.isascii():
        return text[:LONGEST_TEXT]
    return text[:LONGEST_TEXT].encode(errors="replace")[:LONGEST_TEXT].decode(errors="ignore")


def stands_in(phrase: str, text: str) -> bool:
    """Whether a folded phrase stands in a folded text, not as a part of longer words."""
    at = text.find(phrase)
    while at >= 0:
        end = at + len(phrase)
        if not _joined(text[at - 1 : at], phrase[0]) and not _joined(phrase[-1], text[end : end + 1]):
            return True
        at = text.find(phrase, at + 1)
    return False


def _joined(left: str, right: str) -> bool:
    """Whether two characters stand within one word. In scripts without spaces every character may begin a word."""
    if not left or not right or "_" in (left, right) or is_unspaced(left) or is_unspaced(right):
        return False
    return is_word_character(left) and is_word_character(right)
