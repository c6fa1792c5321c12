"""By what accounts that may be one person's are found, without comparing everybody with everybody. Free of Django.

Two accounts are compared where they share a key. A key that many share tells nothing alone (see contacts/match.py), so
there are joint keys, of a name with a town or of a date of birth with an initial, for what is common by itself.
"""

from collections.abc import Iterator

from rapidfuzz.distance import JaroWinkler

from contacts.matching import handles, names
from contacts.matching.facts import Facts

Key = tuple[str, str]  # kind, value
PROFILE, LINK = "profile", "link"
# Written down when an account is compared, and again when its profile has changed.
OWN = frozenset({"name", "name_at", "sound", "handle", "handle_ends", "born", "address", "number"})
LONGEST = 200
_SHORTEST = 5


def keys(facts: Facts) -> frozenset[Key]:
    """The keys of an account that follow from its profile and its attributes; the same facts give the same keys."""
    found = {*_of_name(facts), *_of_handle(facts), *_of_record(facts)}
    found |= {("phone", one) for one in facts.phones} | {("email", one) for one in facts.emails}
    found |= {("order", one) for one in facts.orders}
    return frozenset((kind, value[:LONGEST]) for kind, value in found)


def _of_name(facts: Facts) -> Iterator[Key]:
    parts = facts.name_parts
    whole = names.key(facts.name) if parts else ""
    if len(whole) < _SHORTEST and not (whole and not whole.isascii()):
        return
    yield "name", whole
    if facts.place:
        yield "name_at", f"{whole}|{facts.place}"
    first, last = names.full(parts[0]), parts[-1]
    if len(parts) < 2:
        return
    yield "sound", " ".join(sorted((sound(first), sound(last))))
    # Whoever shows no name elsewhere may have a handle that is made of it.
    for made in (parts[0] + last, parts[0][0] + last):
        if len(made) >= _SHORTEST:
            yield "handle", "".join(one for one in made if one.isalnum())


def _of_handle(facts: Facts) -> Iterator[Key]:
    whole, stem = handles.bare(facts.handle), handles.stem(facts.handle)
    if len(stem) < 3:
        return
    yield "handle", whole
    yield "handle", stem
    if len(stem) > _SHORTEST:
        yield "handle_ends", f"{stem[:3]}{stem[-3:]}"


def _of_record(facts: Facts) -> Iterator[Key]:
    if facts.born:
        for initial in {part[0] for part in facts.name_parts} or {""}:
            yield "born", f"{facts.born}|{initial}"
    if facts.zip and facts.way:
        # The longest word of a street is the one that is its name.
        yield "address", f"{facts.zip}|{max(facts.way, key=lambda one: (one.isalpha(), len(one), one))[:5]}"
    if len(facts.number) >= _SHORTEST:
        yield "number", facts.number


_SOUNDS = {**dict.fromkeys("bfpvw", "1"), **dict.fromkeys("cgjkqsxzß", "2"), **dict.fromkeys("dt", "3")}
_SOUNDS |= {"l": "4", **dict.fromkeys("mn", "5"), "r": "6"}


def sound(part: str) -> str:
    """How a part of a name sounds, roughly: the first letter and the consonants behind it, alike ones as one (after
    Russell's Soundex, US patent 1261167). Parts in other scripts than Latin stay as they are."""
    if not part[:1].isascii():
        return part
    found, before = part[:1], _SOUNDS.get(part[:1], "")
    for letter in part[1:]:
        code = _SOUNDS.get(letter, "")
        if code and code != before:
            found += code
        if letter not in "hw":
            before = code
    return found[:5]


def spelled_alike(one: str, other: str) -> float:
    """How alike two words or numbers are spelled, from 0 to 1."""
    return float(JaroWinkler.similarity(*sorted((one, other))))
