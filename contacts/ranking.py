"""Who is listened to: the ranks of all identities, from the relationships between them.

All edges go through here, in memory as three numbers each: whole in the night, and between nights from where the last
ranking ended. Loads scipy; whoever reads ranks takes contacts/influence.py.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog
from django.core.cache import cache
from django.db import connection, transaction

from contacts.pagerank import Floats, Ids, pagerank, percentiles

log = structlog.get_logger(__name__)

# A score is written anew when it differs by more than this share of itself: one new edge among a million changes all
# scores by a millionth, and nobody's place.
_SAME = 1e-4
_DIGITS = 1  # of a percentile
_LOCK = 7_312  # any number that no other advisory lock of ours has
_SEEN = "contacts.ranking.seen"

# Attention goes to who is mentioned, replied to, answered or shared. The hundredth mention says less than the first.
# What passes between us and others, or between accounts of one person, is nobody's attention.
_EDGES = """
    SELECT r.source_id, r.target_id, ln(1 + r.count)::float8
    FROM contacts_relationship r
    JOIN contacts_identity s ON s.id = r.source_id
    JOIN contacts_identity t ON t.id = r.target_id
    WHERE s.contact_id <> t.contact_id AND NOT EXISTS (
        SELECT 1 FROM contacts_contact us WHERE us.is_us AND us.id IN (s.contact_id, t.contact_id)
    )
"""
_STORED = "SELECT identity_id, score, percentile FROM contacts_influence ORDER BY identity_id"
_FINGERPRINT = "SELECT count(*), coalesce(sum(count), 0), coalesce(max(id), 0) FROM contacts_relationship"


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a ranking did: how many edges and identities there are, rounds until it ended, and rows that changed."""

    edges: int
    identities: int
    rounds: int
    written: int
    removed: int


def rank(at: datetime, *, afresh: bool = True) -> Ranked | None:
    """Rank everybody and write what has changed; None while somebody else is at it.

    `afresh`: begin from nothing, as every night; else from the stored scores, which ends at the same, sooner.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        seen = _fingerprint()
        edges = _read(_EDGES, "i8", "i8", "f8")
        stored = _read(_STORED, "i8", "f8", "f8")
        start = None if afresh else (stored[0], stored[1])
        ranks = pagerank(edges[0], edges[1], edges[2], start=start)
        places = np.round(percentiles(ranks.scores), _DIGITS)
        written, removed = _write(ranks.nodes, ranks.scores, places, stored, at)
    cache.set(_SEEN, seen, timeout=None)
    done = Ranked(len(edges[0]), len(ranks.nodes), ranks.rounds, written, removed)
    log.info("ranked", edges=done.edges, identities=done.identities, rounds=done.rounds, written=written)
    return done


def refresh(at: datetime) -> Ranked | None:
    """Rank again from where the last ranking ended, if there are other relationships than then; else None."""
    return None if cache.get(_SEEN) == _fingerprint() else rank(at, afresh=False)


def _fingerprint() -> list[int]:
    """What every new or repeated relationship changes. One pass over a narrow table: 0.1 s for a million."""
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        return [int(number) for number in cursor.fetchone()]


class _Numbers:
    """Takes rows of COPY's binary format that hold eight-byte numbers only, and keeps them as an array.

    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS: a header, then for each row the number
    of its fields and for each field its length and its bytes, big-endian; in the end a row with -1 fields.
    """

    _HEADER = 19
    _AT_ONCE = 1 << 22

    def __init__(self, *kinds: str) -> None:
        fields = [part for n, kind in enumerate(kinds) for part in ((f"length{n}", ">i4"), (f"value{n}", f">{kind}"))]
        self._row = np.dtype([("fields", ">i2"), *fields])
        self._kinds = kinds
        self._waiting = bytearray()
        self._skip = self._HEADER
        self._parts: list[npt.NDArray[Any]] = []

    def write(self, data: bytes) -> int:
        self._waiting += data
        if len(self._waiting) >= self._AT_ONCE:
            self._take()
        return len(data)

    def _take(self) -> None:
        rows = (len(self._waiting) - self._skip) // self._row.itemsize
        if rows > 0:
            end = self._skip + rows * self._row.itemsize
            part = np.frombuffer(bytes(self._waiting[self._skip : end]), self._row)
            self._parts.append(_plain(part, self._kinds))
            del self._waiting[:end]
            self._skip = 0

    def columns(self) -> list[npt.NDArray[Any]]:
        """The columns of all rows."""
        self._take()
        whole = np.concatenate([_plain(np.empty(0, self._row), self._kinds), *self._parts])
        return [np.ascontiguousarray(whole[f"value{n}"]) for n in range(len(self._kinds))]


def _plain(rows: npt.NDArray[Any], kinds: tuple[str, ...]) -> npt.NDArray[Any]:
    """The values alone, as this machine holds numbers."""
    plain = np.empty(len(rows), [(f"value{n}", kind) for n, kind in enumerate(kinds)])
    for n in range(len(kinds)):
        plain[f"value{n}"] = rows[f"value{n}"]
    return plain


def _read(query: str, *kinds: str) -> list[npt.NDArray[Any]]:
    """The columns of a query as arrays; a row is never a Python object."""
    numbers = _Numbers(*kinds)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT binary)", numbers)
    return numbers.columns()


class _Rows:
    """What COPY reads: lines of text, made as they are asked for."""

    _AT_ONCE = 20_000

    def __init__(self, *columns: npt.NDArray[Any]) -> None:
        self._columns = columns
        self._at = 0
        self._rest = ""

    def read(self, size: int) -> str:
        """The next `size` characters, or what is left."""
        while len(self._rest) < size and self._at < len(self._columns[0]):
            part = [column[self._at : self._at + self._AT_ONCE].tolist() for column in self._columns]
            self._rest += "".join(f"{one}\t{score!r}\t{place!r}\n" for one, score, place in zip(*part, strict=True))
            self._at += self._AT_ONCE
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _write(nodes: Ids, scores: Floats, places: Floats, stored: list[npt.NDArray[Any]], at: datetime) -> tuple[int, int]:
    """Bring the table in line; returns how many rows were written and how many went."""
    known, old_scores, old_places = stored
    place = np.searchsorted(known, nodes).clip(max=max(len(known) - 1, 0))
    if len(known):
        same = (known[place] == nodes) & (old_places[place] == places)
        same &= np.abs(old_scores[place] - scores) <= _SAME * scores
    else:
        same = np.zeros(len(nodes), dtype=bool)
    gone = np.setdiff1d(known, nodes, assume_unique=True)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute("CREATE TEMP TABLE ranks (identity_id bigint, score float8, percentile float8) ON COMMIT DROP")
        cursor.copy_expert("COPY ranks FROM STDIN", _Rows(nodes[~same], scores[~same], places[~same]))
        # Whoever was erased meanwhile has no rank.
        cursor.execute(
            "INSERT INTO contacts_influence (identity_id, score, percentile, at)"
            " SELECT r.identity_id, r.score, r.percentile, %s FROM ranks r"
            " JOIN contacts_identity i ON i.id = r.identity_id ORDER BY r.identity_id"
            " ON CONFLICT (identity_id) DO UPDATE SET score = EXCLUDED.score, percentile = EXCLUDED.percentile,"
            " at = EXCLUDED.at",
            [at],
        )
        written = cursor.rowcount
        cursor.execute("DELETE FROM contacts_influence WHERE identity_id = ANY(%s)", [gone.tolist()])
        cursor.execute("DROP TABLE ranks")
        return written, len(gone)
