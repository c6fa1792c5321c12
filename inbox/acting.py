"""What rules do beside choosing a department: assign, set the priority, tag, suggest a role. Set-based, in ingest.

What a person has touched is left as it is: an assignee or priority that somebody chose, a tag that somebody took away,
a suggestion that somebody has answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from inbox import events
from inbox.models import Conversation
from routing.decisions import Decision

Priority = Conversation.Priority
PRIORITIES: Mapping[str, int] = {
    "low": Priority.LOW, "normal": Priority.NORMAL, "high": Priority.HIGH, "urgent": Priority.URGENT
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A decision on a message, and where the message stands. `is_past`: nobody works on it any more."""

    channel: int
    conversation: int
    identity: int
    message: int
    decision: Decision
    is_past: bool = False


def act(deeds: Sequence[Deed], *, now: datetime) -> set[int]:
    """Do what rules say of messages that were just written; what cannot be done is added to the decisions' evidence.

    Returns the conversations whose priority has changed. No statement where no rule does anything.
    """
    acting = [one for one in deeds if one.decision.actions]
    if not acting:
        return set()
    present = [one for one in acting if not one.is_past]
    _assign(_first(present, "assignee"), now)
    changed = _prioritise(_first(present, "priority"), now)
    _tag(acting, now)
    _suggest(acting, now)
    return changed


def _first(deeds: Iterable[Deed], action: str) -> dict[int, tuple[Deed, Any]]:
    """The first value that is wished for each conversation."""
    found: dict[int, tuple[Deed, Any]] = {}
    for one in deeds:
        if action in one.decision.actions:
            found.setdefault(one.conversation, (one, one.decision.actions[action]["value"]))
    return found


def _rule(decision: Decision, number: int) -> str:
    return next((one["name"] for one in decision.evidence if one.get("rule") == number), "")


def _reason(deed: Deed, action: str) -> str:
    return _("Rule “%(name)s”") % {"name": _rule(deed.decision, deed.decision.actions[action]["rule"])}


# A person has a hand in it where somebody has it, or somebody gave, took or moved it.
_MAY_WORK = """
    SELECT n.id, u.name, u.is_active,
        u.role IN ('manager', 'admin') OR d.slug = 'triage' OR EXISTS (
            SELECT FROM people_membership m WHERE m.user_id = u.id AND m.department_id = c.department_id),
        d.name
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, user_id)
    JOIN inbox_conversation c ON c.id = n.id JOIN people_department d ON d.id = c.department_id
    JOIN people_user u ON u.id = n.user_id
    WHERE c.assignee_id IS NULL AND NOT c.moved_by_hand AND c.state = 'open' AND NOT EXISTS (
        SELECT FROM inbox_event e WHERE e.conversation_id = c.id AND e.actor_id IS NOT NULL
            AND e.kind IN ('assigned', 'unassigned', 'handover', 'released'))
    ORDER BY n.id FOR UPDATE OF c
"""
# It counts on their day as anything else that they were given.
_GIVE = """
    WITH given AS (
        UPDATE inbox_conversation c SET assignee_id = n.user_id
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n(id, user_id, rule) WHERE c.id = n.id
        RETURNING n.*
    )
    INSERT INTO inbox_assignment (conversation_id, user_id, explanation, at)
    SELECT id, user_id, jsonb_build_object('rule', rule), %s FROM given
"""


def _assign(wanted: Mapping[int, tuple[Deed, int]], now: datetime) -> None:
    if not wanted:
        return
    given: list[tuple[int, int, str]] = []
    entries = []
    with connection.cursor() as cursor:
        cursor.execute(_MAY_WORK, [list(wanted), [user for _deed, user in wanted.values()]])
        for conversation, name, is_active, works_there, department in cursor.fetchall():
            deed, user = wanted[conversation]
            if is_active and works_there:
                given.append((conversation, user, _rule(deed.decision, deed.decision.actions["assignee"]["rule"])))
                data = {"to": name, "reason": _reason(deed, "assignee")}
                entries.append(_entry("given", deed, now, data))
            else:
                _fail(deed, _left(name) if not is_active else _elsewhere(name, department))
        if given:
            cursor.execute(_GIVE, [*(list(column) for column in zip(*given, strict=True)), now])
    events.record(entries)


def _left(name: str) -> str:
    return _("%(name)s does not work here any more, so nobody was assigned.") % {"name": name}


def _elsewhere(name: str, department: str) -> str:
    named = {"name": name, "department": department}
    return _("%(name)s is not in %(department)s, so nobody was assigned.") % named


