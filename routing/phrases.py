"""Lists of words and phrases, each with a value, and where a text holds them. Pure.

An entry is a word, a beginning of words (`stem*`) or up to four neighbouring words (`not_working`), in any language; in
Chinese, Japanese and Thai, which are read two characters at a time, a word of any length up to five characters.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from routing.words import is_unspaced, normal, tokens

V = TypeVar("V")
_LONGEST = 4  # words
_SHORTEST_STEM = 3  # characters
_REMEMBERED = 50_000  # words


@dataclass(slots=True)
class Phrases(Generic[V]):
    """Entries with their values."""

    whole: dict[str, V] = field(default_factory=dict)
    stems: dict[str, V] = field(default_factory=dict)
    begins: set[str] = field(default_factory=set)
    remembered: dict[str, V | None] = field(default_factory=dict)

    def add(self, entry: str, value: V) -> None:
        """Take an entry up; one that is there already keeps its place and gets the new value."""
        if entry.endswith("*"):
            self.stems[normal(entry[:-1])] = value
            return
        parts = [normal(one) for one in split(entry)]
        self.whole[" ".join(parts)] = value
        if len(parts) > 1:
            self.begins.add(parts[0])

    def at(self, words: list[str], place: int) -> tuple[V | None, int]:
        """The value of the longest entry that begins at a place of normalised words, and how many words it is long."""
        word = words[place]
        if word in self.begins:
            for length in range(min(_LONGEST, len(words) - place), 1, -1):
                found = self.whole.get(" ".join(words[place : place + length]))
                if found is not None:
                    return found, length
        if word not in self.remembered:
            if len(self.remembered) >= _REMEMBERED:
                self.remembered.clear()
            self.remembered[word] = self._alone(word)
        return self.remembered[word], 1

    def _alone(self, word: str) -> V | None:
        if (found := self.whole.get(word)) is not None:
            return found
        stems = (self.stems.get(word[:end]) for end in range(_SHORTEST_STEM, len(word) + 1))
        return next((value for value in stems if value is not None), None)


def split(entry: str) -> list[str]:
    """The words of an entry, as a text is cut into them."""
    return tokens(entry) if is_unspaced(entry) else entry.split("_")


def sections(path: Path) -> list[tuple[str, list[str]]]:
    """The headings of a file (`[name …]`) with the entries below each. A line may begin with its language (`de: …`)."""
    found: list[tuple[str, list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found.append((line.strip("[]"), []))
        elif line and not line.startswith("#"):
            language, colon, rest = line.partition(": ")
            found[-1][1].extend((rest if colon and len(language) == 2 else line).split())
    return found
