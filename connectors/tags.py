"""Foreign HTML taken apart into text and tags: pure, never fails, in time that grows with the length alone.

No tree is built, so nothing can be nested too deeply here. What a browser makes of broken HTML is not imitated to the
last detail; what is to be shown goes through a real parser afterwards (connectors/markup.py).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape


def names(text: str) -> frozenset[str]:
    """The names of elements that `text` lists."""
    return frozenset(text.split())


# What is longer is cut before anybody looks at it.
MAX_HTML = 1_000_000
MAX_ATTRIBUTES = 4_000

# Their content is not text that anybody reads.
RAW = names("iframe noembed noframes script style svg template textarea title xmp")

_NAME = re.compile(r"[a-z][^\s/>]{0,40}", re.IGNORECASE)
# The end of a tag, or the quote that begins a value in which it doesn't count.
_TURN = re.compile(r"""=\s*["']|>""")
_ATTRIBUTE = re.compile(r"""([^\s=/>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?""")
# More digits than Python reads as a number, and no character has them.
_ENDLESS_NUMBER = re.compile(r"&#\d{8,};?")


@dataclass(frozen=True, slots=True)
class Text:
    """Words between two tags, with character references still in them. `start` is where they stand."""

    source: str
    start: int

    @property
    def words(self) -> str:
        """What is read."""
        return words_of(self.source)


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag. `start` and `end` say where it stands; the name is in lower case."""

    name: str
    closes: bool
    start: int
    end: int
    source: str = field(default="", repr=False)

    @property
    def attributes(self) -> Mapping[str, str]:
        """The first of each name; as far as they are no longer than anybody needs."""
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(self.source[:MAX_ATTRIBUTES]):
            value = match[2] or ""
            if value[:1] in ('"', "'"):
                value = value.strip(value[0])
            found.setdefault(match[1].lower(), words_of(value))
        return found


def words_of(source: str) -> str:
    """`source` with its character references read."""
    return unescape(_ENDLESS_NUMBER.sub("\ufffd", source)) if "&" in source else source


class _Finder:
    """Looks for ends that may not exist, without looking through the rest again and again."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._lower = html.lower()
        if len(self._lower) != len(html):
            # Some letters become two in lower case, and every position after them would be wrong.
            self._lower = html.translate({code: code + 32 for code in range(65, 91)})
        self._missing: set[str] = set()

    def after(self, end: str, start: int) -> int:
        """Where what follows `end` begins; the end of all if it isn't there."""
        found = self.at(end, start)
        return found + len(end) if found >= 0 else len(self._html)

    def at(self, end: str, start: int) -> int:
        """Where `end` is, -1 if nowhere."""
        if end in self._missing:
            return -1
        found = self._lower.find(end, start)
        if found < 0:
            self._missing.add(end)
        return found


def tokens(html: str) -> Iterator[Text | Tag]:
    """The texts and tags of `html` in order; without comments, and without what is inside of scripts and the like."""
    finder = _Finder(html)
    at = 0
    while at < len(html):
        opening = finder.at("<", at)
        if opening < 0:
            yield Text(html[at:], at)
            return
        tag = _tag(html, opening, finder)
        if isinstance(tag, Tag):
            if opening > at:
                yield Text(html[at:opening], at)
            yield tag
            at = tag.end
            if tag.name in RAW and not tag.closes:
                # Inside of these nothing is a tag but their end. One that is never closed takes away nothing.
                end = finder.at(f"</{tag.name}", at)
                at = end if end >= 0 else at
        elif tag:
            if opening > at:
                yield Text(html[at:opening], at)
            at = tag
        else:
            following = finder.at("<", opening + 1)
            yield Text(html[at : following if following >= 0 else len(html)], at)
            at = following if following >= 0 else len(html)


def _tag(html: str, at: int, finder: _Finder) -> Tag | int:
    """The tag at `at`; where to go on after a comment; 0 where the character is only a character."""
    if html.startswith("<!--", at):
        # "<!-->" and "<!--->" are comments that are over already.
        return finder.after("-->", at + 2)
    if html.startswith(("<!", "<?"), at):
        return finder.after(">", at)
    closes = html.startswith("/", at + 1)
    name = _NAME.match(html, at + 1 + closes)
    if name is None:
        return finder.after(">", at) if closes else 0
    inner = name.end()
    end = _end_of_tag(html, inner, finder)
    return Tag(name[0].lower(), closes, at, end, html[inner : end - 1])


def _end_of_tag(html: str, at: int, finder: _Finder) -> int:
    while match := _TURN.search(html, at):
        if match[0] == ">":
            return match.end()
        closing = finder.at(match[0][-1], match.end())
        # A quote that is never closed is no quote, or else all the rest would be lost.
        at = closing + 1 if closing >= 0 else match.end()
    return len(html)
