"""What comes to one of our accounts and belongs to a conversation with another one, in which it has answered.

Whoever answers the account that spoke in place of another goes on in the same conversation. So what they say is taken
in as if it had come to the account that the conversation is with; whichever of the two hears of it, it is there once.

What they say in private stays with the account that they say it to: no other can answer it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from connectors.incoming import PUBLIC, Incoming
from connectors.models import Channel
from connectors.registry import CONNECTORS
from inbox.models import Delivery

State = Delivery.State

# By the thread, unless the account has a conversation of its own there; by the message itself, and by what it answers.
_ELSEWHERE = """
    WITH sibling AS MATERIALIZED (
        SELECT id FROM connectors_channel WHERE network = %(network)s AND id <> %(channel)s
    ), n AS (
        SELECT asked.*, i.id AS identity_id
        FROM unnest(
            %(ids)s::text[], %(parents)s::text[], %(threads)s::text[], %(networks)s::text[], %(authors)s::text[]
        ) AS asked(external_id, parent_id, thread_id, network, author)
        JOIN contacts_identity i ON i.network = asked.network AND i.external_id = asked.author
        WHERE EXISTS (SELECT FROM sibling)
    ), found AS (
        SELECT n.external_id, c.id, c.channel_id, c.thread_id, false AS is_answer
        FROM n CROSS JOIN sibling s
        JOIN inbox_conversation c
            ON c.channel_id = s.id AND c.thread_id = n.thread_id AND c.identity_id = n.identity_id
        WHERE NOT EXISTS (
            SELECT FROM inbox_conversation own
            WHERE own.channel_id = %(channel)s AND own.thread_id = n.thread_id AND own.identity_id = n.identity_id
        )
        UNION ALL
        SELECT n.external_id, c.id, c.channel_id, c.thread_id, true
        FROM n CROSS JOIN sibling s
        JOIN inbox_message m ON m.channel_id = s.id AND m.external_id IN (n.external_id, nullif(n.parent_id, ''))
        JOIN inbox_conversation c ON c.id = m.conversation_id AND c.identity_id = n.identity_id
    )
    SELECT DISTINCT ON (external_id) external_id, channel_id, thread_id FROM found
    WHERE EXISTS (
            SELECT FROM inbox_message o JOIN inbox_delivery d ON d.message_id = o.id
            WHERE o.conversation_id = found.id AND d.channel_id = %(channel)s AND d.state = ANY(%(spoke)s)
        )
        AND NOT EXISTS (
            SELECT FROM inbox_message k WHERE k.channel_id = %(channel)s AND k.external_id = found.external_id
        )
    ORDER BY external_id, is_answer DESC, id
"""
_SPOKE = [State.SENDING, State.SENT, State.UNCONFIRMED]


def by_channel(channel: Channel, items: Sequence[Incoming]) -> list[tuple[Channel, list[Incoming]]]:
    """A page as it came to `channel`, by the channels whose conversations it belongs to; the page's own comes first.

    One statement, none where the network lets no account answer for another one.
    """
    kind = CONNECTORS.get(channel.network)
    if kind is None or not kind.stands_in or not items:
        return [(channel, list(items))]
    elsewhere = _elsewhere(channel, items)
    stay = [one for one in items if one.external_id not in elsewhere]
    channels = Channel.objects.in_bulk({pk for pk, _thread in elsewhere.values()}) if elsewhere else {}
    return [(channel, stay)] + [
        (
            channels[pk],
            [
                replace(one, thread_id=elsewhere[one.external_id][1])
                for one in items
                if elsewhere.get(one.external_id, (0, ""))[0] == pk
            ],
        )
        for pk in sorted(channels)
    ]


def _elsewhere(channel: Channel, items: Sequence[Incoming]) -> dict[str, tuple[int, str]]:
    """Channel and thread of those that belong elsewhere, by their ids."""
    private = {one.external_id for one in items if one.kind not in PUBLIC}
    # An edit or a deletion goes to its message wherever that is.
    asked = [one for one in items if one.external_id not in private or one.action != "create"]
    columns: dict[str, Any] = {
        "ids": [one.external_id for one in asked],
        "parents": ["" if one.external_id in private else one.parent_id for one in asked],
        "threads": [None if one.external_id in private else one.thread_id for one in asked],
        "networks": [one.network for one in asked],
        "authors": [one.author.external_id for one in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ELSEWHERE, {"network": channel.network, "channel": channel.pk, "spoke": _SPOKE, **columns})
        return {external_id: (pk, thread) for external_id, pk, thread in cursor.fetchall()}
