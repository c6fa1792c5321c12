"""What foreign HTML says (`text_of`), and how it may be shown (`safe`). Pure; quick whatever comes in.

Sizes and depth are limited before any parser sees it: nesting makes real parsers slow (50,000 nested elements take
nh3 13 seconds) or crash. Hence tags are first put in order here, and nh3 has the last word.
"""

import re
from urllib.parse import urlsplit

import nh3

from connectors.clean import clean_text
from connectors.tags import Tag, Text, names, tokens
from connectors.wording import LINES, MAX_ADDRESS, link_target, picture, text_of

__all__ = ["safe", "text_of"]

MAX_DEPTH = 50
MAX_SHOWN = 300_000
SHOWN = names(
    "a b blockquote br caption cite code dd del div dl dt em i ins li ol p pre q s small strong sub sup"
    " table tbody td tfoot th thead tr u ul"
)
_HEADINGS = names("h1 h2 h3 h4 h5 h6")
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
            self.out.append(_escaped(picture(tag)))
        elif name == "br":
            self.out.append("<br>")
        elif name in SHOWN:
            self._open(name, _opening(tag))
            if name == "a":
                self._link = (tag.attributes.get("href", ""), len(self.out))
        elif name in LINES:
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
