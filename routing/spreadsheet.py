"""Reading tables of messages (CSV) row by row, however large, with errors that say what to do."""

import contextlib
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

_LONGEST_FIELD = 2**31 - 1
_DELIMITERS = (",", ";", "\t")


class BadSpreadsheet(Exception):
    """A table that cannot be read; the message names it and the remedy."""


def rows(file: str, required: Sequence[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file (`-`: standard input) in UTF-8, with column names in lower case; what is missing is empty.

    Commas, semicolons and tabs are understood. Raises `BadSpreadsheet`.
    """
    # The default limit is 128 KiB; an e-mail may be longer.
    csv.field_size_limit(_LONGEST_FIELD)
    name = "standard input" if file == "-" else file
    with contextlib.ExitStack() as stack:
        binary: BinaryIO = sys.stdin.buffer if file == "-" else stack.enter_context(_opened(file))
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        stack.callback(text.detach)
        reader = None
        try:
            reader = _reader(text, name, required)
            for row in reader:
                yield {key: value or "" for key, value in row.items() if key is not None}
        except UnicodeDecodeError as error:
            near = f", after line {reader.line_num}" if reader else ""
            raise BadSpreadsheet(
                f"{name} is not UTF-8 ({error.reason} at byte {error.object[error.start]:#04x}{near}). "
                "Save it as “CSV UTF-8” or convert it with iconv."
            ) from error
        except csv.Error as error:
            raise BadSpreadsheet(f"{name} is not a table ({error}). Save it as CSV.") from error


def _opened(file: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except OSError as error:
        reason = error.strerror or "cannot be opened"
        raise BadSpreadsheet(f"{file}: {reason}. Give the path of a CSV file, or - for standard input.") from error


def _reader(text: io.TextIOWrapper, name: str, required: Sequence[str]) -> "csv.DictReader[str]":
    """A reader with the delimiter under which the first line has the required columns."""
    header = text.readline()
    if not header.strip():
        raise BadSpreadsheet(f"{name} is empty. Its first line must name the columns, among them {_listed(required)}.")
    for delimiter in _DELIMITERS:
        columns = [column.strip().lower() for column in next(csv.reader([header], delimiter=delimiter))]
        if set(required) <= set(columns):
            return csv.DictReader(text, columns, delimiter=delimiter)
    columns = next(csv.reader([header]))
    missing = [column for column in required if column not in {each.strip().lower() for each in columns}]
    raise BadSpreadsheet(
        f"{name} has no column {_listed(missing)}; its columns are {_listed(columns[:20])}. Name it in the first line."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name.strip()[:40]}”" for name in names)
