"""The router's decisions on arriving messages: asked for in one batch, kept with their evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from connectors.incoming import Incoming
from connectors.models import Channel
from inbox import conversations
from inbox.arrivals import Arrival, PlaceKey
from inbox.conversations import NOISE, Place
from inbox.models import Conversation, Decision
from people.models import TRIAGE, Department
from routing import rules
from routing.decisions import Decision as Verdict
from routing.engine import route
from routing.model import load
from routing.signals import Signals
from socialcrm.bulk import copy_rows

_COLUMNS = (
    "outcome",
    "source",
    "rule_id",
    "confidence",
    "runner_up",
    "threshold",
    "probabilities",
    "contributors",
    "evidence",
    "version",
    "at",
)


def decide(channel: Channel, new: Sequence[Arrival], places: Mapping[PlaceKey, Place]) -> list[tuple[Arrival, Verdict]]:
    """What the router says about new messages, in the order in which they were said."""
    if not new:
        return []
    signals = [_signals(one.current, places[one.place].id, places[one.place].owner) for one in new if one.current]
    return list(zip(new, _route(signals), strict=True))


def write(
    channel: Channel, decided: Sequence[tuple[Arrival, Verdict]], ids: Mapping[str, int], *, now: datetime
) -> None:
    """Keep decisions. That on a deleted message keeps none of its words."""
    copy_rows(
        "inbox_decision",
        ("message_id", "channel_id", *_COLUMNS),
        [(ids[arrival.external_id], channel.pk, *_values(verdict, arrival, now)) for arrival, verdict in decided],
    )


def decide_again(channel: Channel, old: Sequence[Arrival], *, now: datetime) -> set[int]:
    """Decide anew on messages whose text has changed, where the decision rests on that message alone.

    That is where it is its conversation's only one and nobody has touched the conversation: whatever has happened since
    (an answer, a move, a second message) stands on what was known then. Returns the conversations concerned.
    """
    changed = {one.message.id: one for one in old if one.message and one.message.is_inbound and one.current is not None}
    if not changed:
        return set()
    alone = _untouched([one.message.conversation_id for one in changed.values() if one.message])
    chosen = [one for one in changed.values() if one.message and one.message.conversation_id in alone]
    if not chosen:
        return set()
    signals = [
        _signals(one.current, one.message.conversation_id, None) for one in chosen if one.current and one.message
    ]
    verdicts = _route(signals)
    departments = {department.slug: department for department in Department.objects.all()}
    Decision.objects.filter(message__in=[one.message.id for one in chosen if one.message]).delete()
    write(
        channel,
        list(zip(chosen, verdicts, strict=True)),
        {one.external_id: one.message.id for one in chosen if one.message},
        now=now,
    )
    _move(chosen, verdicts, departments)
    conversations.contribute(
        channel,
        [
            (one.message.conversation_id, one.message.identity_id, one.history.posted_at, verdict)
            for one, verdict in zip(chosen, verdicts, strict=True)
            if one.message
        ],
        departments,
        now=now,
    )
    return {one.message.conversation_id for one in chosen if one.message}


def _route(signals: Sequence[Signals]) -> list[Verdict]:
    return route(signals, rules=rules.published().rules, model=load())


def _signals(item: Incoming, conversation: int, owner: str | None) -> Signals:
    return Signals(
        text=f"{item.title}\n{item.text}" if item.title else item.text,
        network=item.network,
        kind=item.kind,
        language=item.language,
        author_handle=item.author.handle,
        author_name=item.author.name,
        followers=item.author.followers,
        verified=item.author.verified,
        conversation=conversation,
        owner=owner,
    )


def _values(verdict: Verdict, arrival: Arrival, now: datetime) -> tuple[Any, ...]:
    evidence = [] if arrival.history.deleted_at is not None else list(verdict.evidence)
    return (
        verdict.department,
        verdict.source,
        verdict.rule,
        min(1.0, max(0.0, verdict.confidence)),
        verdict.runner_up or "",
        verdict.threshold,
        verdict.probabilities,
        list(verdict.contributors),
        evidence,
        verdict.version,
        now,
    )


def _untouched(ids: Sequence[int]) -> set[int]:
    """Of these conversations, those with a single message and without a person's hand in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id FROM inbox_conversation c WHERE c.id = ANY(%s) AND NOT c.moved_by_hand"
            " AND c.assignee_id IS NULL AND c.state IN ('open', 'noise')"
            " AND (SELECT count(*) FROM (SELECT 1 FROM inbox_message m WHERE m.conversation_id = c.id LIMIT 2) s) = 1"
            " ORDER BY c.id FOR UPDATE OF c",
            [list(ids)],
        )
        return {row[0] for row in cursor.fetchall()}


def _move(chosen: Sequence[Arrival], verdicts: Sequence[Verdict], departments: Mapping[str, Department]) -> None:
    """Give each conversation the owner that the new decision names, as if the message had come like this."""
    rows = []
    for arrival, verdict in zip(chosen, verdicts, strict=True):
        slug = verdict.department if verdict.department in departments else TRIAGE
        state = Conversation.State.NOISE if verdict.department == NOISE else Conversation.State.OPEN
        if arrival.message:
            rows.append((arrival.message.conversation_id, departments[slug].pk, str(state)))
    ids = [row[0] for row in rows]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inbox_contributor WHERE conversation_id = ANY(%s)", [ids])
        cursor.execute("DELETE FROM inbox_event WHERE conversation_id = ANY(%s) AND kind = 'contributor'", [ids])
        cursor.execute(
            "UPDATE inbox_conversation c SET department_id = n.department_id, state = n.state"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n(id, department_id, state) WHERE c.id = n.id",
            [list(column) for column in zip(*rows, strict=True)],
        )
