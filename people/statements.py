"""Statements that the ORM writes once for a process, and that are then only given other values.

Building the query of a page takes longer than running it, and so does planning it. The statement stays what the models
say, and needs no second wording in SQL; only where its shape changes with what is asked for must it be written again.
Each connection prepares it when it first needs it (PREPARE in PostgreSQL's manual), which lasts as long as its session.
"""

import copy
import re
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError, connections
from django.db.models import QuerySet

# Shapes of one statement that are kept; whoever asks for more has them written each time.
_MOST = 200
_LARGEST = 2**63 - 1
# What stands for the values while a statement is written: nothing that a query says of itself looks like it.
_NUMBER, _DAY, _APART = 1_913_870_000, datetime(7000, 1, 1, tzinfo=UTC), timedelta(days=20_000)


class Statement:
    """A query as a function of its values.

    `write` gets the values by name and returns the query set; what it is called with beside them is its shape: a
    statement is kept for each. It may calculate with times (`now - DAY`), and must pass on other values as they are:
    a number into a filter, a list into `= ANY`. It must not look at the clock or at anything else that changes.
    """

    def __init__(self, write: Callable[..., QuerySet[Any]]) -> None:
        self._write = write
        self._kept: dict[Hashable, _Written | None] = {}

    def __call__(self, *shape: Hashable, **values: Any) -> list[Any]:
        """The rows, as the query set would give them."""
        # The ORM knows that no row has a number which the database could not even read.
        if any(isinstance(value, int) and abs(value) > _LARGEST for value in values.values()):
            return list(self._write(*shape, **values))
        if shape not in self._kept:
            if len(self._kept) >= _MOST:
                return list(self._write(*shape, **values))
            self._kept[shape] = _written(partial(self._write, *shape), values)
        written = self._kept[shape]
        return written.rows(values) if written else []


class _Written(NamedTuple):
    """A statement, which of its parameters are values, and what of the ORM makes rows of what it returns."""

    queryset: QuerySet[Any]
    compiler: Any
    name: str
    sql: str
    constants: tuple[Any, ...]
    values: tuple[Callable[[Mapping[str, Any]], Any], ...]

    def rows(self, values: Mapping[str, Any]) -> list[Any]:
        connection = connections[self.queryset.db]
        try:
            return self._asked(values)
        except NotSupportedError:
            # A newer version has changed a column, and PostgreSQL keeps to what it said that it would return.
            if connection.in_atomic_block:
                raise
            with connection.cursor() as cursor:
                cursor.execute(f"DEALLOCATE {self.name}")
            _prepared[connection.connection].discard(self.name)
            return self._asked(values)

    def _asked(self, values: Mapping[str, Any]) -> list[Any]:
        ours, queryset = copy.copy(self.compiler), self.queryset
        ours.connection = connections[queryset.db]
        self._prepare(ours.connection)
        given = (f"EXECUTE {self._call}", tuple(one(values) for one in self.values))
        ours.as_sql = lambda *args, **options: given
        known: Any = queryset
        asked = SimpleNamespace(
            query=_Query(queryset.query, ours), db=queryset.db, model=queryset.model, _known_related_objects={}
        )
        return list(known._iterable_class(asked))

    @property
    def _call(self) -> str:
        return f"{self.name} ({', '.join(['%s'] * len(self.values))})" if self.values else self.name

    def _prepare(self, connection: Any) -> None:
        # As before any other statement: what a session that has ended had prepared is gone with it.
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        known = _prepared.setdefault(connection.connection, set())
        if self.name in known:
            return
        with connection.wrap_database_errors, connection.connection.cursor() as cursor:
            # The constant at the end has psycopg look for the places of all others, also where there is none.
            cursor.execute(f"PREPARE {self.name} AS {self.sql} -- %s", [*self.constants, 0])
        known.add(self.name)


# What each session of the database has prepared.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()
_numbers = count(1)


class _Query:
    """A query whose compiler is done with it."""

    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *args: Any, **options: Any) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


def _written(write: Callable[..., QuerySet[Any]], values: Mapping[str, Any]) -> _Written | None:
    """None where the query can have no rows, whatever the values."""
    stand_ins = {name: _stand_in(value, place) for place, (name, value) in enumerate(values.items())}
    queryset = write(**stand_ins)
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    # What makes values of its columns is found once as well.
    converters = compiler.get_converters([column for column, _, _ in compiler.select[: compiler.col_count]])
    compiler.get_converters = lambda columns: converters
    taken = [(one, _value(one, stand_ins)) for one in parameters]
    return _Written(
        queryset,
        compiler,
        f"kept_{next(_numbers)}",
        _numbered(sql, [(value is not None, isinstance(one, datetime)) for one, value in taken]),
        tuple(one for one, value in taken if value is None),
        tuple(value for _, value in taken if value is not None),
    )


def _numbered(sql: str, parameters: list[tuple[bool, bool]]) -> str:
    """The statement with numbers for its values; of each parameter, whether it is a value and whether it is a time."""
    left, numbers = iter(parameters), count(1)

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        is_value, is_time = next(left)
        # The type of a value is what stands around it; only a time has to say that it is one, as psycopg has it say.
        return f"${next(numbers)}{'::timestamptz' if is_time else ''}" if is_value else found[0]

    return re.sub("%[s%]", number, sql)


def _stand_in(value: object, place: int) -> Any:
    if isinstance(value, datetime):
        return _DAY + place * _APART
    if isinstance(value, list):
        return [_NUMBER + place]
    if isinstance(value, str):
        return str(_NUMBER + place)
    if isinstance(value, int) and not isinstance(value, bool):
        return _NUMBER + place
    raise TypeError(f"{value!r} changes the shape of a statement.")


def _value(parameter: Any, stand_ins: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any] | None:
    """How a parameter comes of the values: it is one, or a time so far from one. None: it is always the same."""
    for name, one in stand_ins.items():
        if type(parameter) is type(one) and parameter == one:
            return lambda values: values[name]
        if isinstance(parameter, datetime) and isinstance(one, datetime) and abs(parameter - one) < _APART / 2:
            after = parameter - one
            return lambda values: values[name] + after
    return None
