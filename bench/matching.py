"""Suggestions of who may be one person: how fast they are found among many, and how right they are on known sets."""

import itertools
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from bench import matching_sets
from contacts import match
from contacts.matching.facts import Facts
from contacts.matching.keys import keys
from contacts.matching.nicknames import COMMON_FAMILY, COMMON_GIVEN, FULL_NAME
from contacts.models import Clue, Suggestion
from contacts.names import fold
from socialcrm.bulk import copy_rows, next_ids

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_NETWORKS = ("x", "mastodon", "instagram", "facebook", "bluesky", "email")
_PLACES = ("Berlin", "Lyon", "Galway", "Porto", "Leeds", "Graz", "Turin", "Gdansk", "Austin", "Perth", "", "", "", "")
_SYLLABLES = ("ba", "den", "fer", "gol", "hin", "kra", "lo", "mir", "nu", "ost", "pe", "ruk", "sa", "tel", "vo", "win")
_PAGE = 20_000
_ROUNDS = 5


class _Person(NamedTuple):
    name: str
    handle: str
    place: str


def matching(identities: int, data: str) -> dict[str, Any]:
    """Seconds for 500 new accounts among some, and among `identities`; with a folder of known sets also how right the
    suggestions are, beside a plain baseline."""
    found: dict[str, Any] = {}
    if data:
        found |= matching_sets.figures(Path(data))
        matching_sets.clear()
    people, filled = _people(), 0
    for size in sorted({min(identities, 100_000), identities}):
        _fill_up(people, size - filled)
        filled = size
        found |= _measure(size, people)
    return found


def _people() -> Iterator[_Person]:
    """People by the million, the same each time: some names are had by thousands, most by few."""
    chooser = random.Random(11)
    given = sorted(COMMON_GIVEN | set(FULL_NAME))
    family = sorted(COMMON_FAMILY) + ["".join(one) for one in itertools.product(_SYLLABLES, repeat=3)]
    for number in itertools.count():
        first = given[int(len(given) * chooser.random() ** 2)]
        last = family[int(len(family) * chooser.random() ** 2)]
        style = chooser.randrange(4)
        handle = (f"{first}{last}", f"{first[0]}_{last}", f"{first}{chooser.randrange(100)}", f"{last}er{number}")[
            style
        ]
        yield _Person(f"{first.title()} {last.title()}", handle, chooser.choice(_PLACES))


def _fill_up(people: Iterator[_Person], count: int) -> None:
    """Many accounts as if they had been compared: without checks, and with indexes at the end."""
    index, once = Clue._meta.indexes[0], Clue._meta.constraints[0]
    with connection.schema_editor() as editor:
        editor.remove_index(Clue, index)
        editor.remove_constraint(Clue, once)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    for start in range(0, count, _PAGE):
        page = list(itertools.islice(people, min(_PAGE, count - start)))
        _fill_clues(_fill(page, matched_at=_NOW), page)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
    with connection.schema_editor() as editor:
        editor.add_index(Clue, index)
        editor.add_constraint(Clue, once)
    _settle()


def _settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE contacts_identity, contacts_clue, contacts_contact, contacts_suggestion")


def _fill(page: list[_Person], *, matched_at: datetime | None) -> list[int]:
    """Accounts, each with a contact of its own; returns their ids."""
    contacts, ids = next_ids("contacts_contact", len(page)), next_ids("contacts_identity", len(page))
    copy_rows(
        "contacts_contact",
        ("id", "name", "sort_key", "created_at"),
        [(pk, one.name, fold(one.name), _NOW) for pk, one in zip(contacts, page, strict=True)],
    )
    networks = [_NETWORKS[pk % len(_NETWORKS)] for pk in ids]
    copy_rows(
        "contacts_identity",
        (
            *("id", "contact_id", "network", "external_id", "handle", "name", "url", "avatar_url", "bio"),
            *("location", "verified", "email", "search_key", "seen_at", "created_at", "matched_at"),
        ),
        [
            (pk, contact, network, str(pk), one.handle, one.name, "", "", "", one.place, False, "", "", _NOW, _NOW)
            + (matched_at,)
            for pk, contact, network, one in zip(ids, contacts, networks, page, strict=True)
        ],
    )
    return ids


def _fill_clues(ids: list[int], page: list[_Person]) -> None:
    copy_rows(
        "contacts_clue",
        ("identity_id", "kind", "value"),
        [
            (pk, *key)
            for pk, one in zip(ids, page, strict=True)
            for key in keys(Facts(name=one.name, handle=one.handle, location=one.place))
        ],
    )


def _measure(size: int, people: Iterator[_Person]) -> dict[str, Any]:
    """Several rounds of 500 new accounts; every third is somebody who is there already, elsewhere."""
    times, compared, before = [], 0, Suggestion.objects.count()
    old = list(itertools.islice(_people(), 0, size, max(1, size // 1000)))
    chooser = random.Random(size)
    for _ in range(_ROUNDS):
        new = [chooser.choice(old) if number % 3 == 0 else next(people) for number in range(match.BATCH)]
        _fill(new, matched_at=None)
        _settle()
        started = time.perf_counter()
        compared += match.match(now=_NOW).compared
        times.append(time.perf_counter() - started)
    among = f"{match.BATCH} new among {size:,}"
    return {
        f"{among}, median s": round(statistics.median(times), 2),
        f"{among}, worst s": round(max(times), 2),
        f"{among}, pairs compared": compared // _ROUNDS,
        f"{among}, suggested": (Suggestion.objects.count() - before) // _ROUNDS,
    }
