"""Who may be the same person: compares accounts that are new, or of which something new is known, with those that
share a key with them, and leaves suggestions for colleagues.

Nobody is compared with everybody. For each key an index gives at most 51 accounts; a key that more than 50 accounts
have (12, where it is alike by chance sooner) tells nothing alone and is passed over, for which there are joint keys
(see contacts/matching/keys.py). Of those that are left an account is compared with the twelve that share the rarest
keys. So the work grows with the number of new accounts, O(new · keys · 50) reads and O(new · 12) comparisons, and with
the logarithm of how many there are.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from contacts.gather import Known, gather
from contacts.matching.keys import LINK, OWN, PROFILE, Key, keys
from contacts.matching.score import THRESHOLD, score
from contacts.separated import separated

BATCH = 500
CAP = 50
# What is alike by chance more often than others says nothing sooner.
_CAPS = {"sound": 12, "handle_ends": 12}
_NEAREST = 12
_LOCK = 7_311  # any number that no other advisory lock of ours has
_CLAIM = "SELECT id, xmin::text FROM contacts_identity WHERE matched_at IS NULL ORDER BY id LIMIT %s"
_FORGET = """
    DELETE FROM contacts_clue c USING unnest(%s::bigint[]) AS asked(id)
    WHERE c.identity_id = asked.id AND c.kind = ANY(%s)
      AND (c.identity_id, c.kind, c.value) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]))
"""
_REMEMBER = """
    INSERT INTO contacts_clue (identity_id, kind, value)
    SELECT i.id, n.kind, n.value FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(identity, kind, value)
    JOIN contacts_identity i ON i.id = n.identity
    ORDER BY 1, 2, 3
    ON CONFLICT (identity_id, kind, value) DO NOTHING
"""
_SHARING = """
    SELECT k.kind, k.value, array_agg(c.identity_id)
    FROM unnest(%s::text[], %s::text[], %s::int[]) AS k(kind, value, cap)
    CROSS JOIN LATERAL (
        SELECT identity_id FROM contacts_clue WHERE kind = k.kind AND value = k.value LIMIT k.cap + 1
    ) c
    GROUP BY k.kind, k.value
"""
_PERSONS = "SELECT id, contact_id FROM contacts_identity WHERE id = ANY(%s)"
_SUGGEST = """
    INSERT INTO contacts_suggestion (first_id, second_id, score, reasons, state, created_at)
    SELECT a.id, b.id, n.score, n.reasons, 'open', %s
    FROM unnest(%s::bigint[], %s::bigint[], %s::float8[], %s::jsonb[]) AS n(first, second, score, reasons)
    JOIN contacts_identity a ON a.id = n.first
    JOIN contacts_identity b ON b.id = n.second
    ORDER BY 1, 2
    ON CONFLICT (first_id, second_id) DO UPDATE SET score = EXCLUDED.score, reasons = EXCLUDED.reasons
    WHERE contacts_suggestion.state = 'open'
      AND NOT contacts_suggestion.reasons @> '[{"kind": "conflict"}]'
"""
# What was found once and is not found any more: a name has changed, a key is had by too many.
_TAKE_BACK = """
    DELETE FROM contacts_suggestion s
    WHERE s.state = 'open' AND (s.first_id = ANY(%s) OR s.second_id = ANY(%s))
      AND NOT s.reasons @> '[{"kind": "conflict"}]'
      AND (s.first_id, s.second_id) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""
# Who has changed since we looked is looked at again.
_MARK = """
    UPDATE contacts_identity i SET matched_at = %s
    FROM unnest(%s::bigint[], %s::text[]) AS n(id, version) WHERE i.id = n.id AND i.xmin::text = n.version
"""

Pair = tuple[int, int]


class Matched(NamedTuple):
    """What became of a batch: accounts looked at, pairs compared, suggestions made or kept."""

    looked_at: int
    compared: int
    suggested: int


def match_all(*, seconds: float = 50.0) -> int:
    """Compare batches until nobody is left or the time is over; returns how many accounts were looked at."""
    until, done = timezone.now() + timedelta(seconds=seconds), 0
    while timezone.now() < until:
        batch = match(now=timezone.now())
        done += batch.looked_at
        if batch.looked_at < BATCH:
            break
    return done


