"""What a reader reads of foreign HTML. Pure; quick whatever comes in, for no tree is built."""

import re
from urllib.parse import urlsplit

from connectors.clean import clean_text, web_address
from connectors.tags import MAX_HTML, Tag, Text, names, tokens

MAX_ADDRESS = 300

_PARAGRAPHS = names("p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol dl hr figure")
LINES = names(
    "address article aside body caption center dd div dt fieldset figcaption footer form header html legend li main"
    " nav option section summary tbody tfoot thead tr"
)
_CELLS = names("td th")
_MOST_BARS = 5
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_EMPTY_LINES = re.compile(r"\n[ \n]*\n")


def text_of(html: str) -> str:
    """What a reader reads: paragraphs, lists and line breaks kept, links as their words with the address in
    parentheses where the words hide it. What lies beyond MAX_HTML characters is left out, which “…” says."""
    written = _Written()
    for token in tokens(html[:MAX_HTML]):
        if isinstance(token, Text):
            written.words(token.words)
        elif token.closes:
            written.end(token)
        else:
            written.start(token)
    return written.all() + ("…" if len(html) > MAX_HTML else "")


class _Written:
    """A page of text that grows with the tokens."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0  # line breaks to be written before the next words
        self._space = False
        self._pre = 0
        self._bars = 0
        self._lists: list[int] = []  # the number of the last entry of each open list; -1 without numbers
        self._mark = ""
        self._link: tuple[str, int] | None = None

    def words(self, text: str) -> None:
        """Write words; white space counts as in a browser."""
        if self._pre:
            for number, line in enumerate(text.split("\n")):
                self._breaks += number > 0
                self._put(line)
            return
        text = _SPACE.sub(" ", text)
        self._space = self._space or text[:1] == " "
        if stripped := text.strip():
            self._put(stripped)
            self._space = text[-1:] == " "

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._breaks or not self._parts:
            start = "\n" * min(self._breaks, 2) if self._parts else ""
            self._parts.append(start + "> " * min(self._bars, _MOST_BARS) + self._mark)
            self._mark = ""
        elif self._space:
            self._parts.append(" ")
        self._breaks, self._space = 0, False
        self._parts.append(text)

    def _lines(self, name: str) -> int:
        """How many line breaks lie before and after an element."""
        if name in ("ul", "ol") and self._lists:
            return 1
        return 2 if name in _PARAGRAPHS else int(name in LINES)

    def _break(self, lines: int) -> None:
        self._breaks, self._space = max(self._breaks, lines), False

    def start(self, tag: Tag) -> None:
        """A start tag."""
        name = tag.name
        if name == "br":
            self._breaks, self._space = self._breaks + 1, False
        elif name in _CELLS:
            self._space = True
        elif (lines := self._lines(name)) and not self._mark:
            self._break(lines)
        if name in ("ul", "ol"):
            self._lists.append(0 if name == "ol" else -1)
        elif name == "li":
            self._entry()
        elif name == "pre":
            self._pre += 1
        elif name == "blockquote":
            self._bars += 1
        elif name == "img":
            self.words(picture(tag))
        elif name == "a":
            self._link = (tag.attributes.get("href", ""), len(self._parts))

    def _entry(self) -> None:
        depth = max(len(self._lists), 1)
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
        number = self._lists[-1] if self._lists else -1
        self._mark = "  " * min(depth - 1, _MOST_BARS) + (f"{number}. " if number > 0 else "- ")

    def end(self, tag: Tag) -> None:
        """An end tag; one that was never opened changes nothing but lines."""
        name = tag.name
        if name == "a" and self._link is not None:
            self._end_of_link(*self._link)
            self._link = None
        if name in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._mark = ""
        if lines := self._lines(name):
            self._break(lines)
        if name == "pre":
            self._pre = max(self._pre - 1, 0)
        elif name == "blockquote":
            self._bars = max(self._bars - 1, 0)

    def _end_of_link(self, href: str, start: int) -> None:
        words = "".join(self._parts[start:])[:MAX_HTML].strip()
        address = link_target(href)
        if words and address and words[:1] not in ("@", "#") and not _same(words, address):
            self._space = True
            self._put(f"({_short(address)})")

    def all(self) -> str:
        """Everything, without spaces at the ends of lines and without piles of empty lines."""
        lines = (line.rstrip() for line in clean_text("".join(self._parts).replace("\xa0", " ")).split("\n"))
        return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n ")


def link_target(href: str) -> str:
    """Where a link leads if it may be followed: a web address, a mail address, a telephone number; else nothing."""
    href = href.strip()
    if href[:7].lower() == "mailto:" or href[:4].lower() == "tel:":
        return href if len(href) <= MAX_ADDRESS and href.isprintable() and " " not in href else ""
    return web_address(href) or ""


def _same(words: str, address: str) -> bool:
    return _bare(words) == _bare(address)


def _bare(address: str) -> str:
    address = address.strip().lower()
    for prefix in ("mailto:", "tel:", "https://", "http://", "www."):
        address = address.removeprefix(prefix)
    return address.partition("?subject=")[0].rstrip("/")


def _short(address: str) -> str:
    if len(address) <= MAX_ADDRESS:
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/…"


def picture(tag: Tag) -> str:
    """What stands in the place of a picture: its description in brackets, if it has one."""
    description = " ".join(tag.attributes.get("alt", "").split())
    return f"[{description[:200]}]" if description else ""
