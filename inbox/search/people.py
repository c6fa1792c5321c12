"""Finding people: by name, handle or address, exactly, by the beginning of a word, or nearly, where somebody mistyped.

Everybody is found once, as the person that merges made of their accounts.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from inbox.patience import FROM_FEW, TooLong, by_itself, patience
from inbox.search import whom
from inbox.search.conditions import Narrowing, Sql, beginning, joined
from inbox.search.query import Query

PAGE = 20
STATEMENT_MS = 300
# Accounts that are looked at; whoever is not among them is found with one more letter.
_LOOKED_AT = 200
# How much of a word's trigrams a name must have to be meant nearly: with two letters in the wrong order, half of them.
_NEARLY, _NEAR_WORD = 0.5, 0.35
_END = "\U0010ffff"

# With fewer than these, those that are nearly meant are shown as well.
_ENOUGH = 3
# How well somebody is meant, the best first.
_EXACT, _START, _WORD, _NEAR = range(4)


class People(NamedTuple):
    """Ids of persons; partial, where looking for all of them took too long."""

    ids: list[int]
    is_partial: bool = False


def find(query: Query, narrowing: Narrowing, size: int = PAGE, *, nearly: bool = True) -> People:
    """The persons that a query means, the best ones first; where there are hardly any, and `nearly` is wanted, those
    whose names come near. At most five statements, each with a limit of time."""
    wanted = [word for text in [*query.words, *narrowing.names] for word in whom.words_of(text)]
    if not wanted and not narrowing.of_persons:
        return People([])
    search = _Search(wanted, narrowing.of_persons, nearly)
    with patience(STATEMENT_MS, **FROM_FEW, **{"pg_trgm.word_similarity_threshold": str(_NEARLY)}):
        search.run()
    ids = list(dict.fromkeys([*_best(search.found, wanted), *search.near]))
    return People(ids[:size], search.is_partial)


def find_others(text: str, *, without: int, size: int) -> People:
    """The persons whom all words of a text mean, the best ones first, without one of them: for a dialog in which
    somebody is chosen. One statement with a limit of time."""
    wanted = whom.words_of(text)
    if not wanted:
        return People([])
    try:
        with patience(STATEMENT_MS, **FROM_FEW), connection.cursor() as cursor:
            cursor.execute(*_words(wanted, [Sql("p.id <> %s", (without,))]))
            return People(_best(cursor.fetchall(), wanted)[:size])
    except TooLong:
        return People([], is_partial=True)


class _Search:
    """One search under way: the words, and who was found with which text."""

    def __init__(self, wanted: Sequence[str], asked: list[Sql], nearly: bool) -> None:
        self.nearly = nearly
        self.wanted, self.asked = wanted, asked
        self.found: list[tuple[int, str]] = []
        self.near: list[int] = []
        self.is_partial = False

    def run(self) -> None:
        """Look for the good ones first, and only as long as there are few."""
        if not self.wanted:
            self.found = self._rows(_all(self.asked))
            return
        # The beginning of a name is one short walk through an index.
        self.found = self._rows(_beginning(" ".join(self.wanted), self.asked))
        if len(self.found) < PAGE:
            self.found += self._rows(_words(self.wanted, self.asked))
        if self.nearly and len(self.found) < _ENOUGH:
            self.near = [person for person, _ in self._rows(_nearly(self.wanted, self.asked))]

    def _rows(self, asked: tuple[str, list[Any]]) -> list[tuple[int, str]]:
        try:
            with by_itself(), connection.cursor() as cursor:
                cursor.execute(*asked)
                return list(cursor.fetchall())
        except TooLong:
            self.is_partial = True
            return []


def _best(found: Iterable[tuple[int, str]], wanted: Sequence[str]) -> list[int]:
    """Everybody once, the best first."""
    ranks: dict[int, tuple[int, str]] = {}
    for person, key in found:
        rank = (_rank(key, wanted), key)
        ranks[person] = min(rank, ranks.get(person, rank))
    return sorted(ranks, key=lambda person: (*ranks[person], person))


def _rank(key: str, wanted: Sequence[str]) -> int:
    if not wanted:
        return _EXACT
    whole = " ".join(wanted)
    if key == whole or key.startswith(f"{whole} ") or whole in key.split():
        return _EXACT
    if key.startswith(whole):
        return _START
    return _WORD if all(key.startswith(word) or f" {word}" in key for word in wanted) else _NEAR


def _beginning(whole: str, asked: list[Sql]) -> tuple[str, list[Any]]:
    narrowed = joined(asked)
    return (
        "SELECT p.id, p.sort_key FROM contacts_contact p WHERE p.root_id IS NULL AND NOT p.is_us"  # noqa: S608
        f" AND p.sort_key >= %s AND p.sort_key < %s AND p.sort_key LIKE %s AND ({narrowed.text})"
        " ORDER BY p.sort_key, p.id LIMIT %s",
        [whole, whole + _END, beginning(whole), *narrowed.params, PAGE],
    )


def _words(wanted: Sequence[str], asked: list[Sql]) -> tuple[str, list[Any]]:
    key = joined([whom.matches("one.search_key", word) for word in wanted])
    name = joined([whom.matches("one.sort_key", word) for word in wanted])
    return _persons(
        f"(SELECT one.contact_id AS id, one.search_key AS key FROM contacts_identity one WHERE {key.text})"  # noqa: S608
        " UNION ALL (SELECT coalesce(one.root_id, one.id), one.sort_key FROM contacts_contact one"
        f" WHERE one.named_by_id IS NOT NULL AND {name.text})",
        [*key.params, *name.params],
        asked,
    )


def _nearly(wanted: Sequence[str], asked: list[Sql]) -> tuple[str, list[Any]]:
    # Of a word of two letters nearly everything is near.
    long = [word for word in wanted if len(word) > 2] or list(wanted)
    key = joined([Sql("%s <%% one.search_key", (word,)) for word in long])
    # The index knows of stretches of letters; how near a whole word is, is asked of those that it finds.
    likeness = [Sql("strict_word_similarity(%s, one.search_key)", (word,)) for word in long]
    near = joined([Sql(f"{one.text} >= {_NEAR_WORD}", one.params) for one in likeness])
    best = joined(likeness, " + ")
    source = (
        "SELECT one.contact_id AS id, one.search_key AS key FROM ("  # noqa: S608
        f" SELECT one.contact_id, one.search_key FROM contacts_identity one WHERE {key.text} LIMIT {_LOOKED_AT}) one"
        f" WHERE {near.text} ORDER BY {best.text} DESC"
    )
    return _persons(source, [*key.params, *near.params, *best.params], asked)


def _persons(source: str, params: list[Any], asked: list[Sql]) -> tuple[str, list[Any]]:
    narrowed = joined(asked)
    return (
        f"SELECT p.id, hit.key FROM ({source}) hit JOIN contacts_contact p ON p.id = hit.id"  # noqa: S608
        f" WHERE NOT p.is_us AND ({narrowed.text}) LIMIT {_LOOKED_AT}",
        [*params, *narrowed.params],
    )


def _all(asked: list[Sql]) -> tuple[str, list[Any]]:
    """Whoever the operators leave, in the order of their names."""
    narrowed = joined(asked)
    return (
        "SELECT p.id, p.sort_key FROM contacts_contact p WHERE p.root_id IS NULL AND NOT p.is_us"  # noqa: S608
        f" AND ({narrowed.text}) ORDER BY p.sort_key, p.id LIMIT %s",
        [*narrowed.params, PAGE],
    )
