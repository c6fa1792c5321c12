"""How likely two accounts are one person's, and why. Free of Django.

The weights of evidence add up, as natural logarithms of how much more often it is seen with one person's accounts than
with two people's (Fellegi and Sunter 1969). What many share says less: each weight falls with the number of accounts
that have the same value, as counted while candidates were looked for. The sum is turned into a probability.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from contacts.matching import handles, names
from contacts.matching.facts import RECORD, Facts
from contacts.matching.keys import Key, spelled_alike

Reason = dict[str, Any]
# From here on a colleague is asked.
THRESHOLD = 0.5
# What two accounts that share any key start from: most of them are two people's.
_PRIOR = -4.0


class Score(NamedTuple):
    """The probability that two accounts are one person's, and the reasons for and against, weightiest first."""

    probability: float
    reasons: list[Reason]


def score(one: Facts, other: Facts, counts: Mapping[Key, int] | None = None) -> Score:
    """Compare two accounts. `counts`: how many accounts have a key, where it is known; two by default.

    The same whichever comes first, but for the order in which the reasons name the two.
    """
    shared = counts or {}
    reasons = [
        *_names(one, other, shared),
        *_handles(one, other, shared),
        *_typed(one, other, shared),
        *_links(one, other, shared),
        *_places(one, other),
        *_records(one, other, shared),
    ]
    reasons.sort(key=lambda reason: (-abs(reason["weight"]), reason["kind"]))
    total = _PRIOR + math.fsum(reason["weight"] for reason in reasons)
    return Score(1 / (1 + math.exp(-max(-30.0, min(30.0, total)))), reasons)


def _rarity(counts: Mapping[Key, int], key: Key, slope: float) -> float:
    """How much a value says less for being had by more than two."""
    return slope * math.log(max(1, counts.get(key, 2) - 1))


def _reason(kind: str, weight: float, **particulars: Any) -> Reason:
    return {"kind": kind, "weight": round(weight, 2), **particulars}


_NAME_WEIGHTS = {"same": 5.6, "nickname": 5.0, "alike": 4.0, "part": 1.2}


def _names(one: Facts, other: Facts, counts: Mapping[Key, int]) -> Iterator[Reason]:
    level, share = names.compare(one.name_parts, other.name_parts)
    shown = {"a": one.name[:80], "b": other.name[:80]}
    if level is None:
        yield from _name_in_handle(one, other, counts)
        yield from _name_in_handle(other, one, counts)
        return
    if level == "differ":
        # Who writes under a pen name somewhere is not refuted by it.
        pen_name = min(len(one.name_parts), len(other.name_parts)) == 1
        yield _reason("name", -1.5 if pen_name else -2.5 if share > 0 else -5.0, level="differ", **shown)
        return
    keys = {names.key(one.name), names.key(other.name)}
    weight = _NAME_WEIGHTS[level] - max(_rarity(counts, ("name", key), 1.2) for key in keys)
    single = max(len(one.name_parts), len(other.name_parts)) == 1
    common = names.is_common(one.name) or names.is_common(other.name)
    if single and level == "same":
        weight -= 1.0
    if common and level != "part":
        weight -= 1.1
    weight = max(weight, 0.3)
    if level == "same":
        yield _reason("name", weight, level="seldom" if weight > 5 else "same", **shown)
    else:
        yield _reason("name", weight, level=level, **shown)


def _name_in_handle(named: Facts, handled: Facts, counts: Mapping[Key, int]) -> Iterator[Reason]:
    """Where one shows no name, or one in another script, its handle may be made of the other's."""
    share = handles.made_of(handled.handle, named.name_parts)
    if share < 0.4 or handles.compare(named.handle, handled.handle)[0] == "same":
        return
    weight = 7.5 * (share - 0.2) if share > 0.75 else 2.5 * share
    weight -= _rarity(counts, ("handle", handles.stem(handled.handle)), 1.2)
    if names.is_common(named.name):
        weight -= 1.5
    yield _reason("handle", max(weight, 0.2), level="name", handle=handled.handle[:80], name=named.name[:80])


def _handles(one: Facts, other: Facts, counts: Mapping[Key, int]) -> Iterator[Reason]:
    level, alike = handles.compare(one.handle, other.handle)
    if level is None or RECORD in (one.network, other.network):
        return
    shown = {"a": one.handle[:80], "b": other.handle[:80]}
    stem = handles.stem(one.handle)
    if level == "differ":
        # People have handles as they come, but somebody who says nothing else is somebody else.
        yield _reason("handle", -0.4, level="differ", **shown)
        return
    length = min(len(stem), len(handles.stem(other.handle)))
    if level == "same":
        value = handles.bare(one.handle) if _equal(one, other) else stem
        weight = min(6.2, 0.7 * len(value) + 1.2) - _rarity(counts, ("handle", value), 1.2)
        weight -= 0 if _equal(one, other) else 1.0
    else:
        weight = 1.0 + max(0.0, alike - 0.84) / 0.16 * 0.55 * min(length, 10)
        weight -= _rarity(counts, ("handle_ends", stem[:3] + stem[-3:]), 1.2)
    if handles.is_common(one.handle) or handles.is_common(other.handle):
        weight -= 2.0
    if not one.name_parts and not other.name_parts:
        # All that they chose to be known by.
        weight += 0.6
    # A handle that is made of the name repeats what the name has said.
    if names.compare(one.name_parts, other.name_parts)[0] in ("same", "nickname", "alike"):
        said = max(handles.made_of(one.handle, one.name_parts), handles.made_of(other.handle, other.name_parts))
        weight *= 1 - 0.5 * said
    yield _reason("handle", max(weight, 0.2), level=level, **shown)


