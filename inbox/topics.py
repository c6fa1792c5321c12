"""What somebody writes about over and over: words, two-word phrases and hashtags that they use far more than others do.

Pure but for `of_person`. A term's weight is the signed log-likelihood ratio of the numbers of messages that hold it
(T. Dunning, "Accurate Methods for the Statistics of Surprise and Coincidence", Computational Linguistics 19(1), 1993).
"""

import contextlib
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import redis
from django.core.cache import cache
from django.db import connection

from inbox.remembered import remembered
from routing.words import HANDLE, LINK, is_unspaced, tokens

MOST = 8
# Messages of a person that are read, messages of everybody that they are compared with, and characters of each.
_READ, _COMPARED, _CHARACTERS = 300, 2_000, 2_000
_KEPT, _COMPARED_KEPT = 600, 3_600  # seconds
# Fewer messages than this make no habit, and a difference smaller than this (p < 0.001) is chance.
_HABIT, _CHANCE = 3, 10.8
_DOUBT = 50
_LANGUAGES = (
    "danish dutch english finnish french german greek hungarian italian norwegian portuguese romanian russian spanish"
    " swedish turkish"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A word, phrase or hashtag as it is mostly written, and in how many messages it stands."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Usage:
    """In how many of some messages each term stands."""

    messages: int
    terms: Mapping[str, int]


def terms(text: str) -> dict[str, str]:
    """The words, hashtags and two-word phrases of a message, folded, with how they are written there."""
    found: dict[str, str] = {}
    before = ""
    for token in tokens(text[:_CHARACTERS]):
        if not _is_term(token):
            before = ""
            continue
        found.setdefault(token.casefold(), token)
        if before and not token.startswith("#"):
            found.setdefault(f"{before} {token}".casefold(), f"{before} {token}")
        before = "" if token.startswith("#") else token
    return found


def _is_term(token: str) -> bool:
    if token.startswith(HANDLE) or LINK in token or token.startswith("www."):
        return False
    word = token.lstrip("#")
    if is_unspaced(word):
        return 2 <= len(word) <= 12
    return 2 < len(word) <= 32 and word[0].isalpha()


def usage(texts: Iterable[str]) -> Usage:
    """Counts messages by the terms that stand in them."""
    counts: Counter[str] = Counter()
    messages = 0
    for text in texts:
        counts.update(terms(text).keys())
        messages += 1
    return Usage(messages, counts)


def topics(texts: Sequence[str], others: Usage, common: Collection[str] = (), most: int = MOST) -> list[Topic]:
    """What these messages are about, compared with others', the most telling first. `common`: words that say nothing
    by themselves, as "the"."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for term, form in terms(text).items():
            written[term][form] += 1
    counts = {term: forms.total() for term, forms in written.items() if forms.total() >= _HABIT}
    weights = {
        term: weight
        for term, count in counts.items()
        if not any(word in common for word in term.split())
        and (weight := _surprise(count, len(texts), others.terms.get(term, 0), others.messages)) >= _CHANCE
    }
    # A phrase that nearly always is what a word stands in tells more than the word.
    phrases = [term for term in weights if " " in term]
    told = {word for term in phrases for word in term.split() if counts[term] >= 0.6 * counts.get(word, 0)}
    chosen = sorted((term for term in weights if term not in told), key=lambda term: (-weights[term], term))[:most]
    found = [Topic(written[term].most_common(1)[0][0], counts[term]) for term in chosen]
    return sorted(found, key=lambda topic: -topic.count)


def _surprise(count: int, of: int, others: float, of_others: float) -> float:
    """Dunning's G² of a term in `count` of `of` messages against `others` of `of_others`; negative where rarer."""
    # Few others say little: as if in one of a hundred messages more, where nobody has said it.
    others, of_others = others + _DOUBT / 100, of_others + _DOUBT
    share = (count + others) / (of + of_others)
    both = _likelihood(count, of, count / of) + _likelihood(others, of_others, others / of_others)
    one = _likelihood(count, of, share) + _likelihood(others, of_others, share)
    return 2 * (both - one) * (1 if count / of > others / of_others else -1)


def _likelihood(k: float, n: float, p: float) -> float:
    hit = k * math.log(p) if k else 0.0
    return hit + ((n - k) * math.log(1 - p) if n > k and p < 1 else 0.0)


_SAID = """
    SELECT left(m.text, %s) FROM (
        SELECT next.message_id, next.at FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT message_id, at FROM inbox_event WHERE identity_id = one.id AND kind = 'message'
            ORDER BY at DESC, id DESC LIMIT %s
        ) next WHERE one.contact_id = %s ORDER BY next.at DESC LIMIT %s
    ) newest JOIN inbox_message m ON m.id = newest.message_id
    WHERE m.direction = 'in' AND NOT m.automatic AND m.text <> ''
"""
_SAID_BY_ALL = """
    SELECT left(text, %s) FROM (
        SELECT text, direction, automatic FROM inbox_message ORDER BY posted_at DESC, id DESC LIMIT %s
    ) newest WHERE direction = 'in' AND NOT automatic AND text <> ''
"""
_COMMON = " OR ".join(f"ts_lexize('{language}_stem', word) = '{{}}'" for language in _LANGUAGES.split())


def of_person(person: int) -> list[Topic]:
    """A person's topics, from their newest messages. Remembered for some minutes, else three statements."""
    return remembered(f"topics:{person}", _KEPT, lambda: _look(person))


def forget(people: Collection[int]) -> None:
    """Nothing of these people is remembered: they are erased."""
    with contextlib.suppress(redis.RedisError):
        cache.delete_many([f"topics:{person}" for person in people])


def _look(person: int) -> list[Topic]:
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [_CHARACTERS, _READ, person, _READ])
        texts = [text for (text,) in cursor.fetchall()]
    if len(texts) < _HABIT:
        return []
    # Only of what is said over and over is it worth knowing whether it says anything.
    words = {word for term, n in usage(texts).terms.items() if n >= _HABIT for word in term.split()}
    return topics(texts, remembered("topics", _COMPARED_KEPT, _everybody), _common(sorted(words)))


def _everybody() -> Usage:
    with connection.cursor() as cursor:
        cursor.execute(_SAID_BY_ALL, [_CHARACTERS, _COMPARED])
        return usage(text for (text,) in cursor.fetchall())


def _common(words: list[str]) -> set[str]:
    """Those among words that say nothing by themselves in one of the languages whose lists PostgreSQL brings along."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT word FROM unnest(%s::text[]) word WHERE {_COMMON}", [words])  # noqa: S608 - constants
        return {word for (word,) in cursor.fetchall()}
