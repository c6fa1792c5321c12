"""Databases to measure on: one that goes at the end, and one that stays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection

from bench.large import Sizes, fill
from contacts.models import Contact


@contextmanager
def scratch_database() -> Iterator[None]:
    """A new database on the same server, migrated, as the default one; dropped at the end."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{before}_bench"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


@contextmanager
def kept_database(name: str) -> Iterator[None]:
    """The database of that name on the same server, migrated, as the default one; made where there is none."""
    before = connection.settings_dict["NAME"]
    if name == before:
        raise ValueError(f"{name} is the workspace itself.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE template0")
    _turn_to(name)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        _turn_to(before)


def have_large(sizes: Sizes, say: Callable[[str], object]) -> None:
    """Fill the database with the large data set, unless somebody did before."""
    if not Contact.objects.exists():
        fill(sizes, say)


def figures() -> dict[str, Any]:
    """How large the tables are, nearly: as the planner sees them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE oid = ANY(%s::regclass[]) ORDER BY 1",
            [["contacts_contact", "contacts_identity", "contacts_relationship", "inbox_message", "inbox_event"]],
        )
        rows = {name.partition("_")[2]: count for name, count in cursor.fetchall()}
        cursor.execute("SELECT pg_database_size(current_database()) / 1000000")
        return rows | {"size on disk, MB": cursor.fetchone()[0]}


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
