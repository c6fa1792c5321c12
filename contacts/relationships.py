"""Who speaks to whom: directed edges between identities, counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection


class Mention(NamedTuple):
    """One time that an identity spoke to, or of, somebody who is named by network and external id."""

    source: int
    kind: str
    network: str
    external_id: str
    at: datetime


_RELATE = """
    INSERT INTO contacts_relationship (source_id, target_id, kind, count, first_at, last_at)
    SELECT n.source, i.id, n.kind, count(*), min(n.at), max(n.at)
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS n(source, kind, network, external_id, at)
    JOIN contacts_identity i ON i.network = n.network AND i.external_id = n.external_id AND i.id <> n.source
    GROUP BY n.source, i.id, n.kind
    ORDER BY n.source, i.id, n.kind
    ON CONFLICT (source_id, target_id, kind) DO UPDATE SET
        count = contacts_relationship.count + EXCLUDED.count,
        first_at = least(contacts_relationship.first_at, EXCLUDED.first_at),
        last_at = greatest(contacts_relationship.last_at, EXCLUDED.last_at)
"""


def relate(mentions: Sequence[Mention]) -> None:
    """Count mentions of identities that are known, with one statement. Strangers who were only named are nobody yet."""
    if not mentions:
        return
    with connection.cursor() as cursor:
        cursor.execute(_RELATE, [list(column) for column in zip(*mentions, strict=True)])
