"""Writing tables as a whole: rows through one COPY from a generator, and indexes once all rows are there."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_TABLES = (
    "contacts_contact",
    "contacts_identity",
    "contacts_relationship",
    "inbox_conversation",
    "inbox_message",
    "inbox_event",
    "inbox_decision",
)
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (
        SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
    ) ORDER BY 1
"""
_UNIQUE = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = ANY(%s::regclass[]) AND contype = 'u' ORDER BY 1, 2
"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _Lines:
    """What COPY reads from: the lines of a generator, some at a time."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines, self._rest = lines, b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        parts, length = [self._rest], len(self._rest)
        for line in self._lines:
            part = line.encode()
            parts.append(part)
            length += len(part)
            if length >= size:
                break
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]


def copy(table: str, columns: str, lines: Iterator[str]) -> None:
    """Write lines in COPY's text format. `columns` as in SQL; texts in the lines are escaped already."""
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", _Lines(lines), 1 << 20)


def escaped(text: str) -> str:
    """A text as a field of a line."""
    return text.translate(_ESCAPES)


def run(sql: str, params: Iterable[Any] = ()) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params) or None)


@contextmanager
def quickly() -> Iterator[None]:
    """Within, nothing is checked and no index is kept; afterwards all are there again, and all is vacuumed.

    Needs a superuser, for foreign keys and triggers are left out. The data keeps what they would have checked.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(_INDEXES, [list(_TABLES)])
        indexes = cursor.fetchall()
        cursor.execute(_UNIQUE, [list(_TABLES)])
        constraints = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table, name, _ in constraints:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE")
        for setting in ("session_replication_role", "synchronous_commit", "maintenance_work_mem", "work_mem"):
            cursor.execute(f"RESET {setting}")
