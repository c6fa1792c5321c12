"""Which earlier rules take all that a later one would take, looked up by what they ask for."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice

from routing.literals import Literal
from routing.logic import Case, covers
from routing.wording import Phrase
from routing.words import runs

MOST_LOOKED_AT = 100
"""Cases of earlier rules that are compared with one; where there are more, some may be overlooked."""

# Values of these count for others as well: “pt” for “pt-BR”, a domain for those below it.
_WIDE = frozenset({"language", "link", "email_domain"})


class Reach:
    """The cases of rules that end the search, in their order."""

    def __init__(self) -> None:
        self._cases: dict[Hashable, list[tuple[int, Case]]] = {}

    def add(self, rule: int, cases: Iterable[Case]) -> None:
        """One more rule, after all others."""
        for case in cases:
            for key in _kept_under(case):
                self._cases.setdefault(key, []).append((rule, case))

    def before(self, cases: Sequence[Case]) -> list[int]:
        """The rules that together match wherever one of these cases holds; none where something is left over."""
        found: dict[int, None] = {}
        for case in cases:
            some = islice(self._candidates(case), MOST_LOOKED_AT)
            rule = next((rule for rule, wide in some if covers(wide, case)), None)
            if rule is None:
                return []
            found[rule] = None
        return list(found)

    def _candidates(self, case: Case) -> Iterator[tuple[int, Case]]:
        for key in dict.fromkeys(_looked_up_by(case)):
            yield from self._cases.get(key, ())


def _kept_under(case: Case) -> Iterable[Hashable]:
    """Keys of which every case that is covered by this one is looked up by one: those of its most telling literal."""
    best: Iterable[Hashable] | None = None
    for one in case:
        if one.holds and one.topic[1] == "words":
            words = {Phrase(value).key for value in one.values}
            if "" not in words:
                return [(one.topic, word) for word in words]
        elif _is_exact(one):
            best = [(one.topic, value) for value in one.values]
        else:
            best = best or [one.topic]
    return best or [None]


def _looked_up_by(case: Case) -> Iterator[Hashable]:
    yield None
    for one in case:
        if one.holds and one.topic[1] == "words":
            yield from ((one.topic, word) for word in runs(min(one.values)))
        elif _is_exact(one):
            yield (one.topic, min(one.values))
        yield one.topic


def _is_exact(one: Literal) -> bool:
    return one.holds and one.topic[1] == "names" and one.topic[0] not in _WIDE
