"""Divides a text that a network finds too long into posts that it takes, at the ends of sentences or words. Pure."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from connectors.graphemes import clusters

MOST = 25
# Between words; after the marks that end a sentence or a clause where no space follows.
_BORDER = re.compile(r"\s+|(?<=[。！？、，])(?=\S)")
_SENTENCE_ENDS = ".!?…。！？؟।"
# A sentence's end is worth no more than this share of the room.
_WORTH = 0.4


class Unsplittable(ValueError):
    """The text cannot be divided into posts that the network takes; says why in a word: `many` or `narrow`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One post: its words as they are sent, and how many of them at the end are its number. `gap` is what stood between
    it and the next one."""

    text: str
    gap: str = ""
    number: int = 0

    @property
    def words(self) -> str:
        """Without its number."""
        return self.text[: len(self.text) - self.number]


@dataclass(frozen=True, slots=True)
class _Border:
    end: int
    start: int
    ends_sentence: bool


def split(text: str, limit: int, length: Callable[[str], int], *, numbered: bool = False) -> list[Part]:
    """The posts that `text` goes out as, none longer than `limit` by the network's own `length`.

    Words and gaps in their order are the text again, without the space around it. `numbered` puts "2/5" at the end of
    each; posts that would say the same are always numbered, for networks take no text twice. Raises Unsplittable.
    """
    text = text.strip()
    if length(text) <= limit:
        return [Part(text)]
    if not numbered:
        plain = _cut(text, lambda words, _n: length(words) <= limit)
        if len({one.text for one in plain}) == len(plain):
            return plain
    for most in (9, 99):
        found = _cut(text, partial(_fits_with_number, limit, length, most))
        if len(found) <= most:
            numbers = [f" {n}/{len(found)}" for n in range(1, len(found) + 1)]
            return [Part(one.text + number, one.gap, len(number)) for one, number in zip(found, numbers, strict=True)]
    raise Unsplittable("many")


def join(parts: list[Part]) -> str:
    """The text that was divided."""
    return "".join(one.words + one.gap for one in parts).strip()


def _fits_with_number(limit: int, length: Callable[[str], int], most: int, words: str, n: int) -> bool:
    return length(f"{words} {n}/{most}") <= limit


def _cut(text: str, fits: Callable[[str, int], bool]) -> list[Part]:
    """Posts from the beginning on, each as long as it can be and still end where a sentence does."""
    places = list(accumulate(map(len, clusters(text)), initial=0))
    borders = _borders(text, set(places))
    ends = [border.end for border in borders]
    parts: list[Part] = []
    start = 0
    while start < len(text):
        if len(parts) == MOST:
            raise Unsplittable("many")
        end, after = _end(text, start, len(parts) + 1, fits, places, borders, ends)
        parts.append(Part(text[start:end], text[end:after]))
        start = after
    return parts


def _end(
    text: str,
    start: int,
    number: int,
    fits: Callable[[str, int], bool],
    places: list[int],
    borders: list[_Border],
    ends: list[int],
) -> tuple[int, int]:
    """Where the post that begins at `start` ends, and where the next one begins."""
    if fits(text[start:], number):
        return len(text), len(text)
    first = bisect_right(places, start)
    furthest = _most(first, len(places) - 1, lambda at: fits(text[start : places[at]], number))
    if furthest < first:
        raise Unsplittable("narrow")
    reach = places[furthest]
    low, high = bisect_right(ends, start), bisect_right(ends, reach)
    within = [one for one in borders[low:high] if fits(text[start : one.end], number)]
    enough = start + (reach - start) * _WORTH
    sentences = [one for one in within if one.ends_sentence and one.end >= enough]
    if chosen := (sentences or within)[-1:]:
        return chosen[0].end, chosen[0].start
    return reach, reach


def _most(low: int, high: int, fits: Callable[[int], bool]) -> int:
    """The largest number for which `fits` holds, as far as it holds up to there; `low - 1` where it never does."""
    best = low - 1
    while low <= high:
        middle = (low + high) // 2
        if fits(middle):
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return best


def _borders(text: str, whole: set[int]) -> list[_Border]:
    """Where a post may end without cutting a word, or a character that is written with several."""
    found = []
    for match in _BORDER.finditer(text):
        end, start = match.span()
        if end in whole and start in whole:
            before = text[max(0, end - 4) : end].rstrip("\"'”’»)")[-1:]
            found.append(_Border(end, start, "\n" in match[0] or before in _SENTENCE_ENDS))
    return found
