"""The blocks in force that concern some messages: one statement for a batch of any size, by index."""

from collections.abc import Sequence

from django.db import connection

from routing.blocks import Blocks, keys
from routing.signals import Signals

_FIND = """
    SELECT b.kind, b.value, b.label FROM unnest(%s::text[], %s::text[]) AS asked(kind, value)
    JOIN routing_block b ON b.kind = asked.kind AND b.value = asked.value AND b.lifted_at IS NULL
"""


def blocks_for(batch: Sequence[Signals]) -> Blocks:
    """What blocks say of these messages."""
    asked = sorted({(kind, value.replace("\0", "")) for signals in batch for kind, value in keys(signals)})
    if not asked:
        return Blocks()
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [[key[0] for key in asked], [key[1] for key in asked]])
        return Blocks({(kind, value): label for kind, value, label in cursor.fetchall()})
