"""The rows of a file of separated values. Whatever stands in it, nothing raises and no row makes others vanish."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TextIO

from django.utils.translation import gettext as _

from contacts.sheets.decoding import shown, text_of

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
MOST_COLUMNS = 500
# A cell that runs over more lines than this has a quotation mark that nobody closed.
_MOST_LINES = 2_000
_LONGEST_ROW = 1_000_000  # characters
_LOOKED_AT = 60  # rows
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_IS_DATA = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|https?://.*|[+\d][\d\s./()-]{3,}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the line that it begins on, its cells, and what is wrong with it as a whole."""

    line: int
    cells: Sequence[str]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: what parts its cells, whether its first row names the columns, and these names."""

    delimiter: str
    has_header: bool
    names: Sequence[str]


class _Endless(Exception):
    """A quotation mark was opened and not closed."""


def look(chunks: Iterable[bytes], encoding: str, *, delimiter: str = "", has_header: bool | None = None) -> Layout:
    """The layout of a file, as far as it is not given. Reads its beginning only."""
    with text_of(chunks, encoding) as text:
        lines = [line for line in islice(_lines(text), _LOOKED_AT * 2) if line.strip()]
    named = _NAMED_DELIMITER.fullmatch(lines[0]) if lines else None
    if named:
        lines = lines[1:]
    delimiter = delimiter or (named[1] if named and named[1] in DELIMITERS else _delimiter(lines))
    first = next(_records(iter(lines), delimiter), None)
    cells = [] if first is None else [*first.cells][:MOST_COLUMNS]
    is_header = not any(_IS_DATA.fullmatch(cell.strip()) for cell in cells) if has_header is None else has_header
    if is_header:
        return Layout(delimiter, True, _distinct(cells))
    width = max((len(row.cells) for row in islice(_records(iter(lines), delimiter), _LOOKED_AT)), default=0)
    return Layout(delimiter, False, _distinct([""] * min(width, MOST_COLUMNS)))


def rows(chunks: Iterable[bytes], encoding: str, layout: Layout) -> Iterator[Row]:
    """The rows below the header. Rows without any content are none; each one that stands out is told with its fault."""
    with text_of(chunks, encoding) as text:
        found = _records(_lines(text), layout.delimiter, width=len(layout.names))
        if layout.has_header:
            next(found, None)
        for row in found:
            yield _fitted(row, len(layout.names))


def _fitted(row: Row, width: int) -> Row:
    """The row with as many cells as there are columns; too few are usual, too many tell of a fault."""
    count = len(row.cells)
    if count == width or row.trouble:
        return row
    if count < width:
        return replace(row, cells=[*row.cells, *[""] * (width - count)])
    if not any(cell.strip() for cell in row.cells[width:]):
        return replace(row, cells=row.cells[:width])
    return replace(row, trouble=_("The row has %(n)d cells, the file has %(of)d columns.") % {"n": count, "of": width})


def _records(lines: Iterator[str], delimiter: str, *, width: int = 0) -> Iterator[Row]:
    """Rows from lines. `width`: how many cells a row should have, by which a stray quotation mark is noticed."""
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.begin()
        trouble = ""
        try:
            cells = next(reader)
            if len(feed.taken) > 1 and width and len(cells) != width:
                raise _Endless
        except StopIteration:
            return
        except _Endless:
            feed.only_first()
            cells, trouble = feed.taken[0].rstrip("\r\n").split(delimiter), _("A quotation mark is not closed.")
        except csv.Error:
            feed.only_first()
            cells = feed.taken[0].rstrip("\r\n").split(delimiter)
            trouble = _("A cell is too long. 131,072 characters are possible.")
        if feed.is_cut:
            trouble = _("The row is too long. A million characters are possible.")
        if trouble or any(cell and not cell.isspace() for cell in cells):
            is_hint = feed.first == 1 and not trouble and _NAMED_DELIMITER.fullmatch(feed.taken[0])
            if not is_hint:
                yield Row(feed.first, cells, trouble)


class _Feed:
    """Hands lines to csv.reader one by one, and knows which ones a row was made of."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._back: deque[str] = deque()
        self._number = 0
        self.first = 0
        self.taken: list[str] = []
        self._size = 0
        self.is_cut = False

    def begin(self) -> None:
        """The next line begins a row."""
        self.first, self.taken, self._size, self.is_cut = self._number + 1, [], 0, False

    def only_first(self) -> None:
        """Of all that was taken only the first line is this row; the others are read again."""
        self._back.extendleft(reversed(self.taken[1:]))
        self._number = self.first
        del self.taken[1:]

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _MOST_LINES or self._size > _LONGEST_ROW:
            raise _Endless
        try:
            line = self._back.popleft() if self._back else next(self._lines)
        except StopIteration:
            if self.taken:
                raise _Endless from None
            raise
        self._number += 1
        self.taken.append(line)
        self._size += len(line)
        if len(line) > _LONGEST_ROW:
            self.is_cut = True
            return line[:100]
        return line


def _lines(text: TextIO) -> Iterator[str]:
    """Lines with their ends; of one that is too long only the beginning, which is longer than a row may be."""
    while line := text.readline(_LONGEST_ROW + 1):
        yield line
        while len(line) > _LONGEST_ROW and line[-1] not in "\r\n":
            line = text.readline(_LONGEST_ROW + 1)
            if not line:
                return


def _delimiter(lines: Sequence[str]) -> str:
    """What parts the cells: that by which most rows have the same number of cells, and more than one."""
    best, most = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row.cells) for row in islice(_records(iter(lines), delimiter), _LOOKED_AT))
        several = Counter({width: n for width, n in widths.items() if width > 1})
        if not several:
            continue
        width, agreeing = several.most_common(1)[0]
        score = agreeing / widths.total(), width
        if score > most:
            best, most = delimiter, score
    return best


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of columns: none is empty, and none is there twice."""
    used: Counter[str] = Counter()
    distinct = []
    for number, name in enumerate(names, 1):
        name = " ".join(shown(name).replace("\ufeff", "").split())[:100] or _("Column %(n)d") % {"n": number}
        used[name] += 1
        distinct.append(name if used[name] == 1 else f"{name} ({used[name]})")
    return distinct