def _equal(one: Facts, other: Facts) -> bool:
    return handles.bare(one.handle) == handles.bare(other.handle)


def _typed(one: Facts, other: Facts, counts: Mapping[Key, int]) -> Iterator[Reason]:
    for value in sorted(one.phones & other.phones)[:3]:
        yield _reason("phone", max(0.5, 6.0 - _rarity(counts, ("phone", value), 1.5)), ending=value[-4:])
    for value in sorted(one.emails & other.emails)[:3]:
        yield _reason("email", max(0.5, 6.0 - _rarity(counts, ("email", value), 1.5)), masked=masked(value))
    for value in sorted(one.orders & other.orders)[:3]:
        yield _reason("order", max(0.5, 5.2 - _rarity(counts, ("order", value), 1.5)), value=value)


def masked(address: str) -> str:
    """An e-mail address that whoever knows it recognises: "dana@example.org" → "d…@example.org"."""
    local, _, host = address.partition("@")
    return f"{local[:1]}…@{host}"


def _links(one: Facts, other: Facts, counts: Mapping[Key, int]) -> Iterator[Reason]:
    for here, there in ((one, other), (other, one)):
        if named := sorted(here.links & there.addresses):
            yield _reason("bio_link", 5.8, to=f"@{there.handle.lstrip('@')}" if there.handle else named[0])
    for link in sorted((one.links & other.links) - one.addresses - other.addresses)[:2]:
        yield _reason("shared_link", max(0.5, 4.0 - _rarity(counts, ("link", link), 1.5)), link=link)


def _places(one: Facts, other: Facts) -> Iterator[Reason]:
    if not one.place or not other.place:
        return
    shown = {"a": (one.city or one.location)[:80], "b": (other.city or other.location)[:80]}
    alike = spelled_alike(one.place, other.place)
    if one.place == other.place or alike >= 0.92:
        yield _reason("location", 1.6 if one.place == other.place else 1.1, level="same", value=shown["a"])
    elif one.place not in other.place and other.place not in one.place:
        yield _reason("location", -0.5, level="differ", **shown)


def _records(one: Facts, other: Facts, counts: Mapping[Key, int]) -> Iterator[Reason]:
    yield from _births(one, other)
    if one.number and one.number == other.number:
        yield _reason("id_number", 6.0 - _rarity(counts, ("number", one.number), 1.5), ending=one.number[-4:])
    if one.zip and one.zip == other.zip:
        yield _reason("postal_code", 2.0, value=one.postal_code[:20])
    if one.way and other.way:
        shown = {"a": one.street[:80], "b": other.street[:80]}
        if one.way == other.way:
            yield _reason("street", 4.0, level="same", value=one.street[:80])
        elif (alike := spelled_alike(" ".join(one.way), " ".join(other.way))) >= 0.85 or _most(one.way, other.way):
            yield _reason("street", 3.0 if alike >= 0.85 else 2.0, level="alike", **shown)
    if one.network == RECORD == other.network:
        yield _reason("same_network", -0.5)
    elif one.network and one.network == other.network:
        yield _reason("same_network", -1.5)
    ours, theirs = dict(one.records), dict(other.records)
    for system in sorted(ours.keys() & theirs.keys()):
        if ours[system] != theirs[system] and not one.network == RECORD == other.network:
            yield _reason("record_keys", -3.0, system=system)


def _births(one: Facts, other: Facts) -> Iterator[Reason]:
    if not one.born or not other.born:
        return
    if one.born == other.born:
        yield _reason("birth_date", 5.5, level="same")
    elif _one_slip(one.born, other.born):
        yield _reason("birth_date", 3.0, level="alike")
    else:
        yield _reason("birth_date", -2.5, level="differ")


def _one_slip(one: str, other: str) -> bool:
    """Whether two dates differ by one digit, by two that changed places, or by day and month."""
    if one == other[:4] + other[6:] + other[4:6]:
        return True
    apart = [place for place in range(8) if one[place] != other[place]]
    if len(apart) == 1:
        return True
    return len(apart) == 2 and one[apart[0]] == other[apart[1]] and one[apart[1]] == other[apart[0]]


def _most(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two streets share a word that is not a number."""
    return any(word.isalpha() and len(word) >= 4 for word in set(one) & set(other))
