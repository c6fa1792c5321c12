"""Conversations as arriving messages see them: found or opened, given an owner, brought up to date."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import Channel
from contacts.profiles import Key
from inbox import events, hearing
from inbox.arrivals import Arrival, PlaceKey
from inbox.models import Conversation
from people.models import TRIAGE, Department
from routing.decisions import Decision
from socialcrm import jobs
from socialcrm.bulk import next_ids

NOISE = "noise"
State = Conversation.State


@dataclass(slots=True)
class Place:
    """A conversation that a page writes to."""

    identity_id: int
    thread_id: str
    id: int = 0
    existed: bool = False
    department: str = TRIAGE
    state: str = State.OPEN
    moved_by_hand: bool = False
    # What arrives belongs to the past: nobody waits for an answer to it.
    is_past: bool = False
    heard: hearing.Heard = hearing.Heard()
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def is_automatic(self) -> bool:
        """Whether no person wrote any of what arrives."""
        return all(one.current is not None and one.current.automatic for one in self.arrivals)

    @property
    def owner(self) -> str | None:
        """The department that keeps what comes next: an open conversation's, and always the one that a person chose."""
        settled = self.state in (State.OPEN, State.SNOOZED) or self.moved_by_hand
        return self.department if self.existed and settled else None


_FIND = """
    SELECT c.id, c.thread_id, c.identity_id, d.slug, c.state, c.moved_by_hand
    FROM unnest(%s::text[], %s::bigint[]) AS asked(thread_id, identity_id)
    JOIN inbox_conversation c ON c.channel_id = %s AND c.thread_id = asked.thread_id
         AND c.identity_id = asked.identity_id
    JOIN people_department d ON d.id = c.department_id
    ORDER BY c.id FOR UPDATE OF c
"""


def prepare(
    channel: Channel, new: Sequence[Arrival], identities: Mapping[Key, int], *, past: bool = False
) -> dict[PlaceKey, Place]:
    """The conversations that new messages belong to, existing ones locked, missing ones with an id reserved."""
    places: dict[PlaceKey, Place] = {}
    for arrival in new:
        key = arrival.place
        if key not in places:
            places[key] = Place(identities[key.network, key.author_external_id], key.thread_id, is_past=past)
        places[key].arrivals.append(arrival)
    if not places:
        return places
    by_pair = {(place.thread_id, place.identity_id): place for place in places.values()}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [[pair[0] for pair in by_pair], [pair[1] for pair in by_pair], channel.pk])
        for conversation_id, thread_id, identity_id, department, state, moved_by_hand in cursor.fetchall():
            place = by_pair[thread_id, identity_id]
            place.id, place.existed = conversation_id, True
            place.department, place.state, place.moved_by_hand = department, state, moved_by_hand
    missing = [place for place in places.values() if not place.existed]
    for place, reserved in zip(missing, next_ids("inbox_conversation", len(missing)), strict=True):
        place.id = reserved
    return places


def write(
    channel: Channel,
    places: Mapping[PlaceKey, Place],
    decided: Sequence[tuple[Arrival, Decision]],
    departments: Mapping[str, Department],
    *,
    now: datetime,
) -> set[int]:
    """Give every conversation its owner, write the new ones, reopen those that a customer wrote to again.

    Returns those in which a department was asked to take part: their clocks may stand still.
    """
    decisions: dict[PlaceKey, list[Decision]] = {}
    for arrival, decision in decided:
        decisions.setdefault(arrival.place, []).append(decision)
    moves: list[tuple[int, str, str]] = []
    fresh: list[Place] = []
    entries: list[events.Entry] = []
    for key, place in places.items():
        before = (place.department, place.state)
        _settle(place, decisions.get(key, []), departments)
        if not place.existed:
            place.heard = hearing.first(place.arrivals, decisions.get(key, []))
            fresh.append(place)
        elif (place.department, place.state) != before:
            moves.append((place.id, place.department, place.state))
            entries += _entries(channel, place, before, departments, now)
    _insert(channel, fresh, departments, now)
    _move(moves, departments)
    events.record(entries)
    if any(place.state == State.OPEN and _assigns(departments[place.department]) for place in places.values()):
        jobs.ring(jobs.ASSIGN)
    return contribute(
        channel,
        [
            (places[arrival.place].id, places[arrival.place].identity_id, arrival.history.posted_at, decision)
            for arrival, decision in decided
        ],
        departments,
        now=now,
    )


