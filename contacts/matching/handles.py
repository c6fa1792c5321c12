"""How far the handles of two accounts agree, and whether a handle is made of a name. Free of Django."""

import re
from typing import Literal

from rapidfuzz.distance import JaroWinkler

from contacts.matching.names import full
from contacts.matching.nicknames import COMMON_FAMILY, COMMON_GIVEN, FULL_NAME
from contacts.names import fold
from people.memory import forgettable

Level = Literal["same", "alike", "differ"]

_LONGEST = 200
_NOT_WORD = re.compile(r"[\W_]+")
_DIGITS_AT_END = re.compile(r"\d{1,6}$")
# LinkedIn's addresses end in a key of the profile where the name was taken.
_KEY_AT_END = re.compile(r"-(?=[0-9a-f]*\d)[0-9a-f]{6,10}$")
# Words that accounts put before or behind a name.
_BEFORE = (
    "congresswoman", "congressman", "representative", "senator", "official", "governor", "president", "mayor", "the",
    "real", "mrs", "iam", "rep", "sen", "gov", "mr", "ms", "dr", "im", "its", "hey", "ask",
)  # fmt: skip
_BEHIND = (
    "official",
    "online",
    "press",
    "writes",
    "codes",
    "music",
    "photo",
    "real",
    "blog",
    "dev",
    "tv",
    "hq",
    "yt",
    "app",
)
_ALIKE = 0.87
_SHORTEST = 4


@forgettable(20_000)
def bare(handle: str) -> str:
    """The handle without what its network adds: addresses, servers, keys; letters and digits alone, folded."""
    text = fold(handle[:_LONGEST]).strip().rstrip("/")
    if "://" in text or "/" in text:
        text = text.partition("?")[0].rsplit("/", 1)[-1]
    text = text.lstrip("@")
    text = text.partition("@")[0] or text
    if text.endswith(".bsky.social"):
        text = text.removesuffix(".bsky.social")
    elif "." in text and len(_NOT_WORD.sub("", text)) > _SHORTEST and not text.rsplit(".", 1)[-1].isdigit():
        text = _without_ending(text)
    found = _NOT_WORD.sub("", _KEY_AT_END.sub("", text))
    # Where no handle was chosen, networks show a number, which is nobody's choice.
    return "" if found.isdecimal() else found


def _without_ending(text: str) -> str:
    """A domain that stands for a handle says it without its ending; other handles have their points anywhere."""
    head, _, ending = text.rpartition(".")
    return head if ending in _ENDINGS else text


_ENDING_WORDS = "com net org dev io me app blog social codes de fr es uk us eu co page xyz info tech ca nl jp"
_ENDINGS = frozenset(_ENDING_WORDS.split())


@forgettable(20_000)
def stem(handle: str) -> str:
    """The bare handle without digits at its end and words that say nothing of the person: "RepJaneDoe4" → "janedoe"."""
    text = bare(handle)
    text = _DIGITS_AT_END.sub("", text) or text
    for word in _BEFORE:
        if text.startswith(word) and len(text) - len(word) >= _SHORTEST:
            text = text.removeprefix(word)
            break
    for word in _BEHIND:
        if text.endswith(word) and len(text) - len(word) >= _SHORTEST:
            text = text.removesuffix(word)
            break
    return text


def compare(one: str, other: str) -> tuple[Level | None, float]:
    """How far two handles agree, and how alike they are (0 to 1); None where one has none."""
    first, second = bare(one), bare(other)
    if not first or not second:
        return None, 0.0
    if first == second or stem(one) == stem(other):
        return "same", 1.0
    short, long = sorted((stem(one), stem(other)), key=lambda text: (len(text), text))
    alike: float = JaroWinkler.similarity(short, long)
    if len(short) >= 5 and short in long:
        alike = max(alike, 0.96 if long.endswith(short) else 0.9)
    elif _given(short, long):
        # Two who have a given name in common and go on with another one.
        alike = min(alike, _ALIKE)
    elif short[:1] == long[:1] and (same := _same_end(short, long)) >= 5:
        alike = max(alike, 0.9 + 0.06 * same / len(short))
    return ("alike" if len(short) >= _SHORTEST and alike >= _ALIKE else "differ"), alike


def _given(short: str, long: str) -> bool:
    """Whether two handles begin with the same given name, and what follows is not alike."""
    same = next((size for size in range(len(short)) if short[size] != long[size]), len(short))
    if not any(short[:size] in _GIVEN for size in range(4, same + 1)):
        return False
    return float(JaroWinkler.similarity(short[same:], long[same:])) < 0.8


def _same_end(short: str, long: str) -> int:
    """How many letters two handles end in alike; none where that is a name that many people have."""
    same = next((size for size in range(len(short)) if short[-1 - size] != long[-1 - size]), len(short))
    return 0 if short[len(short) - same :] in COMMON_FAMILY else same


_GIVEN = COMMON_GIVEN | FULL_NAME.keys()


def is_common(handle: str) -> bool:
    """Whether the handle is one name that many people have, or so short that anybody may have chosen it."""
    text = stem(handle)
    return len(bare(handle)) <= 3 or text in COMMON_GIVEN or text in COMMON_FAMILY or text in FULL_NAME


@forgettable(20_000)
def made_of(handle: str, name: tuple[str, ...]) -> float:
    """How much of a handle a name accounts for: from 0 (nothing) to 1 (all of it, with two parts of the name in it).

    An initial and a family name are less than both in full, and one part alone is less again.
    """
    text = stem(handle)
    parts = [one for one in name if one.isalnum()]
    if len(text) < 3 or not parts:
        return 0.0
    left, in_full, family, initials = text, 0, False, list[str]()
    for part in sorted(parts, key=lambda one: (-len(one), one)):
        found = next((form for form in _forms(part) if form in left), "")
        if found:
            left, in_full = left.replace(found, "", 1), in_full + 1
            family = family or part == parts[-1]
        else:
            initials.append(part[0])
    short = 0
    for initial in initials:
        if initial in left and len(left) <= len(initials):
            left, short = left.replace(initial, "", 1), short + 1
    if not in_full:
        return 0.0
    explained = ((len(text) - len(left)) / len(text)) ** 2
    return explained * (1.0 if in_full > 1 else 0.85 if short and family else 0.6)


@forgettable(5_000)
def _forms(part: str) -> tuple[str, ...]:
    """A part of a name as it may stand in a handle: itself, then its short forms, the longest first."""
    others = sorted({full(part), *_short_forms(part)} - {part}, key=lambda one: (-len(one), one))
    return tuple(one for one in (part, *others) if len(one) > 2)


@forgettable(5_000)
def _short_forms(name: str) -> frozenset[str]:
    whole = full(name)
    return frozenset(one for one, of in FULL_NAME.items() if of == whole)
