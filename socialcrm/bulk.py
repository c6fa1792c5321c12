"""Writing many rows with few statements. Beside jobs.py, the other module of this folder that every app may import."""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

# COPY's text format: https://www.postgresql.org/docs/current/sql-copy.html
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# json.dumps makes a new encoder for every call with an option.
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows with one COPY, inside the running transaction. Dicts and lists are written as JSON.

    COPY knows no ON CONFLICT: a row that is already there raises IntegrityError, and the caller takes the whole page
    again, seeing it then.
    """
    buffer = io.StringIO()
    write = buffer.write
    for row in rows:
        write("\t".join([_field(value) for value in row]))
        write("\n")
    if not buffer.tell():
        return
    buffer.seek(0)
    names = ", ".join(columns)
    # COPY goes to the driver directly, so its errors have to be turned into Django's here.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", buffer)


def next_ids(table: str, count: int) -> list[int]:
    """Reserve `count` primary keys of a table, so that rows can point at one another before they are written."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    kind = type(value)
    if kind is str:
        return value.translate(_ESCAPES)  # type: ignore[no-any-return]
    if kind is int or kind is float:
        return str(value)
    if kind is bool:
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return _as_json(value).translate(_ESCAPES)
    return str(value).translate(_ESCAPES)
