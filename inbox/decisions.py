"""The router's decisions on arriving messages: asked for in one batch, kept with their evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection

from connectors.models import Channel
from inbox import acting, conversations, gathering
from inbox.arrivals import Arrival, PlaceKey
from inbox.conversations import NOISE, Place
from inbox.gathering import Said
from inbox.models import Conversation, Decision
from people.models import TRIAGE, Department
from routing import champion, rules
from routing.decisions import Decision as Verdict
from routing.decisions import Look
from routing.engine import Course, route, unquoted
from routing.senses import sense
from routing.signals import Signals
from socialcrm import jobs
from socialcrm.bulk import copy_rows

AT_ONCE = 25
"""Messages of a page that get the full model at once. Larger pages get the quick opinion, and a second look later."""

COLUMNS = (
    "outcome", "source", "rule", "ruleset", "look", "confidence", "runner_up", "threshold", "probabilities",
    "contributors", "evidence", "signals", "actions", "version", "at",
)  # fmt: skip

Departments = Mapping[str, Department]


def decide(
    channel: Channel, new: Sequence[Arrival], places: Mapping[PlaceKey, Place], departments: Departments
) -> list[tuple[Arrival, Verdict]]:
    """What the router says about new messages, in the order in which they were said."""
    begun = {key for key, place in places.items() if place.existed}
    said: list[Said] = []
    for one in new:
        place = places[one.place]
        if one.current is not None:
            said.append(_said(one, place, is_first=one.place not in begun))
            begun.add(one.place)
    is_many = len(new) > AT_ONCE or any(place.is_past for place in places.values())
    verdicts = _route(channel, said, departments, "quick" if is_many else "full")
    return [
        (one, verdict if one.history.deleted_at is None else _unquoted(verdict))
        for one, verdict in zip(new, verdicts, strict=True)
    ]


def _unquoted(verdict: Verdict) -> Verdict:
    return replace(verdict, contributors=tuple(unquoted(one) for one in verdict.contributors))


def write(
    channel: Channel, decided: Sequence[tuple[Arrival, Verdict]], ids: Mapping[str, int], *, now: datetime
) -> None:
    """Keep decisions. That on a deleted message keeps none of its words."""
    copy_rows(
        "inbox_decision",
        ("message_id", "channel_id", *("rule_id" if name == "rule" else name for name in COLUMNS)),
        [(ids[arrival.external_id], channel.pk, *_values(verdict, arrival, now)) for arrival, verdict in decided],
    )
    if any(verdict.look == "quick" for _, verdict in decided):
        jobs.ring(jobs.SECOND_LOOK)


def act(
    channel: Channel,
    decided: Sequence[tuple[Arrival, Verdict]],
    places: Mapping[PlaceKey, Place],
    ids: Mapping[str, int],
    *,
    now: datetime,
) -> set[int]:
    """Do what else rules say of new messages; returns the conversations whose deadlines that changes."""
    return acting.act(
        [
            acting.Deed(
                channel=channel.pk,
                conversation=places[arrival.place].id,
                identity=places[arrival.place].identity_id,
                message=ids[arrival.external_id],
                decision=verdict,
                is_past=places[arrival.place].is_past,
            )
            for arrival, verdict in decided
        ],
        now=now,
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
    departments = by_slug()
    said = [
        Said(
            item=one.current,
            identity=one.message.identity_id,
            conversation=one.message.conversation_id,
            owner=None,
            is_first=True,
        )
        for one in chosen
        if one.current and one.message
    ]
    verdicts = _route(channel, said, departments, "full" if len(said) <= AT_ONCE else "quick")
    decided = list(zip(chosen, verdicts, strict=True))
    ids = {one.external_id: one.message.id for one in chosen if one.message}
    Decision.objects.filter(message__in=ids.values()).delete()
    _move(chosen, verdicts, departments)
    deeds = [
        acting.Deed(
            channel=channel.pk,
            conversation=one.message.conversation_id,
            identity=one.message.identity_id,
            message=one.message.id,
            decision=verdict,
        )
        for one, verdict in decided
        if one.message
    ]
    acting.act(deeds, now=now)
    write(channel, decided, ids, now=now)
    conversations.contribute(
        channel,
        [
            (one.message.conversation_id, one.message.identity_id, one.history.posted_at, verdict)
            for one, verdict in decided
            if one.message
        ],
        departments,
        now=now,
    )
    return {one.message.conversation_id for one in chosen if one.message}


def by_slug() -> dict[str, Department]:
    """All departments, each with how it serves. One statement."""
    return {department.slug: department for department in Department.objects.select_related("service")}


def _said(arrival: Arrival, place: Place, *, is_first: bool) -> Said:
    if arrival.current is None:
        raise AssertionError("a new message has a version of this page")
    return Said(
        item=arrival.current,
        identity=place.identity_id,
        conversation=place.id,
        owner=place.owner,
        is_first=is_first,
    )


def _route(channel: Channel, said: Sequence[Said], departments: Departments, look: Look) -> list[Verdict]:
    """Ask the router. One statement, and those for further facts that the rules in force ask for."""
    if not said:
        return []
    batch = gathering.signals(channel, said)
    force = rules.in_force(batch)
    book = force.published.book
    batch = gathering.complete(batch, gathering.origins(channel, said), book)
    return ask(batch, force, departments, look)


def ask(batch: Sequence[Signals], force: rules.InForce, departments: Departments, look: Look) -> list[Verdict]:
    """Ask the router about messages of which all is gathered."""
    model, book = champion.model(force.published.champion), force.published.book
    course = Course(
        thresholds=force.published.thresholds,
        blocks=force.blocks,
        names=gathering.names(book, departments),
        sense=lambda some, scores: sense(some, products=force.published.products, model=model, scores=scores),
        look=look,
        ruleset=force.published.ruleset,
    )
    return route(batch, rules=book, model=model, course=course)


def _values(verdict: Verdict, arrival: Arrival, now: datetime) -> tuple[Any, ...]:
    is_gone = arrival.history.deleted_at is not None
    return values(verdict, now, is_gone=is_gone)


def values(verdict: Verdict, now: datetime, *, is_gone: bool = False) -> tuple[Any, ...]:
    """A decision as its row keeps it, in the order of the columns. Of a message that is gone it keeps no words."""
    return (
        verdict.department,
        verdict.source,
        verdict.rule,
        verdict.ruleset,
        verdict.look,
        min(1.0, max(0.0, verdict.confidence)),
        verdict.runner_up or "",
        verdict.threshold,
        verdict.probabilities,
        list(verdict.contributors),
        [] if is_gone else list(verdict.evidence),
        {} if is_gone or verdict.signals is None else verdict.signals.as_json(),
        dict(verdict.actions),
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


def _move(chosen: Sequence[Arrival], verdicts: Sequence[Verdict], departments: Departments) -> None:
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
