"""How often products were named lately, from what was noted of the newest messages."""

from django.db import connection

LOOKED_AT = 5_000
"""Decisions that are looked at, so that it costs the same however much there is."""

_NAMED = """
    SELECT named.name, count(*) FROM (
        SELECT signals -> 'senses' AS senses FROM inbox_decision ORDER BY at DESC, message_id DESC LIMIT %s
    ) newest CROSS JOIN LATERAL jsonb_array_elements_text(
        coalesce(senses -> 'products', '[]') || coalesce(senses -> 'rivals', '[]')
    ) AS named(name)
    WHERE senses IS NOT NULL GROUP BY named.name
"""


def lately() -> dict[str, int]:
    """In how many of the newest messages each product was named, by its name. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, [LOOKED_AT])
        return dict(cursor.fetchall())
