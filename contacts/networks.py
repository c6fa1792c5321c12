"""The networks that people are on."""

from django.db import connection

# One step of the index for each network, however many accounts are on it.
_KNOWN = """
    WITH RECURSIVE known AS (
        (SELECT network FROM contacts_identity ORDER BY network LIMIT 1)
        UNION ALL
        SELECT (SELECT network FROM contacts_identity WHERE network > known.network ORDER BY network LIMIT 1)
        FROM known WHERE known.network IS NOT NULL
    )
    SELECT network FROM known WHERE network IS NOT NULL LIMIT 1000
"""


def networks() -> list[str]:
    """Those that anybody has an account on, in alphabetical order. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN)
        return [network for (network,) in cursor.fetchall()]
