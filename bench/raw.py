"""The floor to measure ingest against: the same rows into the same tables by multi-row INSERT … ON CONFLICT."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from connectors.incoming import Incoming
from connectors.models import Channel


@transaction.atomic
def resolve_and_insert(channel: Channel, page: Sequence[Incoming], department_id: int) -> None:
    """One page: identities with contacts, conversations, messages, decisions and events, with seven statements."""
    with connection.cursor() as cursor:
        identities = _identities(cursor.cursor, page)
        threads = sorted({(one.thread_id, identities[one.network, one.author.external_id]) for one in page})
        last = max(one.posted_at for one in page)
        rows = [
            (channel.pk, thread, who, department_id, "open", "", last, last, False, last) for thread, who in threads
        ]
        found = _insert(
            cursor.cursor,
            "INSERT INTO inbox_conversation (channel_id, thread_id, identity_id, department_id, state, snippet,"
            " last_message_at, last_inbound_at, moved_by_hand, created_at) VALUES %s"
            " ON CONFLICT (channel_id, thread_id, identity_id) DO UPDATE SET last_message_at = EXCLUDED.last_message_at"
            " RETURNING thread_id, identity_id, id",
            rows,
        )
        conversations = {(row[0], row[1]): row[2] for row in found}
        messages = []
        for one in page:
            who = identities[one.network, one.author.external_id]
            where = conversations[one.thread_id, who]
            messages.append(_message(channel, one, who, where))
        written = _insert(
            cursor.cursor,
            "INSERT INTO inbox_message (channel_id, conversation_id, identity_id, direction, kind, external_id,"
            " parent_id, text, language, url, attachments, context, raw, posted_at, created_at, version_at, digest)"
            " VALUES %s ON CONFLICT (channel_id, external_id) DO NOTHING"
            " RETURNING id, conversation_id, identity_id, posted_at",
            messages,
        )
        _follow_up(cursor.cursor, channel, written)


def _identities(cursor: Any, page: Sequence[Incoming]) -> dict[tuple[str, str], int]:
    people = {(one.network, one.author.external_id): one.author for one in page}
    now = page[-1].posted_at
    contacts = _insert(
        cursor,
        "INSERT INTO contacts_contact (name, sort_key, created_at) VALUES %s RETURNING id",
        [(author.name, author.name.lower(), now) for author in people.values()],
    )
    rows = [
        (contact[0], *key, author.handle, author.name, "", "", "", author.followers, False, "", author.name, now, now)
        for contact, (key, author) in zip(contacts, people.items(), strict=True)
    ]
    found = _insert(
        cursor,
        "INSERT INTO contacts_identity (contact_id, network, external_id, handle, name, url, avatar_url, bio,"
        " followers, verified, email, search_key, seen_at, created_at) VALUES %s"
        " ON CONFLICT (network, external_id) DO UPDATE SET seen_at = EXCLUDED.seen_at"
        " RETURNING network, external_id, id",
        sorted(rows, key=lambda row: row[1:3]),
    )
    return {(row[0], row[1]): row[2] for row in found}


def _message(channel: Channel, one: Incoming, who: int, where: int) -> tuple[Any, ...]:
    at = one.posted_at
    return (
        channel.pk,
        where,
        who,
        "in",
        one.kind,
        one.external_id,
        one.parent_id,
        one.text,
        one.language,
        one.url,
        "[]",
        "[]",
        json.dumps(one.raw),
        at,
        at,
        at,
        "0" * 32,
    )


def _follow_up(cursor: Any, channel: Channel, written: Sequence[tuple[Any, ...]]) -> None:
    evidence = json.dumps([{"kind": "term", "term": "invented", "department": "support", "weight": 0.5}] * 4)
    odds = json.dumps({"sales": 0.2, "support": 0.5, "pr": 0.1, "marketing": 0.1, "noise": 0.1})
    _insert(
        cursor,
        "INSERT INTO inbox_decision (message_id, channel_id, outcome, source, confidence, runner_up, threshold,"
        " probabilities, contributors, evidence, version, at) VALUES %s ON CONFLICT DO NOTHING RETURNING message_id",
        [
            (row[0], channel.pk, "support", "classifier", 0.5, "sales", 0.5, odds, "[]", evidence, "raw", row[3])
            for row in written
        ],
    )
    _insert(
        cursor,
        "INSERT INTO inbox_event (kind, channel_id, identity_id, conversation_id, message_id, data, at) VALUES %s"
        " ON CONFLICT DO NOTHING RETURNING id",
        [("message", channel.pk, row[2], row[1], row[0], "{}", row[3]) for row in written],
    )


def _insert(cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return list(execute_values(cursor, statement, rows, page_size=len(rows), fetch=True)) if rows else []
