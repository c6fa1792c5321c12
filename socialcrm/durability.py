"""The database must not be able to forget what it has acknowledged: replies would be sent twice, messages lost."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections

FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def durable_database(databases: Sequence[str] | None, **_: Any) -> list[CheckMessage]:
    """An error for each setting of PostgreSQL that lets a crash lose committed rows."""
    errors: list[CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(FORGETFUL)])
            errors += [
                Error(
                    f"{name} is off in the database {alias!r}.",
                    hint=f"Set {name} = on in postgresql.conf; a crash would lose what was already confirmed.",
                    id="socialcrm.E001",
                )
                for name, setting in cursor.fetchall()
                if setting == FORGETFUL[name]
            ]
    return errors