@transaction.atomic
def match(*, now: datetime, size: int = BATCH) -> Matched:
    """Compare one batch of the accounts that nobody has compared yet, oldest first, and write suggestions.

    The number of statements does not depend on the size. One at a time: whoever comes while another one works finds
    nothing to do.
    """
    if not _rows("SELECT pg_try_advisory_xact_lock(%s)", _LOCK)[0][0]:
        return Matched(0, 0, 0)
    versions: dict[int, str] = dict(_rows(_CLAIM, size))
    if not versions:
        return Matched(0, 0, 0)
    known = gather(versions)
    own = {pk: keys(one.facts) for pk, one in known.items() if not one.is_us}
    _write_down(list(versions), own)
    pairs, counts = _candidates(known, own)
    known |= gather({pk for pair in pairs for pk in pair} - known.keys())
    found = _judge(pairs, known, counts)
    _suggest(list(versions), found, now)
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [now, list(versions), list(versions.values())])
    return Matched(len(versions), len(pairs), len(found))


def _rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _write_down(ids: list[int], own: Mapping[int, Collection[Key]]) -> None:
    rows = sorted((pk, kind, value) for pk, found in own.items() for kind, value in found)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [ids, sorted(OWN), *columns])
        cursor.execute(_REMEMBER, columns)


def _candidates(known: Mapping[int, Known], own: Mapping[int, Collection[Key]]) -> tuple[set[Pair], Mapping[Key, int]]:
    """The pairs to compare, and how many accounts have each key (one more than its cap for more)."""
    asking: dict[Key, list[int]] = defaultdict(list)
    for pk, found in own.items():
        facts = known[pk].facts
        # Who names the address of somebody's profile is looked for from either side.
        crossed = {(PROFILE, one) for one in facts.links} | {(LINK, one) for one in facts.addresses | facts.links}
        for key in {*found, *crossed}:
            asking[key].append(pk)
    columns = [[key[0] for key in asking], [key[1] for key in asking], [_CAPS.get(key[0], CAP) for key in asking]]
    sharing = {(kind, value): ids for kind, value, ids in _rows(_SHARING, *columns)}
    few = {key: ids for key, ids in sharing.items() if len(ids) <= _CAPS.get(key[0], CAP)}
    persons = dict(_rows(_PERSONS, sorted({pk for ids in few.values() for pk in ids})))
    nearness: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for key, ids in few.items():
        for pk in asking[key]:
            for other in ids:
                if other != pk and persons.get(other) != known[pk].person:
                    nearness[pk][other] += 1 / len(ids)
    pairs = {
        (min(pk, other), max(pk, other))
        for pk, others in nearness.items()
        for other in nlargest(_NEAREST, others, key=lambda one, others=others: (others[one], -one))  # type: ignore[misc]
    }
    return pairs, {key: len(ids) for key, ids in sharing.items()}


def _judge(
    pairs: Collection[Pair], known: Mapping[int, Known], counts: Mapping[Key, int]
) -> dict[Pair, tuple[float, str]]:
    """The pairs that are worth a colleague's look, with probability and reasons."""
    likely: dict[Pair, tuple[float, str]] = {}
    for one, other in pairs:
        if one not in known or other not in known or known[one].is_us or known[other].is_us:
            continue
        probability, reasons = score(known[one].facts, known[other].facts, counts)
        if probability >= THRESHOLD:
            likely[one, other] = (probability, json.dumps(reasons))
    people = {pair: (known[pair[0]].person, known[pair[1]].person) for pair in likely}
    apart = separated(set(people.values()))
    return {pair: found for pair, found in likely.items() if people[pair] not in apart}


def _suggest(ids: list[int], found: Mapping[Pair, tuple[float, str]], now: datetime) -> None:
    rows = [(*pair, *found[pair]) for pair in sorted(found)]
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, [ids, ids, *islice(columns, 2)])
        cursor.execute(_SUGGEST, [now, *columns])