def _assigns(department: Department) -> bool:
    """Whether it gives new conversations to whoever is there; its service must have come with it."""
    return bool(getattr(getattr(department, "service", None), "assigns", False))


def _settle(place: Place, decisions: Sequence[Decision], departments: Mapping[str, Department]) -> None:
    """Set owner and state from the decisions on a page's messages, in their order.

    A department beats Triage beats noise; an owner that a person chose, or that already works on it, stays. What
    belongs to the past, and what no person wrote, changes nothing about a conversation that is there already, and
    opens none.
    """
    if place.existed and (place.is_past or place.is_automatic):
        return
    outcomes = [one.department if one.department in (*departments, NOISE) else TRIAGE for one in decisions]
    chosen = next((slug for slug in outcomes if slug not in (TRIAGE, NOISE)), None)
    all_noise = bool(outcomes) and all(slug == NOISE for slug in outcomes)
    keeps = place.owner not in (None, TRIAGE) or place.moved_by_hand
    if chosen and not keeps:
        place.department = chosen
    if place.is_past:
        place.state = State.CLOSED
    elif all_noise or place.is_automatic:
        place.state = place.state if place.existed else State.NOISE
    else:
        place.state = State.OPEN


def _entries(
    channel: Channel,
    place: Place,
    before: tuple[str, str],
    departments: Mapping[str, Department],
    now: datetime,
) -> list[events.Entry]:
    entries = []
    common: dict[str, Any] = {
        "channel_id": channel.pk,
        "identity_id": place.identity_id,
        "conversation_id": place.id,
        "at": now,
    }
    if before[1] == State.CLOSED and place.state == State.OPEN:
        entries.append(events.Entry(kind="reopened", **common))
    if before[1] == State.SNOOZED and place.state == State.OPEN:
        entries.append(events.Entry(kind="woken", data={"reason": _("They wrote")}, **common))
    if before[0] != place.department:
        data = {"from": departments[before[0]].name, "to": departments[place.department].name}
        entries.append(events.Entry(kind="routed", data=data, **common))
    return entries


# One array for each column; when somebody is owed a reply is the database's own to say.
_INSERT = """
    INSERT INTO inbox_conversation (
        id, channel_id, identity_id, thread_id, department_id, state, snippet, last_message_at, last_inbound_at,
        waiting_since, due_at, moved_by_hand, language, tone, created_at
    )
    SELECT n.id, %(channel)s, n.identity_id, n.thread_id, n.department_id, n.state, n.snippet, n.last_at, n.last_at,
        n.waits, k.due_at, false, n.language, n.tone, %(now)s
    FROM unnest(
        %(ids)s::bigint[], %(identities)s::bigint[], %(threads)s::text[], %(departments)s::bigint[], %(states)s::text[],
        %(snippets)s::text[], %(last)s::timestamptz[], %(waits)s::timestamptz[], %(languages)s::text[],
        %(tones)s::smallint[]
    ) AS n(id, identity_id, thread_id, department_id, state, snippet, last_at, waits, language, tone)
    CROSS JOIN LATERAL inbox_clock(
        n.id, n.state, n.department_id, 1::smallint, n.identity_id, NULL, n.waits, false, NULL, 0, %(now)s
    ) AS k
"""


def _insert(channel: Channel, fresh: Sequence[Place], departments: Mapping[str, Department], now: datetime) -> None:
    if not fresh:
        return
    names = (
        "ids", "identities", "threads", "departments", "states", "snippets", "last", "waits", "languages", "tones",
    )  # fmt: skip
    columns = zip(*(_row(place, departments[place.department]) for place in fresh), strict=True)
    arrays: dict[str, Any] = dict(zip(names, map(list, columns), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, {**arrays, "channel": channel.pk, "now": now})


def _row(place: Place, department: Department) -> tuple[Any, ...]:
    times = [arrival.history.posted_at for arrival in place.arrivals]
    live = [one for one in place.arrivals if one.history.deleted_at is None]
    newest = max(live, key=lambda one: one.history.posted_at, default=None)
    waits = None if place.is_past else min((one.history.posted_at for one in live), default=None)
    text = snippet(newest.current.title, newest.current.text) if newest and newest.current else ""
    return (
        place.id,
        place.identity_id,
        place.thread_id,
        department.pk,
        str(place.state),
        text[:200],
        max(times),
        waits,
        *place.heard,
    )


def snippet(title: str, text: str) -> str:
    """The beginning of a message as the list shows it; as _REFRESH makes it."""
    return f"{title} · {text}" if title else text


def _move(moves: Sequence[tuple[int, str, str]], departments: Mapping[str, Department]) -> None:
    if not moves:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox_conversation c SET department_id = n.department_id, state = n.state, snoozed_until = NULL,"
            " assignee_id = CASE WHEN c.department_id = n.department_id THEN c.assignee_id END"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS n(id, department_id, state) WHERE c.id = n.id",
            [
                [move[0] for move in moves],
                [departments[move[1]].pk for move in moves],
                [move[2] for move in moves],
            ],
        )


