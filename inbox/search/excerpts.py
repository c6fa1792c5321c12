"""The part of a message in which the words stand that were looked for, with the words marked."""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from inbox.search.query import Query

_BEFORE, _LENGTH = 40, 220


def excerpt(text: str, query: Query) -> SafeString:
    """A line or two around the first of the words, each of them marked; the beginning where none of them is found."""
    marks = _pattern(query)
    found = marks.search(text)
    start = max(0, found.start() - _BEFORE) if found else 0
    if start:
        start = text.find(" ", start, found.start() if found else start) + 1 or start
    part = " ".join(text[start : start + _LENGTH].split())
    shown, end = [], 0
    for match in marks.finditer(part):
        shown.append(f"{escape(part[end : match.start()])}<mark>{escape(match[0])}</mark>")
        end = match.end()
    shown.append(escape(part[end:]))
    before, after = "…" if start else "", "…" if len(text) > start + _LENGTH else ""
    return mark_safe(before + "".join(shown) + after)  # noqa: S308 - every part is escaped


def _pattern(query: Query) -> re.Pattern[str]:
    """The words that are looked for, where they stand as words; what begins one only from its beginning."""
    parts = set()
    for term in (term for group in query.groups for term in group if not term.excluded):
        runs = re.findall(r"[^\W_]+", term.text) or [term.text]
        parts |= {(re.escape(run), r"(?![^\W_])") for run in runs[:-1]}
        parts.add((re.escape(runs[-1]), "" if term.prefix or not runs[-1].isascii() else r"(?![^\W_])"))
    either = "|".join(word + end for word, end in sorted(parts, reverse=True)) or "(?!)"
    # Scripts without spaces have no beginnings of words to speak of.
    return re.compile(rf"(?:(?<![^\W_])|(?=[\u2e80-\U0001ffff]))(?:{either})", re.IGNORECASE)
