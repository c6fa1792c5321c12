"""What colleagues do with a conversation: close, reopen, assign, hand over. One transaction each, one event each."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines, events, learning, live
from inbox.models import Contributor, Conversation
from people.models import Department, User
from routing.models import Example
from socialcrm import jobs

Source = Example.Source
State = Conversation.State


class NotAllowed(Exception):
    """The colleague may not do this here; the text says why, for them."""


class Conflict(Exception):
    """What was asked for makes no sense any more; the text says what happened meanwhile."""


def lock(conversation: Conversation, *, by: User) -> Conversation:
    """The conversation as it is now, locked, if `by` may act on it. Raises NotAllowed otherwise."""
    found = (
        Conversation.objects.actionable_by(by)
        .select_related("department")
        .select_for_update(of=("self",))
        .filter(pk=conversation.pk)
        .first()
    )
    if found is None:
        raise NotAllowed(_("This conversation belongs to %(owner)s.") % {"owner": conversation.department.name})
    return found


@transaction.atomic
def close(conversation: Conversation, *, by: User) -> Conversation:
    """Nothing is left to be done until the customer writes again. Closing twice does nothing."""
    current = lock(conversation, by=by)
    if current.state == State.CLOSED:
        return current
    current.state, current.snoozed_until = State.CLOSED, None
    current.save(update_fields=["state", "snoozed_until"])
    _restate(current)
    return _record(current, "closed", by)


@transaction.atomic
def reopen(conversation: Conversation, *, by: User) -> Conversation:
    """Back to the queue; also takes a conversation out of what was set aside as noise."""
    current = lock(conversation, by=by)
    if current.state == State.OPEN:
        return current
    if current.state == State.NOISE:
        learning.record([current.pk], to=current.department.slug, source=Source.NOT_SPAM, by=by, reason="")
        # A second look of the router may not set it aside again.
        current.moved_by_hand = True
    current.state, current.snoozed_until = State.OPEN, None
    current.save(update_fields=["state", "snoozed_until", "moved_by_hand"])
    _restate(current)
    return _record(current, "reopened", by)


@transaction.atomic
def assign(conversation: Conversation, *, to: User | None, by: User) -> Conversation:
    """Give it to a colleague of the owning department, or to nobody. Raises Conflict for anybody else."""
    current = lock(conversation, by=by)
    if current.assignee_id == (to.pk if to else None):
        return current
    if to is not None and not _may_work_on(current, to):
        raise Conflict(
            _("%(name)s is not in %(department)s. Hand the conversation over first.")
            % {"name": to.name, "department": current.department.name}
        )
    current.assignee = to
    current.save(update_fields=["assignee"])
    if to is None:
        return _record(current, "unassigned", by)
    return _record(current, "assigned", by, to=to.name)


@transaction.atomic
def hand_over(conversation: Conversation, *, to: Department, by: User, reason: str) -> Conversation:
    """Make another department accountable, with a reason that stays on the timeline for ever.

    The old assignee goes, unless they work in the new department too. Raises Conflict when `to` owns it already and
    ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError(_("Say why: whoever gets this sees your reason."))
    current = lock(conversation, by=by)
    if current.department_id == to.pk:
        raise Conflict(_("%(department)s owns this conversation already.") % {"department": to.name})
    before, source = current.department.name, _source(current)
    current.department, current.moved_by_hand = to, True
    if current.assignee is not None and not _may_work_on(current, current.assignee):
        current.assignee = None
    if current.state == State.NOISE:
        current.state = State.OPEN
    current.save(update_fields=["department", "moved_by_hand", "assignee", "state"])
    Contributor.objects.filter(conversation=current, department=to).delete()
    _restate(current)
    learning.record([current.pk], to=to.slug, source=source, by=by, reason=reason)
    return _record(current, "handover", by, **{"from": before, "to": to.name, "reason": reason.strip()})


def _source(conversation: Conversation) -> Source:
    """What a move of this conversation says of the router."""
    if conversation.state == State.NOISE:
        return Source.NOT_SPAM
    return Source.TRIAGE if conversation.department.is_triage else Source.HANDOVER


def _may_work_on(conversation: Conversation, user: User) -> bool:
    return user.is_active and (
        user.is_manager
        or conversation.department.is_triage
        or user.departments.filter(pk=conversation.department_id).exists()
    )


def _restate(conversation: Conversation) -> None:
    deadlines.restate([conversation.pk])
    conversation.refresh_from_db(fields=["due_at", "paused_since", "paused_seconds"])


def _record(conversation: Conversation, kind: str, by: User, **data: str) -> Conversation:
    events.act(conversation, kind, by=by, at=timezone.now(), data=data)
    live.changed(conversations=[conversation.pk])
    # Somebody has a hand free now, or something waits that did not.
    jobs.ring(jobs.ASSIGN)
    return conversation
