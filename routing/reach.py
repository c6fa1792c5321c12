"""Which earlier rules take all that a later one would take. Looked up by words: a thousand rules are quick."""

from collections.abc import Iterable, Sequence

from routing.literals import Literal
from routing.logic import Case, covers
from routing.wording import Phrase
from routing.words import runs

_WORDS = ("text", "words")


class Reach:
    """The cases of rules that end the search, in their order."""

    def __init__(self) -> None:
        self._always: list[tuple[int, Case]] = []
        self._by_word: dict[str, list[tuple[int, Case]]] = {}

    def add(self, rule: int, cases: Iterable[Case]) -> None:
        """One more rule, after all others."""
        for case in cases:
            keys = _keys(case)
            if keys is None:
                self._always.append((rule, case))
            for key in keys or ():
                self._by_word.setdefault(key, []).append((rule, case))

    def before(self, cases: Sequence[Case]) -> list[int]:
        """The rules that together match wherever one of these cases holds; none where something is left over."""
        found: dict[int, None] = {}
        for case in cases:
            rule = next((rule for rule, wide in self._candidates(case) if covers(wide, case)), None)
            if rule is None:
                return []
            found[rule] = None
        return list(found)

    def _candidates(self, case: Case) -> Iterable[tuple[int, Case]]:
        yield from self._always
        for word in dict.fromkeys(word for one in _said(case) for phrase in one.values for word in runs(phrase)):
            yield from self._by_word.get(word, ())


def _said(case: Case) -> list[Literal]:
    return [one for one in case if one.topic == _WORDS and one.holds]


def _keys(case: Case) -> set[str] | None:
    """Words of which a case that is covered by this one has at least one; None where no such words are known."""
    for one in _said(case):
        keys = {Phrase(value).key for value in one.values}
        if "" not in keys:
            return keys
    return None
