"""How public messages are meant, found out when a criterion asks: only of people who said enough to fulfil it."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from contacts.criteria import Criterion
from inbox.measures import asked
from routing.languages import languages
from routing.sentiment import sentiment

_AT_ONCE = 2_000
# In one go; the rest the next time. Five minutes among five million messages, nearly all of it for writing.
MOST = 100_000
# In one go of those who just wrote: somebody may have been brought in with a long past.
MOST_RECENT = 5_000

_UNREAD = """
    CREATE TEMP TABLE unread ON COMMIT PRESERVE ROWS AS
    SELECT m.id FROM inbox_message m JOIN contacts_identity i ON i.id = m.identity_id
    WHERE m.sentiment IS NULL AND {public} {among} AND i.contact_id IN (
        SELECT i.contact_id FROM inbox_message m JOIN contacts_identity i ON i.id = m.identity_id
        WHERE {public} {among} GROUP BY i.contact_id HAVING count(*) >= %(at_least)s
    )
    ORDER BY m.posted_at DESC, m.id DESC LIMIT %(most)s
"""
_PUBLIC = (
    "m.direction = 'in' AND m.kind = ANY(%(public)s) AND m.deleted_at IS NULL AND NOT m.automatic"
    " AND m.posted_at >= %(since)s"
)
_NEXT = """
    WITH taken AS (DELETE FROM unread WHERE id IN (SELECT id FROM unread LIMIT %s) RETURNING id)
    SELECT m.id, m.title, m.text, m.language, m.version_at FROM taken JOIN inbox_message m ON m.id = taken.id
    ORDER BY m.id
"""
# What was edited meanwhile is read again another time.
_WRITE = """
    UPDATE inbox_message m SET sentiment = n.sentiment
    FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS n(id, sentiment, version_at)
    WHERE m.id = n.id AND m.version_at = n.version_at
"""


def read(criterion: Criterion, now: datetime, identities: Collection[int] | None = None, *, most: int = MOST) -> int:
    """Find out of up to `most` messages how they are meant, the newest first; returns of how many.

    Of people alone who have said enough in the criterion's window, in all their accounts. Commits as it goes, so that
    no message is held for long.
    """
    among = "" if identities is None else "AND m.identity_id = ANY(%(identities)s)"
    done = 0
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD.format(public=_PUBLIC, among=among), asked(criterion, now, identities) | {"most": most})
        try:
            while rows := _batch():
                done += len(rows)
        finally:
            cursor.execute("DROP TABLE IF EXISTS unread")
    return done


@transaction.atomic
def _batch() -> list[tuple[int, int, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [_AT_ONCE])
        rows = cursor.fetchall()
        texts = [f"{title}\n{text}" if title else text for _, title, text, _, _ in rows]
        spoken = languages(texts, [language for _, _, _, language, _ in rows])
        found = [
            (row[0], sentiment(text, language), row[-1])
            for row, text, language in zip(rows, texts, spoken, strict=True)
        ]
        if found:
            cursor.execute(_WRITE, [list(column) for column in zip(*found, strict=True)])
        return found
