"""Cells that a spreadsheet takes for what they are: text, and no formula."""

# What a formula may begin with: https://owasp.org/www-community/attacks/CSV_Injection
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """The value as a cell; with an apostrophe before it where a spreadsheet would read a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_BEGINNINGS) else text
