"""Numbers of rows, as browsers and addresses hand them in."""

from collections.abc import Iterable


def row_number(text: object) -> int | None:
    """The number that a text is; None for anything that cannot be a row's, however long."""
    said = str(text)
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None


def row_numbers(texts: Iterable[str]) -> list[int]:
    """Those that can be a row's, in their order."""
    return [number for text in texts if (number := row_number(text)) is not None]
