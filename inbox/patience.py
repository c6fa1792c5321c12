"""Statements that may take so long and no longer, for pages that rather tell less than let somebody wait."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg2.errors import QueryCanceled

# For what starts from few rows and looks the others up one by one: never does it pay to read a table.
FROM_FEW = {"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off"}


class TooLong(Exception):
    """A statement took longer than it may."""


@contextmanager
def patience(milliseconds: int, **settings: str) -> Iterator[None]:
    """Within, every statement may take so long, and PostgreSQL's settings are these. For reading: nothing that is
    written within stays. Raises TooLong when a statement takes longer."""
    asked = {"statement_timeout": str(milliseconds), **settings}
    with transaction.atomic():
        with connection.cursor() as cursor:
            pairs = [part for pair in asked.items() for part in pair]
            cursor.execute("SELECT " + ", ".join(["set_config(%s, %s, true)"] * len(asked)), pairs)
        with _telling():
            yield
        # With it goes what was set, in a transaction around this one as well.
        transaction.set_rollback(True)


@contextmanager
def by_itself() -> Iterator[None]:
    """Within patience: when this takes too long, what else is asked can go on."""
    with _telling(), transaction.atomic():
        yield


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooLong from error
        raise
