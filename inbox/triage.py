"""What colleagues do with conversations: close, reopen, assign, hand over. One is as many as a thousand.

A deed is one transaction: what `by` may act on is locked in one order, changed, told to the timeline, learnt from where
it corrects the router, and kept so that it can be taken back (inbox/undo.py). What `by` may not touch is left.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import standing
from inbox.acted import About, Acting, Done
from inbox.learning import Lesson
from inbox.models import Conversation
from inbox.refusals import Conflict, NotAllowed
from people.models import Department, Membership, User
from routing.models import Example

__all__ = ["About", "Conflict", "Done", "NotAllowed", "assign", "close", "hand_over", "lock", "reopen"]

Source = Example.Source
State = Conversation.State
# What somebody had before their eyes of the one conversation that they act on.
Was = Mapping[str, Any] | None

_TAKE_AWAY = """
    DELETE FROM inbox_contributor WHERE conversation_id = ANY(%s) AND department_id = %s
    RETURNING conversation_id, department_id, reason, by_id, created_at
"""


def lock(conversation: Conversation, *, by: User) -> Conversation:
    """The conversation as it is now, locked, if `by` may act on it. Raises NotAllowed otherwise, Http404 where there is
    none."""
    (found,) = Acting(conversation, by=by).found
    return found


@transaction.atomic
def close(about: About, *, by: User) -> Done:
    """Nothing is left to be done until the customer writes again. What is closed already stays as it is."""
    acting = Acting.on(about, by=by)
    for one in acting.found:
        one.state, one.snoozed_until = State.CLOSED, None
    acting.change()
    acting.tell("closed")
    return acting.done("close", _("Closed"), ngettext("%(n)s closed", "%(n)s closed", acting.count))


@transaction.atomic
def reopen(about: About, *, by: User) -> Done:
    """Back to the queue; also takes conversations out of what was set aside as noise."""
    acting = Acting.on(about, by=by)
    lessons = [Lesson(one.pk, one.department.slug, Source.NOT_SPAM) for one in acting.found if one.state == State.NOISE]
    for one in acting.found:
        # A second look of the router may not set it aside again.
        one.moved_by_hand |= one.state == State.NOISE
        one.state, one.snoozed_until = State.OPEN, None
    acting.change()
    acting.teach(lessons)
    acting.tell("reopened")
    return acting.done("reopen", _("Open again"), ngettext("%(n)s open again", "%(n)s open again", acting.count))


@transaction.atomic
def assign(about: About, *, to: User | None, by: User, was: Was = None) -> Done:
    """Give them to a colleague of the owning department, or to nobody.

    Where there is only one, or none that `to` may work on, raises Conflict; of several, those are left.
    """
    acting = Acting.on(about, by=by, was=was)
    if to is not None:
        acting.keep(_works_on(acting.found, to), _elsewhere(acting.found, to))
    for one in acting.found:
        one.assignee = to
    acting.change()
    if to is None:
        acting.tell("unassigned")
        return acting.done(
            "assign", _("Nobody is assigned"), ngettext("%(n)s given to nobody", "%(n)s given to nobody", acting.count)
        )
    acting.tell("assigned", to=to.name, is_heard=to != by)
    named = {"name": to.name}
    return acting.done(
        "assign",
        _("Assigned to %(name)s") % named,
        ngettext("%(n)s assigned to %(name)s", "%(n)s assigned to %(name)s", acting.count),
        named,
    )


@transaction.atomic
def hand_over(
    about: About,
    *,
    to: Department,
    by: User,
    reason: str,
    was: Was = None,
    person: User | None = None,
    like: int | None = None,
) -> Done:
    """Make another department accountable, with a reason that stays on the timeline for ever.

    An old assignee goes, unless they work in the new department too; `person` of that department gets it instead.
    `like`: the message of another one that was moved, and because of which these are.
    Raises Conflict when `to` owns all of them already and ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError(_("Say why: whoever gets this sees your reason."))
    acting = Acting.on(about, by=by, was=was)
    own = _("%(department)s owns this conversation already.") % {"department": to.name}
    acting.keep([one.pk for one in acting.found if one.department_id != to.pk], own)
    before = {one.pk: standing.whose(one) for one in acting.found}
    lessons = [Lesson(one.pk, to.slug, _source(one, like)) for one in acting.found]
    stay = able_in(to, {one.assignee_id for one in acting.found if one.assignee_id}) if person is None else set()
    for one in acting.found:
        one.department, one.moved_by_hand, one.handovers = to, True, one.handovers + 1
        if person is not None or one.assignee_id not in stay:
            one.assignee = person
        if one.state == State.NOISE:
            one.state = State.OPEN
    acting.kept(_no_longer_asked(before, to))
    acting.change()
    acting.teach(lessons, reason, like)
    if like is not None:
        # Nobody has chosen these one by one: what somebody takes up is theirs, and is not taken back with the others.
        acting.kept({one.pk: {} for one in acting.found}, {one.pk: {"assignee": None} for one in acting.found})
    acting.tell("handover", before, to=to.name, reason=reason.strip())
    named = {"department": to.name}
    said = _("Moved to %(department)s") % named
    if person is not None:
        acting.tell("assigned", to=person.name)
        said = _("Moved to %(department)s, %(name)s has it") % {**named, "name": person.name}
    return acting.done(
        "move",
        said,
        ngettext("%(n)s moved to %(department)s", "%(n)s moved to %(department)s", acting.count),
        named,
    )


def _source(conversation: Conversation, like: int | None) -> Source:
    """What a move of this conversation says of the router."""
    if like is not None:
        return Source.SIMILAR
    if conversation.state == State.NOISE:
        return Source.NOT_SPAM
    return Source.TRIAGE if conversation.department.is_triage else Source.HANDOVER


def _works_on(conversations: Collection[Conversation], user: User) -> list[int]:
    """Those that may be given to somebody: of their departments and Triage; all, to a manager."""
    if not user.is_active:
        return []
    mine = set() if user.is_manager else set(user.departments.values_list("pk", flat=True))
    return [one.pk for one in conversations if user.is_manager or one.department.is_triage or one.department_id in mine]


def _elsewhere(conversations: Collection[Conversation], user: User) -> str:
    owners = sorted({one.department.name for one in conversations if not one.department.is_triage})
    named = {"name": user.name, "department": ", ".join(owners)}
    return _("%(name)s is not in %(department)s. Hand the conversation over first.") % named


def able_in(department: Department, people: Collection[int]) -> set[int]:
    """Those of these people who can work on what a department owns. No statement where there are none."""
    if not people:
        return set()
    return set(User.objects.filter(able(department), pk__in=people).values_list("pk", flat=True))


def able(department: Department) -> Q:
    """Who can work on what a department owns: a condition on people."""
    active = Q(is_active=True)
    if department.is_triage:
        return active
    theirs = Exists(Membership.objects.filter(user=OuterRef("pk"), department=department))
    return active & (Q(role__in=[User.Role.MANAGER, User.Role.ADMIN]) | Q(theirs))


def _no_longer_asked(ids: Collection[int], to: Department) -> Mapping[int, dict[str, Any]]:
    """The owner is no contributor any more; what it was asked for, by conversation."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_AWAY, [list(ids), to.pk])
        rows = cursor.fetchall()
    return {
        pk: {"contributor": [{"department": department, "reason": why, "by": asked_by, "created_at": at.isoformat()}]}
        for pk, department, why, asked_by, at in rows
    }
