"""Who speaks to whom: directed edges between identities, counted.

What somebody said counts once, when it arrives: an edit changes no edge, and a message that is deleted has been said.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection


class Spoken(NamedTuple):
    """One time that an identity spoke to, or of, another one; of which kind, see `Relationship.Kind`."""

    source: int
    kind: str
    target: int
    at: datetime


_RELATE = """
    INSERT INTO contacts_relationship (source_id, target_id, kind, count, first_at, last_at)
    SELECT n.source, n.target, n.kind, count(*), min(n.at), max(n.at)
    FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[]) AS n(source, kind, target, at)
    WHERE n.source <> n.target
    GROUP BY n.source, n.target, n.kind
    ORDER BY n.source, n.target, n.kind
    ON CONFLICT (source_id, target_id, kind) DO UPDATE SET
        count = contacts_relationship.count + EXCLUDED.count,
        first_at = least(contacts_relationship.first_at, EXCLUDED.first_at),
        last_at = greatest(contacts_relationship.last_at, EXCLUDED.last_at)
"""


def relate(spoken: Sequence[Spoken]) -> None:
    """Count what was spoken, with one statement; nobody speaks to themselves."""
    if not spoken:
        return
    with connection.cursor() as cursor:
        cursor.execute(_RELATE, [list(column) for column in zip(*spoken, strict=True)])
