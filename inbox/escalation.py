"""What happens by itself when a reply is nearly due, or late: the steps that managers laid down.

A step is taken once for one deadline: that it was is a row, written in the transaction in which it is taken. Whoever
is interrupted comes back to what is left.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines, events, live, standing, warnings
from inbox.models import Contributor, Conversation
from people.models import Department, Membership
from routing.models import Step

Action = Step.Action
Priority = Conversation.Priority
_BATCH = 200
# A deadline that was missed long ago is no reason to do something now, because somebody has laid down a new step.
LOOKS_BACK = "7 days"

# Of each department that the step is for, what is due before a moment: one look into an index.
_CLAIM = """
    INSERT INTO inbox_escalation (conversation_id, step_id, waiting_since, at)
    SELECT due.id, %(step)s, due.waiting_since, %(now)s
    FROM people_department d
    LEFT JOIN routing_service s ON s.department_id = d.id
    CROSS JOIN LATERAL (
        SELECT c.id, c.waiting_since FROM inbox_conversation c
        WHERE c.state = 'open' AND c.department_id = d.id
          AND c.due_at <= business_due(s.calendar_id, %(now)s, -60.0 * %(minutes)s)
          AND c.due_at > %(now)s - %(back)s::interval
          AND NOT EXISTS (
              SELECT FROM inbox_escalation e
              WHERE e.conversation_id = c.id AND e.step_id = %(step)s AND e.waiting_since = c.waiting_since)
        ORDER BY c.due_at LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
    ) AS due
    WHERE (%(department)s::bigint IS NULL OR d.id = %(department)s) AND d.id IS DISTINCT FROM %(to)s
    ON CONFLICT DO NOTHING RETURNING conversation_id
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that is taken for some conversations now. `reason`: why, for the timeline."""

    step: Step
    conversations: Sequence[Conversation]
    now: datetime

    @property
    def ids(self) -> list[int]:
        """Of the conversations."""
        return [one.pk for one in self.conversations]

    @property
    def reason(self) -> str:
        """In a sentence."""
        minutes = abs(self.step.minutes)
        if self.step.minutes < 0:
            return _("A reply is due in %(n)s minutes or less.") % {"n": minutes}
        return _("The reply is %(n)s minutes late.") % {"n": minutes} if minutes else _("The reply is late.")

    def entry(self, one: Conversation, kind: str, **data: Any) -> events.Entry:
        """Something that nobody did, for the timeline."""
        return events.Entry.of(one, kind, at=self.now, data=data)

    def notice(self, one: Conversation, step: str) -> events.Entry:
        """That it is due soon, or late, and who was told."""
        due = one.due_at
        kind = "due_soon" if due and due > self.now else "late"
        return self.entry(one, kind, due=due.isoformat() if due else "", step=step)


def escalate(now: datetime | None = None) -> int:
    """Take all steps that are to be taken by now, the earliest first; returns how many were."""
    now = now or timezone.now()
    taken = 0
    for step in Step.objects.filter(is_active=True).select_related("to").order_by("minutes", "pk"):
        while batch := _take(step, now):
            taken += batch
    return taken


@transaction.atomic
def _take(step: Step, now: datetime) -> int:
    moves = step.action in (Action.MOVE, Action.SHARE)
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "step": step.pk,
                "minutes": step.minutes,
                "department": step.department_id,
                "to": step.to_id if moves else None,
                "now": now,
                "back": LOOKS_BACK,
                "most": _BATCH,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        found = Conversation.objects.filter(pk__in=ids).select_related("department", "assignee").order_by("pk")
        events.record(_ACTIONS[Action(step.action)](Taken(step, list(found), now)))
        transaction.on_commit(warnings.announce)
        live.changed(conversations=ids)
    return len(ids)


def _warn(taken: Taken) -> list[events.Entry]:
    """Whoever has it hears of it; where nobody has, everybody in the department."""
    return [
        taken.notice(one, _("%(name)s was warned") % {"name": one.assignee or one.department.name})
        for one in taken.conversations
    ]


def _managers(taken: Taken) -> list[events.Entry]:
    return [taken.notice(one, _("the managers were told")) for one in taken.conversations]


def _priority(taken: Taken) -> list[events.Entry]:
    raised = [one for one in taken.conversations if one.priority < Priority.URGENT]
    Conversation.objects.filter(pk__in=[one.pk for one in raised]).update(priority=F("priority") + 1)
    deadlines.restate([one.pk for one in raised], taken.now)
    names = {level: str(name) for level, name in Priority.choices}
    return [
        taken.entry(
            one,
            "prioritised",
            **{"from": names[one.priority], "to": names[one.priority + 1], "reason": taken.reason},
        )
        for one in raised
    ]


def _unassign(taken: Taken) -> list[events.Entry]:
    given = [one for one in taken.conversations if one.assignee_id]
    Conversation.objects.filter(pk__in=[one.pk for one in given]).update(assignee=None)
    return [
        entry
        for one in given
        for entry in (
            taken.notice(one, _("%(name)s did not come to it") % {"name": one.assignee}),
            taken.entry(one, "unassigned"),
        )
    ]


def _share(taken: Taken) -> list[events.Entry]:
    to = _to(taken)
    here = set(
        Contributor.objects.filter(conversation__in=taken.ids, department=to).values_list("conversation", flat=True)
    )
    asked = [one for one in taken.conversations if one.pk not in here]
    Contributor.objects.bulk_create(
        [Contributor(conversation=one, department=to, reason=taken.reason, created_at=taken.now) for one in asked],
        ignore_conflicts=True,
    )
    deadlines.restate([one.pk for one in asked], taken.now)
    return [taken.entry(one, "contributor", department=to.name, reason=taken.reason) for one in asked]


def _move(taken: Taken) -> list[events.Entry]:
    """Another department is accountable now. Whoever had it keeps it if they work there, too."""
    to = _to(taken)
    theirs = Conversation.objects.filter(pk__in=taken.ids)
    theirs.update(department=to)
    members = Membership.objects.filter(department=to, user__is_active=True).values("user")
    theirs.filter(assignee__isnull=False).exclude(assignee__in=members).update(assignee=None)
    Contributor.objects.filter(conversation__in=taken.ids, department=to).delete()
    deadlines.restate(taken.ids, taken.now)
    said = {"to": to.name, "reason": taken.reason}
    return [taken.entry(one, "handover", **standing.whose(one), **said) for one in taken.conversations]


def _to(taken: Taken) -> Department:
    if taken.step.to is None:
        raise ValueError(f"{taken.step} names no department.")
    return taken.step.to


_ACTIONS: Mapping[Action, Callable[[Taken], Collection[events.Entry]]] = {
    Action.WARN: _warn,
    Action.MANAGERS: _managers,
    Action.PRIORITY: _priority,
    Action.UNASSIGN: _unassign,
    Action.SHARE: _share,
    Action.MOVE: _move,
}
