"""What was set aside, as the list shows it: why each is there, and the least sure first."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext, gettext_lazy

from inbox import alike
from inbox.models import Decision
from inbox.rows import Row

if TYPE_CHECKING:
    from inbox.lists import Scope

LOOKED_AT, SHOWN = 500, 100
"""Of the newest that were set aside, so many are sorted by how sure the router was, and so many of them shown."""

# Somebody's word counts, else what the router said of the newest message.
_WHY = """
    SELECT asked.id, d.source, d.confidence, (
        SELECT one ->> 'name' FROM jsonb_array_elements(d.evidence) AS one WHERE one ->> 'kind' = d.source LIMIT 1
    ), m.automatic, e.name, e.reason
    FROM unnest(%s::bigint[]) AS asked(id)
    LEFT JOIN LATERAL (
        SELECT id, automatic FROM inbox_message WHERE conversation_id = asked.id AND direction = 'in'
        ORDER BY posted_at DESC, id DESC LIMIT 1
    ) m ON true
    LEFT JOIN inbox_decision d ON d.message_id = m.id
    LEFT JOIN LATERAL (
        SELECT COALESCE(NULLIF(u.name, ''), u.username) AS name, v.data ->> 'reason' AS reason
        FROM inbox_event v JOIN people_user u ON u.id = v.actor_id
        WHERE v.conversation_id = asked.id AND v.kind = 'set_aside' ORDER BY v.at DESC, v.id DESC LIMIT 1
    ) e ON true
"""
_SURENESS = """
    SELECT newest.id FROM (
        SELECT id, last_message_at FROM inbox_conversation WHERE state = 'noise'
        ORDER BY last_message_at DESC, id DESC LIMIT %s
    ) newest
    JOIN LATERAL (
        SELECT id FROM inbox_message WHERE conversation_id = newest.id AND direction = 'in'
        ORDER BY posted_at DESC, id DESC LIMIT 1
    ) m ON true
    JOIN inbox_decision d ON d.message_id = m.id AND d.source = 'classifier'
    ORDER BY d.confidence, newest.last_message_at DESC, newest.id DESC LIMIT %s
"""
_WORDS = {
    Decision.Source.BLOCK: gettext_lazy("Blocked: %(what)s"),
    Decision.Source.RULE: gettext_lazy("Rule: %(what)s"),
}


def doubtful() -> list[int]:
    """The conversations that the classifier set aside, the least sure first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SURENESS, [LOOKED_AT, SHOWN])
        return [row[0] for row in cursor.fetchall()]


def explain(rows: Collection[Row], scope: "Scope") -> None:
    """Say on each line why it was set aside, and offer to choose it and to bring it back. One statement."""
    if not rows:
        return
    acts = alike.drawn("inbox/noise/_row_acts.html")
    why = _why([one["id"] for one in rows])
    for one in rows:
        if one["state"]:
            one["state"] = why.get(one["id"], one["state"])
        one["acts"] = acts if one["able"] and one["state"] else one["acts"]


def _why(ids: list[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(_WHY, [ids])
        return {row[0]: _told(*row[1:]) for row in cursor.fetchall()}


def _told(
    source: str | None, confidence: float | None, what: str | None, automatic: bool | None, by: str, reason: str
) -> str:
    if by:
        return gettext("%(name)s: %(reason)s") % {"name": by, "reason": reason} if reason else by
    if source in _WORDS:
        return str(_WORDS[Decision.Source(source)]) % {"what": what or gettext("gone since")}
    if automatic:
        return gettext("No person wrote this")
    if source == Decision.Source.CLASSIFIER and confidence is not None:
        share = min(99, round(confidence * 100))
        return gettext("Looks like spam, %(share)s%% sure") % {"share": share}
    return gettext("Nobody needs to read it")
