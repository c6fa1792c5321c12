"""Who reaches what a criterion demands: one query a measure, over everybody or some, whatever accounts they use.

Each gives person, value, up to ten messages (the newest first) and the newest one's conversation; nobody of us, nobody
who is part of somebody else.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contacts.criteria import Criterion

PUBLIC = ("mention", "post", "comment", "review")
_EVER = datetime(1, 1, 1, tzinfo=UTC)

# `{among}` narrows a table's identities down to those of the people who are asked for.
_HOLDS = """
    SELECT found.person, found.value::float8, found.messages, found.conversation
    FROM ({found}) found
    JOIN contacts_contact c ON c.id = found.person AND c.root_id IS NULL AND NOT c.is_us
"""
_REACH = """
    SELECT i.contact_id AS person, max(i.followers) AS value, NULL::bigint[] AS messages, NULL::bigint AS conversation
    FROM contacts_identity i WHERE i.followers >= %(at_least)s {among_i} GROUP BY i.contact_id
"""
# A person weighs what all their accounts weigh.
_INFLUENCE = """
    SELECT i.contact_id AS person, greatest(max(f.percentile), %(at_least)s) AS value, NULL::bigint[] AS messages,
        NULL::bigint AS conversation
    FROM contacts_influence f JOIN contacts_identity i ON i.id = f.identity_id
    WHERE true {among_i} GROUP BY i.contact_id
    HAVING sum(f.score) >= (SELECT min(score) FROM contacts_influence WHERE percentile >= %(at_least)s)
"""
_MESSAGES = """
    SELECT i.contact_id AS person, sum(said.count) AS value, NULL::bigint[] AS messages, max(said.conversation)
        AS conversation
    FROM (
        SELECT m.identity_id, count(*) AS count, max(m.conversation_id) AS conversation FROM inbox_message m
        WHERE m.direction = 'in' AND m.posted_at >= %(since)s {among_m} GROUP BY m.identity_id
    ) said JOIN contacts_identity i ON i.id = said.identity_id
    GROUP BY i.contact_id HAVING sum(said.count) >= %(at_least)s
"""
_NEGATIVE = """
    SELECT i.contact_id AS person, count(*) AS value,
        (array_agg(m.id ORDER BY m.posted_at DESC, m.id DESC))[1:10] AS messages,
        (array_agg(m.conversation_id ORDER BY m.posted_at DESC, m.id DESC))[1] AS conversation
    FROM inbox_message m JOIN contacts_identity i ON i.id = m.identity_id
    WHERE m.sentiment = -1 AND m.direction = 'in' AND m.kind = ANY(%(public)s) AND m.deleted_at IS NULL
        AND m.posted_at >= %(since)s {among_m}
    GROUP BY i.contact_id HAVING count(*) >= %(at_least)s
"""
# What counts as an answer is what makes the relationship, see inbox/spoken.py; several to one question count once.
_ANSWERS = """
    SELECT i.contact_id AS person, count(DISTINCT question.id) AS value,
        (array_agg(m.id ORDER BY m.posted_at DESC, m.id DESC))[1:10] AS messages,
        (array_agg(m.conversation_id ORDER BY m.posted_at DESC, m.id DESC))[1] AS conversation
    FROM inbox_message m JOIN contacts_identity i ON i.id = m.identity_id
    JOIN inbox_message question ON question.channel_id = m.channel_id AND question.external_id = m.parent_id
    JOIN contacts_identity asker ON asker.id = question.identity_id
    WHERE m.direction = 'in' AND m.parent_id <> '' AND m.kind = ANY(%(public)s) AND m.deleted_at IS NULL
        AND NOT m.automatic AND m.posted_at >= %(since)s {among_m}
        AND question.direction = 'in' AND asker.contact_id <> i.contact_id
        AND ((m.kind = 'comment' AND question.parent_id = '')
            OR question.text ~ '[?？؟՞]' OR question.title ~ '[?？؟՞]')
    GROUP BY i.contact_id HAVING count(DISTINCT question.id) >= %(at_least)s
"""
_QUERIES: Mapping[str, str] = {
    "reach": _REACH,
    "influence": _INFLUENCE,
    "messages": _MESSAGES,
    "negative_posts": _NEGATIVE,
    "answers": _ANSWERS,
}
# Of everybody, only those are looked at who have answered often enough at all.
_MAY_ANSWER = """
    AND m.identity_id IN (
        SELECT id FROM contacts_identity WHERE contact_id IN (
            SELECT i.contact_id FROM contacts_relationship r JOIN contacts_identity i ON i.id = r.source_id
            WHERE r.kind = 'answered' AND r.last_at >= %(since)s
            GROUP BY i.contact_id HAVING sum(r.count) >= %(at_least)s
        )
    )
"""


def query(criterion: Criterion, now: datetime, identities: Collection[int] | None) -> tuple[str, dict[str, Any]]:
    """The statement and its values. `identities`: all accounts of the people who are asked for; None for everybody."""
    among_i = "" if identities is None else "AND i.id = ANY(%(identities)s)"
    among_m = "" if identities is None else "AND m.identity_id = ANY(%(identities)s)"
    if identities is None and criterion.measure == "answers":
        among_m = _MAY_ANSWER
    found = _QUERIES[criterion.measure].format(among_i=among_i, among_m=among_m)
    return _HOLDS.format(found=found), asked(criterion, now, identities)


def asked(criterion: Criterion, now: datetime, identities: Collection[int] | None) -> dict[str, Any]:
    """What the statements of a criterion are about."""
    return {
        "at_least": criterion.at_least,
        "since": now - timedelta(days=criterion.days) if criterion.days else _EVER,
        "public": list(PUBLIC),
        "identities": list(identities or ()),
    }