def contribute(
    channel: Channel,
    decided: Sequence[tuple[int, int, datetime, Decision]],
    departments: Mapping[str, Department],
    *,
    now: datetime,
) -> set[int]:
    """Let departments that a message also concerns take part. Takes (conversation, identity, posted at, decision).

    Returns the conversations that it concerns.
    """
    wanted: dict[tuple[int, int], tuple[Any, ...]] = {}
    for conversation_id, identity_id, at, decision in decided:
        for contributor in decision.contributors:
            department = departments.get(contributor["department"])
            if department and not department.is_triage:
                row = (conversation_id, department.pk, contributor["reason"], now)
                wanted.setdefault((conversation_id, department.pk), (row, identity_id, at, department.name))
    if not wanted:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_contributor (conversation_id, department_id, reason, created_at)"
            " SELECT n.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])"
            " AS n(conversation_id, department_id, reason, created_at)"
            " JOIN inbox_conversation c ON c.id = n.conversation_id AND c.department_id <> n.department_id"
            " ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING conversation_id, department_id",
            [list(column) for column in zip(*(entry[0] for entry in wanted.values()), strict=True)],
        )
        added = cursor.fetchall()
    events.record(
        events.Entry(
            kind="contributor",
            channel_id=channel.pk,
            identity_id=wanted[pair][1],
            conversation_id=pair[0],
            at=wanted[pair][2],
            data={"department": wanted[pair][3], "reason": wanted[pair][0][2]},
        )
        for pair in added
    )
    return {conversation_id for conversation_id, _ in added}


_REFRESH = """
    UPDATE inbox_conversation c SET
        last_message_at = facts.last_at,
        last_inbound_at = facts.last_in,
        snippet = coalesce(facts.snippet, ''),
        waiting_since = facts.waiting,
        language = heard.language,
        tone = heard.tone,
        (due_at, paused_since, paused_seconds) = (
            SELECT k.due_at, k.paused_since, k.paused_seconds FROM inbox_clock(
                c.id, c.state, c.department_id, c.priority, c.identity_id, c.waiting_since, facts.waiting,
                facts.is_answered, c.paused_since, c.paused_seconds, %s) k
        )
    FROM unnest(%s::bigint[]) AS touched(id)
    CROSS JOIN LATERAL (
        SELECT max(m.posted_at) AS last_at,
               max(m.posted_at) FILTER (WHERE m.direction = 'in') AS last_in,
               (array_agg(left(concat_ws(' · ', nullif(m.title, ''), m.text), 200) ORDER BY m.posted_at DESC, m.id DESC)
                   FILTER (WHERE m.deleted_at IS NULL))[1] AS snippet,
               min(m.posted_at) FILTER (
                   WHERE m.direction = 'in' AND m.deleted_at IS NULL AND NOT m.automatic AND NOT m.is_past
                     AND m.posted_at > coalesce(answered.at, '-infinity')
               ) AS waiting,
               bool_or(answered.at IS NOT NULL) AS is_answered
        FROM inbox_message m
        LEFT JOIN inbox_delivery own ON own.message_id = m.id
        CROSS JOIN LATERAL (
            SELECT max(o.posted_at) AS at FROM inbox_message o JOIN inbox_delivery w ON w.message_id = o.id
            WHERE o.conversation_id = touched.id AND w.state IN ('queued', 'sending', 'sent', 'unconfirmed')
              AND NOT (w.state = 'queued' AND w.is_later)
        ) AS answered
        WHERE m.conversation_id = touched.id
          AND (m.direction = 'in' OR own.state IN ('queued', 'sending', 'sent', 'unconfirmed')
               AND NOT (own.state = 'queued' AND own.is_later))
    ) AS facts
    {heard}
    WHERE c.id = touched.id
"""


def refresh(ids: Collection[int]) -> None:
    """Work out from their messages what the list shows of conversations: snippet, times, who waits until when."""
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH.format(heard=hearing.HEARD), [timezone.now(), sorted(ids)])
