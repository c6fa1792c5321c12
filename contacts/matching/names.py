"""How far the names of two accounts agree, in whatever order and form their parts come. Free of Django."""

import re
import unicodedata
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from contacts.matching.nicknames import COMMON_FAMILY, COMMON_GIVEN, FULL_NAME
from contacts.names import fold
from people.memory import forgettable

Level = Literal["same", "nickname", "alike", "part", "differ"]

_TITLE_WORDS = (
    "mr mrs ms miss mx sir dr prof professor herr frau dipl ing mag phd md mba msc bsc esq jr sr ii iii iv rep sen"
    " senator representative congressman congresswoman gov governor mayor president official the real"
)
_TITLES = frozenset(_TITLE_WORDS.split())
_BREAKS = re.compile(r"[^\w'’`]+|_+")
_QUOTES = str.maketrans("", "", "'’`")
# What is longer is no name; it is compared as far as that.
_LONGEST, _MOST_PARTS = 80, 8
# From where on two spellings of a part are taken for one: few typing errors are further apart (Winkler 1990 took 0.88).
_ALIKE = 0.88


@forgettable(20_000)
def parts(name: str) -> tuple[str, ...]:
    """The parts of a name, given names first, folded, without titles: "Whitlock, Dr. Dana" → ("dana", "whitlock")."""
    name = name[:_LONGEST].partition("(")[0] or name[:_LONGEST]
    folded = fold(name)
    last, comma, first = folded.partition(",")
    ordered = f"{first} {last}" if comma and len(_split(first)) else folded
    found = [one for one in _split(ordered) if any(character.isalpha() for character in one)]
    return tuple([one for one in found if one not in _TITLES][:_MOST_PARTS] or found[:_MOST_PARTS])


def _split(text: str) -> list[str]:
    return [one for one in _BREAKS.split(text.translate(_QUOTES)) if one]


def full(part: str) -> str:
    """The name that a short form stands for, or the name itself."""
    return FULL_NAME.get(part, part)


@forgettable(20_000)
def key(name: str) -> str:
    """The form under which a name is looked up: first and last part, in full, in alphabetical order."""
    found = [one for one in parts(name) if len(one) > 1] or list(parts(name))
    if not found:
        return ""
    return " ".join(sorted({full(found[0]), full(found[-1])}))


def is_common(name: str) -> bool:
    """Whether so many people have this name that it says little of one of them."""
    found = parts(name)
    if len(found) < 2:
        return not found or len(found[0]) < 5 or found[0] in COMMON_GIVEN | COMMON_FAMILY or found[0] in FULL_NAME
    return found[0] in COMMON_GIVEN and found[-1] in COMMON_FAMILY


def compare(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[Level | None, float]:
    """How far two names agree, and the share of their parts that do; None where that cannot be told.

    "part": what both say agrees, and one says less ("Dana", "D. Whitlock"). None for names in different scripts.
    """
    if not one or not other or _script(one) != _script(other):
        return None, 0.0
    if sorted(one) == sorted(other):
        return "same", 1.0
    short, long = sorted((one, other), key=lambda name: (len(name), name))
    matches = _align(short, long)
    agreed = sum(match > 0 for match in matches)
    if agreed < len(short):
        # Middle names go missing, and mean nothing then; who is left with first and last agrees.
        if len(short) >= 3 and len(long) >= 3 and matches[0] > 0 and matches[-1] > 0:
            return "alike", agreed / len(short)
        return "differ", agreed / len(short)
    return _level(short, long, matches), agreed / len(long)


def _level(short: tuple[str, ...], long: tuple[str, ...], matches: list[float]) -> Level:
    if len(short) == 1 and len(long) > 1:
        return "part"
    worst = min(matches)
    if worst == _INITIAL:
        return "part"
    if worst < _NICKNAME:
        return "alike"
    if worst == _NICKNAME:
        return "nickname"
    # Two of three parts: a middle name is left out, or a second family name.
    return "same" if short[0] == long[0] or short[-1] == long[-1] else "alike"


_NICKNAME, _INITIAL = 0.97, 0.5


def _align(short: tuple[str, ...], long: tuple[str, ...]) -> list[float]:
    """For each part of the shorter name how well the best part that is left of the longer one agrees with it."""
    left, found = list(long), []
    for part in short:
        best = max(left, key=lambda one: (agreement(part, one), one))
        value = agreement(part, best)
        if value:
            left.remove(best)
        found.append(value)
    return found


def agreement(one: str, other: str) -> float:
    """How well two parts of a name agree: 1 the same, then short forms, spellings, initials; 0 where they don't."""
    if one == other:
        return 1.0
    if full(one) == full(other):
        return _NICKNAME
    if one + "s" == other or other + "s" == one:
        # Power and Powers, Adam and Adams: names of two families more often than a slip.
        return 0.0
    if len(one) == 1 or len(other) == 1:
        return _INITIAL if one[0] == other[0] else 0.0
    alike: float = JaroWinkler.similarity(*sorted((one, other)))
    if alike >= _ALIKE and min(len(one), len(other)) >= 3:
        return min(alike, 0.96)
    if min(len(one), len(other)) >= 5 and DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1:
        return 0.9
    return 0.0


def _script(name: tuple[str, ...]) -> str:
    """The script of a name, as far as it has to be told apart: that of its first letter."""
    letter = name[0][0]
    if letter.isascii():
        return "LATIN"
    script = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA") else script