def _fail(deed: Deed, reason: str) -> None:
    rule = deed.decision.actions["assignee"]["rule"]
    deed.decision.evidence.append(
        {
            "kind": "rule",
            "rule": rule,
            "name": _rule(deed.decision, rule),
            "outcome": "failed",
            "term": reason,
        }
    )


def _entry(kind: str, deed: Deed, now: datetime, data: Mapping[str, Any]) -> events.Entry:
    return events.Entry(
        kind=kind,
        channel_id=deed.channel,
        identity_id=deed.identity,
        conversation_id=deed.conversation,
        at=now,
        data=data,
    )


_PRIORITISE = """
    UPDATE inbox_conversation c SET priority = n.priority
    FROM unnest(%s::bigint[], %s::smallint[]) AS n(id, priority)
    WHERE c.id = n.id AND c.priority = 1 AND n.priority <> 1 AND NOT EXISTS (
        SELECT FROM inbox_event e WHERE e.conversation_id = c.id AND e.kind = 'prioritised' AND e.actor_id IS NOT NULL)
    RETURNING c.id
"""


def _prioritise(wanted: Mapping[int, tuple[Deed, str]], now: datetime) -> set[int]:
    known = {one: (deed, PRIORITIES[name]) for one, (deed, name) in wanted.items() if name in PRIORITIES}
    if not known:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_PRIORITISE, [list(known), [int(to) for _deed, to in known.values()]])
        changed = {pk for (pk,) in cursor.fetchall()}
    events.record(
        _entry(
            "prioritised",
            known[one][0],
            now,
            {
                "from": str(Priority.NORMAL.label),
                "to": str(Priority(known[one][1]).label),
                "reason": _reason(known[one][0], "priority"),
            },
        )
        for one in sorted(changed)
    )
    return changed


_TAG = """
    INSERT INTO inbox_conversationtag (conversation_id, name, rule, at)
    SELECT n.id, n.name, n.rule, %(now)s FROM unnest(%(ids)s::bigint[], %(names)s::text[], %(rules)s::bigint[])
        AS n(id, name, rule)
    WHERE NOT EXISTS (
        SELECT FROM inbox_event e WHERE e.conversation_id = n.id AND e.kind = 'conversation_untagged'
            AND e.data ->> 'tag' = n.name)
    ORDER BY n.id, n.name ON CONFLICT DO NOTHING RETURNING conversation_id, name
"""


def _tag(deeds: Sequence[Deed], now: datetime) -> None:
    wanted: dict[tuple[int, str], tuple[Deed, int]] = {}
    for deed in deeds:
        for one in deed.decision.actions.get("tags", ()):
            wanted.setdefault((deed.conversation, one["value"][:50]), (deed, one["rule"]))
    if not wanted:
        return
    columns: dict[str, Any] = {
        "ids": [conversation for conversation, _name in wanted],
        "names": [name for _conversation, name in wanted],
        "rules": [rule for _deed, rule in wanted.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAG, {**columns, "now": now})
        added = [(conversation, name) for conversation, name in cursor.fetchall()]
    events.record(_entry("conversation_tagged", wanted[one][0], now, {"tag": one[1]}) for one in added)


# A person has a role whatever part of them it was said of. What was answered once is not asked again.
_SUGGEST = """
    INSERT INTO inbox_rolesuggestion (identity_id, kind_id, message_id, rule, reason, state, at)
    SELECT DISTINCT ON (n.identity, k.id) n.identity, k.id, n.message, n.rule, n.reason, 'open', %(now)s
    FROM unnest(%(identities)s::bigint[], %(slugs)s::text[], %(messages)s::bigint[], %(rules)s::bigint[],
                %(reasons)s::text[]) WITH ORDINALITY AS n(identity, slug, message, rule, reason, place)
    JOIN contacts_rolekind k ON k.slug = n.slug AND k.is_active
    JOIN contacts_identity i ON i.id = n.identity JOIN contacts_contact c ON c.id = i.contact_id
    WHERE NOT EXISTS (
        SELECT FROM contacts_contact p JOIN contacts_role r ON r.contact_id = p.id AND r.until IS NULL
        WHERE r.kind_id = k.id AND (p.id = coalesce(c.root_id, c.id) OR p.root_id = coalesce(c.root_id, c.id)))
    ORDER BY n.identity, k.id, n.place ON CONFLICT DO NOTHING
"""


def _suggest(deeds: Sequence[Deed], now: datetime) -> None:
    rows = [
        (deed.identity, one["value"], deed.message, one["rule"], _rule(deed.decision, one["rule"]))
        for deed in deeds
        for one in deed.decision.actions.get("roles", ())
    ]
    if not rows:
        return
    names = ("identities", "slugs", "messages", "rules", "reasons")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_SUGGEST, {**columns, "now": now})
