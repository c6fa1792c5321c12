"""The hand-written lexicons: which words carry the same intent, and which department that speaks for.

Read by the training, whose artefact carries what the classifier needs of them, and by the rules on complaints and other
wants (complaint.py, wants.py). The format is in lexicons/README.md.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from routing.words import is_unspaced, normal, tokens

FOLDER = Path(__file__).parent / "lexicons"
FILES = ("sales", "support", "pr", "marketing", "noise", "form")


class BadLexicon(ValueError):
    """A line of a lexicon that cannot be read."""


@dataclass
class Lexicon:
    """Concepts, their leanings (one dictionary of department and weight a concept), and which words stand for them."""

    concepts: list[str] = field(default_factory=list)
    leanings: list[dict[str, float]] = field(default_factory=list)
    words: dict[str, list[int]] = field(default_factory=dict)
    stems: dict[str, list[int]] = field(default_factory=dict)
    pairs: dict[str, list[int]] = field(default_factory=dict)

    def concepts_of(self, word: str) -> set[int]:
        """The concepts that a normalised word stands for, by itself or by its beginning."""
        found = set(self.words.get(word, ()))
        for end in range(2, len(word) + 1):
            found.update(self.stems.get(word[:end], ()))
        return found


def read(folder: Path = FOLDER) -> Lexicon:
    """All lexicons of a folder. Raises `BadLexicon` with the line that cannot be read."""
    lexicon = Lexicon()
    for name in FILES:
        for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                _begin(lexicon, line)
            elif line.strip():
                _, colon, entries = line.partition(": ")
                if not colon:
                    raise BadLexicon(f"{name}.txt: {line!r} has no language; write “en: word word”.")
                for entry in entries.split():
                    _add(lexicon, entry)
    return lexicon


def concepts(words: list[str]) -> list[frozenset[str]]:
    """The names of the concepts of each normalised word, and of each two neighbours; a pair counts once, not again as
    its words. What stands for nothing is left out."""
    found: list[frozenset[str]] = []
    at = 0
    pairs, begins = _named_pairs()
    while at < len(words):
        pair = pairs.get(" ".join(words[at : at + 2])) if words[at] in begins else None
        if names := pair or _named(words[at]):
            found.append(names)
        at += 2 if pair else 1
    return found


@lru_cache(maxsize=1)
def _shipped() -> Lexicon:
    return read()


@lru_cache(maxsize=1)
def _named_pairs() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    lexicon = _shipped()
    pairs = {pair: frozenset(lexicon.concepts[at] for at in found) for pair, found in lexicon.pairs.items()}
    return pairs, frozenset(pair.partition(" ")[0] for pair in pairs)


@lru_cache(maxsize=50_000)
def _named(word: str) -> frozenset[str]:
    lexicon = _shipped()
    return frozenset(lexicon.concepts[at] for at in lexicon.concepts_of(word))


def _begin(lexicon: Lexicon, line: str) -> None:
    title, _, leaning = line.partition("|")
    lexicon.concepts.append(title[1 : title.index("]")])
    weights = (part.split() for part in leaning.split(",") if part.strip())
    lexicon.leanings.append({department: float(weight) for department, weight in weights})


def _add(lexicon: Lexicon, entry: str) -> None:
    if entry.endswith("*"):
        kind, key = lexicon.stems, normal(entry[:-1])
    else:
        parts = tokens(entry) if is_unspaced(entry) else (entry.split("_") if len(entry) > 1 else [entry])
        if len(parts) > 2:
            raise BadLexicon(f"{entry!r} is longer than two words.")
        kind, key = (lexicon.pairs if len(parts) == 2 else lexicon.words), " ".join(map(normal, parts))
    concept = len(lexicon.concepts) - 1
    if concept not in kind.setdefault(key, []):
        kind[key].append(concept)
