"""The second look: what got a quick opinion in a burst or a back-fill is looked at again with the full model.

Newest first, in small transactions that can be broken off anywhere. The quick decision stays readable beside the one
that replaces it. A conversation moves only while no person has had a hand in it.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inbox import acting, conversations, decisions, gathering, hearing, live, recall, resettling
from inbox.models import Conversation, Decision
from inbox.turns import alone
from people.models import Department
from routing import rules
from routing.decisions import Decision as Verdict
from routing.signals import Signals
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

BATCH = 100
"""Decisions of one transaction."""

_LOCK = 7_343  # of PostgreSQL's advisory locks
# A job that takes longer would keep its worker from the channels.
_SLICE_SECONDS = 10.0
declare("second_look.before_commit", "second_look.after_commit")

# Conversations before decisions, as ingest. What somebody else works on at this moment comes another time.
_CONVERSATIONS = """
    WITH quick AS MATERIALIZED (
        SELECT message_id FROM inbox_decision WHERE look = 'quick' ORDER BY message_id DESC LIMIT %s
    )
    SELECT c.id FROM inbox_conversation c
    WHERE c.id IN (SELECT m.conversation_id FROM quick JOIN inbox_message m ON m.id = quick.message_id)
    ORDER BY c.id FOR UPDATE SKIP LOCKED
"""


def work(*, seconds: float = _SLICE_SECONDS) -> int:
    """Look again for a while; rings again where more is left. One worker at a time. Returns how many were looked at."""
    done, until = 0, time.monotonic() + seconds
    with alone(_LOCK, 0) as is_alone:
        if not is_alone:
            return 0
        while True:
            looked_at = look(timezone.now())
            crash_point("second_look.after_commit")
            done += looked_at
            if not looked_at:
                break
            if time.monotonic() > until:
                jobs.ring(jobs.SECOND_LOOK)
                break
    if done:
        # What it has looked at may be given to somebody now.
        jobs.ring(jobs.ASSIGN)
    return done


@transaction.atomic
def look(now: datetime) -> int:
    """Look again at the newest that have only a quick decision; returns at how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CONVERSATIONS, [BATCH])
        locked = [pk for (pk,) in cursor.fetchall()]
    quick = _quick(locked)
    if not quick:
        return 0
    departments = decisions.by_slug()
    verdicts = _verdicts(quick, departments)
    _write(quick, verdicts, now)
    moved = resettling.settle(quick, verdicts, departments, now=now)
    pressing = _act(quick, verdicts, now)
    if pressing:
        conversations.refresh(pressing)
    hearing.again({one.message.conversation_id for one in quick})
    if touched := moved | pressing:
        live.changed(conversations=touched)
    crash_point("second_look.before_commit")
    return len(quick)


def _act(quick: Sequence[Decision], verdicts: Sequence[Verdict], now: datetime) -> set[int]:
    """Do what rules say, where the conversations belong by now, and write down what of it could not be done."""
    before = [len(verdict.evidence) for verdict in verdicts]
    pairs = list(zip(quick, verdicts, strict=True))
    pressing = acting.act([_deed(one, verdict) for one, verdict in pairs], now=now)
    failed = [pair for pair, length in zip(pairs, before, strict=True) if len(pair[1].evidence) > length]
    if failed:
        _write([one for one, _ in failed], [verdict for _, verdict in failed], now)
    return pressing


def _quick(locked: Sequence[int]) -> list[Decision]:
    """Quick decisions in these conversations, as they were said. Those past a batch wait for the next, so that in each
    conversation what was said first comes first.

    A message that was deleted meanwhile says nothing any more: what was decided on it stands.
    """
    found = Decision.objects.filter(look=Decision.Look.QUICK, message__conversation__in=locked)
    found.filter(message__deleted_at__isnull=False).update(look=Decision.Look.SECOND)
    rows = found.select_for_update(of=("self",)).select_related("message__channel", "message__identity")
    rows = rows.select_related("message__conversation__department")
    return sorted(
        rows.order_by("-message__conversation_id", "message__posted_at", "message_id")[:BATCH],
        key=lambda one: (one.message.posted_at, one.message_id),
    )


def _verdicts(quick: Sequence[Decision], departments: Mapping[str, Department]) -> list[Verdict]:
    batch = _signals(quick)
    force = rules.in_force(batch)
    origins = [
        gathering.Origin(one.channel_id, one.message.identity_id, one.message.external_id or "", one.message.parent_id)
        for one in quick
    ]
    batch = gathering.complete(batch, origins, force.published.book)
    return decisions.ask(batch, force, departments, "second")


def _signals(quick: Sequence[Decision]) -> list[Signals]:
    """What the router was told, but for what the texts say, which the full model reads better.

    Where a message followed others, the owner counts that they have by now: in this batch, or since an earlier one.
    """
    found, seen = [], set()
    for one in quick:
        signals = recall.of_decision(one)
        found.append(
            replace(signals, senses=None, owner=_owner(one, signals, follows=one.message.conversation_id in seen))
        )
        seen.add(one.message.conversation_id)
    return found


def _owner(one: Decision, signals: Signals, *, follows: bool) -> str | None:
    """What a person has moved since belonged to whom it belonged; the router's own word it may take back."""
    conversation = one.message.conversation
    if one.source != Decision.Source.CONTINUITY or conversation.moved_by_hand:
        return signals.owner
    is_aside = conversation.state == Conversation.State.NOISE
    return None if follows or is_aside else conversation.department.slug


def _deed(one: Decision, verdict: Verdict) -> acting.Deed:
    return acting.Deed(
        channel=one.channel_id,
        conversation=one.message.conversation_id,
        identity=one.message.identity_id,
        message=one.message_id,
        decision=verdict,
        is_past=one.message.is_past,
    )


_REPLACE = """
    UPDATE inbox_decision d SET
        outcome = n.outcome, source = n.source, rule_id = n.rule, ruleset = n.ruleset, look = n.look,
        confidence = n.confidence, runner_up = n.runner_up, threshold = n.threshold, probabilities = n.probabilities,
        contributors = n.contributors, evidence = n.evidence, signals = n.signals, actions = n.actions,
        version = n.version, first = n.first
    FROM jsonb_to_recordset(%s::jsonb) AS n(
        message bigint, outcome text, source text, rule bigint, ruleset bigint, look text, confidence float8,
        runner_up text, threshold float8, probabilities jsonb, contributors jsonb, evidence jsonb, signals jsonb,
        actions jsonb, version text, first jsonb)
    WHERE d.message_id = n.message
"""


def _write(quick: Sequence[Decision], verdicts: Sequence[Verdict], now: datetime) -> None:
    rows = []
    for one, verdict in zip(quick, verdicts, strict=True):
        one.first = _first(one, now)
        row = dict(zip(decisions.COLUMNS, decisions.values(verdict, now), strict=True))
        rows.append(row | {"message": one.message_id, "first": one.first, "at": None})
    with connection.cursor() as cursor:
        cursor.execute(_REPLACE, [json.dumps(rows)])


def _first(one: Decision, now: datetime) -> dict[str, Any]:
    """What the quick look had said, and when it was replaced."""
    return {
        "outcome": one.outcome,
        "source": one.source,
        "rule": one.rule,
        "confidence": one.confidence,
        "runner_up": one.runner_up,
        "threshold": one.threshold,
        "contributors": one.contributors,
        "version": one.version,
        "replaced_at": now.isoformat(),
    }
