"""What foreign HTML says (`text_of`), and how it may be shown (`safe`). Pure; quick whatever comes in.

Sizes and depth are limited before any parser sees it: nesting makes real parsers slow (50,000 nested elements take
nh3 13 seconds) or crash. Hence tags are first put in order here, and nh3 has the last word.
"""

import re
from urllib.parse import urlsplit

import nh3

from connectors.clean import clean_text, web_address
from connectors.tags import MAX_HTML, Tag, Text, names, tokens

MAX_DEPTH = 50
MAX_SHOWN = 300_000
MAX_ADDRESS = 300

_PARAGRAPHS = names("p h1 h2 h3 h4 h5 h6 blockquote pre table ul ol dl hr figure")
_LINES = names(
    "address article aside body caption center dd div dt fieldset figcaption footer form header html legend li main"
    " nav option section summary tbody tfoot thead tr"
)
_CELLS = names("td th")
_HEADINGS = names("h1 h2 h3 h4 h5 h6")
_MOST_BARS = 5
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_EMPTY_LINES = re.compile(r"\n[ \n]*\n")

SHOWN = names(
    "a b blockquote br caption cite code dd del div dl dt em i ins li ol p pre q s small strong sub sup"
    " table tbody td tfoot th thead tr u ul"
)
# What a start tag closes, because nobody writes the end tags.
_CLOSED_BY = {
    "p": {"p"},
    "li": {"li", "p"},
    "dt": {"dt", "dd", "p"},
    "dd": {"dt", "dd", "p"},
    "td": {"td", "th", "p"},
    "th": {"td", "th", "p"},
    "tr": {"tr", "td", "th", "p"},
}
_ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_SMALL_NUMBER = re.compile(r"[1-9][0-9]?")
_LIKE_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?", re.IGNORECASE)


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
        return 2 if name in _PARAGRAPHS else int(name in _LINES)

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
            self.words(_picture(tag))
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


def _picture(tag: Tag) -> str:
    description = " ".join(tag.attributes.get("alt", "").split())
    return f"[{description[:200]}]" if description else ""


def safe(html: str) -> str:
    """`html` as it may stand in a page: words with their formatting, links that say nothing of us to where they lead.

    Pictures become their description in brackets. Nothing keeps an id, a class, a style or data for scripts.
    """
    return nh3.clean(
        _in_order(html[:MAX_SHOWN]),
        tags=set(SHOWN),
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow ugc",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _in_order(html: str) -> str:
    """The same words with the tags that may be shown, each closed, none deeper than MAX_DEPTH."""
    ordered = _Ordered()
    for token in tokens(html):
        if isinstance(token, Text):
            ordered.out.append(_escaped(clean_text(token.words)))
        elif token.closes:
            ordered.end(token.name)
        else:
            ordered.start(token)
    return ordered.all()


class _Ordered:
    """HTML that grows with the tokens and is always well nested."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._opened: list[str] = []
        self._link: tuple[str, int] | None = None

    def start(self, tag: Tag) -> None:
        """A start tag. Headings become strong paragraphs, for they are not headings of the page around them."""
        name = tag.name
        if name in _HEADINGS:
            self._open("p", "<p>")
            self._open("strong", "<strong>")
        elif name == "img":
            self.out.append(_escaped(_picture(tag)))
        elif name == "br":
            self.out.append("<br>")
        elif name in SHOWN:
            self._open(name, _opening(tag))
            if name == "a":
                self._link = (tag.attributes.get("href", ""), len(self.out))
        elif name in _LINES:
            # Two words must not grow together because the element between them is not shown.
            self.out.append(" ")

    def _open(self, name: str, written: str) -> None:
        closed = _CLOSED_BY.get(name, ())
        while self._opened and self._opened[-1] in closed:
            self.out.append(f"</{self._opened.pop()}>")
        if len(self._opened) < MAX_DEPTH:
            self._opened.append(name)
            self.out.append(written)

    def end(self, name: str) -> None:
        """An end tag, which closes what was opened inside as well; one that was never opened is none."""
        if name == "a" and self._link is not None:
            self.out.append(_where(*self._link, self.out))
            self._link = None
        name = "p" if name in _HEADINGS else name
        while name in self._opened:
            last = self._opened.pop()
            self.out.append(f"</{last}>")
            if last == name:
                return

    def all(self) -> str:
        """Everything, with the end tags that are still missing."""
        return "".join(self.out) + "".join(f"</{name}>" for name in reversed(self._opened))


def _opening(tag: Tag) -> str:
    kept = [
        f' {one}="{_escaped(value)}"'
        for one in sorted(_ATTRIBUTES.get(tag.name, ()))
        if (value := _value(one, tag.attributes.get(one, "")))
    ]
    return f"<{tag.name}{''.join(kept)}>"


def _value(name: str, value: str) -> str:
    if name == "href":
        return link_target(value)
    return value if _SMALL_NUMBER.fullmatch(value) else ""


def _where(href: str, start: int, out: list[str]) -> str:
    """The real host behind words that look like another address."""
    words = re.sub(r"<[^>]*>", "", "".join(out[start:])).strip()[:MAX_ADDRESS]
    address = link_target(href)
    if not address.lower().startswith("http") or not _LIKE_ADDRESS.fullmatch(words):
        return ""
    host = _host(address)
    return "" if _host(words if "://" in words else f"https://{words}") == host else f" ({_escaped(host)})"


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
