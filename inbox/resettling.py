"""Where conversations belong after a second look at their messages, as long as no person has had a hand in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from inbox import conversations, events
from inbox.models import Decision
from people.models import Department
from routing.decisions import Decision as Verdict

# A person's hand: a move, an assignment, an answer, a note, anything that somebody did. Whoever was given it by a job
# or a rule has a hand in it once they have opened it. As in conversations._settle, the first department that a message
# was sent to owns it; without one it is Triage's, or noise where all of it is.
_SETTLED = """
    SELECT c.id, c.channel_id, c.identity_id, c.state, now_at.slug, coalesce(said.slug, 'triage'),
        said.slug IS NULL AND NOT EXISTS (
            SELECT FROM inbox_decision d JOIN inbox_message m ON m.id = d.message_id
            WHERE m.conversation_id = c.id AND d.outcome <> 'noise')
    FROM inbox_conversation c
    JOIN people_department now_at ON now_at.id = c.department_id
    LEFT JOIN LATERAL (
        SELECT p.slug FROM inbox_message m JOIN inbox_decision d ON d.message_id = m.id
        JOIN people_department p ON p.slug = d.outcome AND p.slug <> 'triage'
        WHERE m.conversation_id = c.id AND d.source <> 'continuity' ORDER BY m.posted_at, m.id LIMIT 1
    ) AS said ON true
    WHERE c.id = ANY(%s) AND NOT c.moved_by_hand
      AND (c.state IN ('open', 'noise') OR c.state = 'closed' AND c.waiting_since IS NULL)
      AND NOT EXISTS (SELECT FROM inbox_event e WHERE e.conversation_id = c.id AND e.actor_id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM inbox_message m WHERE m.conversation_id = c.id AND m.direction = 'out')
      AND NOT EXISTS (SELECT FROM inbox_note n WHERE n.conversation_id = c.id)
      AND NOT EXISTS (SELECT FROM inbox_draft w WHERE w.conversation_id = c.id)
      AND (c.assignee_id IS NULL OR (
        NOT EXISTS (SELECT FROM inbox_seen s WHERE s.conversation_id = c.id AND s.user_id = c.assignee_id)
        AND EXISTS (SELECT FROM inbox_assignment a WHERE a.conversation_id = c.id AND a.user_id = c.assignee_id)))
"""
# Nobody has opened it, so it does not count on the day of whoever had it either.
_TAKE = "DELETE FROM inbox_assignment WHERE conversation_id = ANY(%s)"
_MOVE = """
    UPDATE inbox_conversation c SET department_id = d.id, state = n.state, assignee_id = NULL
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, slug, state) JOIN people_department d ON d.slug = n.slug
    WHERE c.id = n.id
"""
# What joined because the quick look said so, or owns it now, takes part no longer.
_LEAVE = """
    WITH gone AS (
        DELETE FROM inbox_contributor x USING unnest(%s::bigint[], %s::text[], %s::text[]) AS n(id, slug, reason),
            people_department d
        WHERE x.conversation_id = n.id AND d.slug = n.slug AND x.department_id = d.id AND x.reason = n.reason
        RETURNING x.conversation_id, d.name, x.reason
    )
    DELETE FROM inbox_event e USING gone
    WHERE e.conversation_id = gone.conversation_id AND e.kind = 'contributor' AND e.data ->> 'department' = gone.name
      AND e.data ->> 'reason' = gone.reason
    RETURNING e.conversation_id
"""


def settle(
    looked_at: Sequence[Decision],
    verdicts: Sequence[Verdict],
    departments: Mapping[str, Department],
    *,
    now: datetime,
) -> set[int]:
    """Move what now belongs elsewhere, and let other departments join or leave. `looked_at` are the decisions, written
    anew, with what they said `first`. Returns the conversations that look different now."""
    places = {one.message.conversation_id: one for one in looked_at}
    with connection.cursor() as cursor:
        cursor.execute(_SETTLED, [sorted(places)])
        rows = cursor.fetchall()
    untouched = {row[0] for row in rows}
    moves = [row for row in rows if _is_elsewhere(*row[3:])]
    _move(moves, departments, now)
    changed = {row[0] for row in moves} | _leave(looked_at, verdicts, untouched, moves)
    changed |= _join(looked_at, verdicts, untouched, departments, now)
    if changed:
        conversations.refresh(changed)
    return changed


def _is_elsewhere(state: str, slug: str, to: str, is_noise: bool) -> bool:
    """Whether owner or state differ. What is closed stays closed; noise belongs to nobody, whatever its owner."""
    if state == "closed":
        return not is_noise and slug != to
    return is_noise != (state == "noise") or (not is_noise and slug != to)


Row = tuple[int, int, int, str, str, str, bool]


def _move(moves: Sequence[Row], departments: Mapping[str, Department], now: datetime) -> None:
    if not moves:
        return
    states = [
        state if state == "closed" else "noise" if is_noise else "open" for *_, state, _slug, _to, is_noise in moves
    ]
    slugs = [slug if is_noise else to for *_, slug, to, is_noise in moves]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [[row[0] for row in moves], slugs, states])
        cursor.execute(_TAKE, [[row[0] for row in moves]])
    events.record(
        events.Entry(
            kind="second_look",
            channel_id=channel,
            identity_id=identity,
            conversation_id=pk,
            at=now,
            data={
                "from": _("Set aside") if state == "noise" else departments[slug].name,
                "to": _("Set aside") if is_noise else departments[to].name,
                "reason": "",
            },
        )
        for pk, channel, identity, state, slug, to, is_noise in moves
    )


def _leave(
    looked_at: Sequence[Decision], verdicts: Sequence[Verdict], untouched: set[int], moves: Sequence[Row]
) -> set[int]:
    owners = {row[0]: row[5] for row in moves}
    gone = []
    for one, verdict in zip(looked_at, verdicts, strict=True):
        pk = one.message.conversation_id
        stays = {each["department"] for each in verdict.contributors} - {owners.get(pk)}
        for each in (one.first or {}).get("contributors", ()):
            if pk in untouched and each["department"] not in stays:
                gone.append((pk, each["department"], each["reason"]))
    if not gone:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, [list(column) for column in zip(*gone, strict=True)])
        return {pk for (pk,) in cursor.fetchall()}


def _join(
    looked_at: Sequence[Decision],
    verdicts: Sequence[Verdict],
    untouched: set[int],
    departments: Mapping[str, Department],
    now: datetime,
) -> set[int]:
    joined: set[int] = set()
    for channel in {one.channel_id: one.message.channel for one in looked_at}.values():
        joined |= conversations.contribute(
            channel,
            [
                (one.message.conversation_id, one.message.identity_id, one.message.posted_at, verdict)
                for one, verdict in zip(looked_at, verdicts, strict=True)
                if one.channel_id == channel.pk and one.message.conversation_id in untouched
            ],
            departments,
            now=now,
        )
    return joined
