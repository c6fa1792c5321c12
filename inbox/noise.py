"""What nobody needs to read: set aside, never deleted, brought back. Each time is a correction that is learnt from."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines, events, learning, live
from inbox.models import Conversation
from inbox.triage import Conflict, NotAllowed
from routing.decisions import NOISE
from routing.models import Example

if TYPE_CHECKING:
    from people.models import User

State = Conversation.State
AT_ONCE = 200
"""Conversations that are set aside or brought back in one go."""


@transaction.atomic
def set_aside(conversations: Collection[int], *, by: "User", reason: str = "") -> list[int]:
    """Out of sight of the queues, kept and in reach of searches; returns which were not yet.

    Raises NotAllowed where `by` may act on none of them.
    """
    found = [one for one in _lock(conversations, by) if one.state != State.NOISE]
    ids = _put(found, State.NOISE)
    learning.record(ids, to=NOISE, source=Example.Source.SPAM, by=by, reason=reason)
    _tell(found, "set_aside", by, {"reason": reason.strip()})
    return ids


@transaction.atomic
def bring_back(conversations: Collection[int], *, by: "User", reason: str = "") -> list[int]:
    """Into the queue of the department that each belongs to; returns which were set aside.

    Raises NotAllowed where `by` may act on none of them.
    """
    found = [one for one in _lock(conversations, by) if one.state == State.NOISE]
    ids = _put(found, State.OPEN)
    for slug in {one.department.slug for one in found}:
        theirs = [one.pk for one in found if one.department.slug == slug]
        learning.record(theirs, to=slug, source=Example.Source.NOT_SPAM, by=by, reason=reason)
    _tell(found, "reopened", by, {})
    return ids


def _lock(conversations: Collection[int], by: "User") -> list[Conversation]:
    """Those that `by` may act on, locked in one order."""
    if len(conversations) > AT_ONCE:
        raise Conflict(_("Choose at most %(n)s conversations at once.") % {"n": AT_ONCE})
    mine = Conversation.objects.actionable_by(by).filter(pk__in=conversations).select_related("department")
    found = list(mine.select_for_update(of=("self",)).order_by("pk"))
    if conversations and not found:
        raise NotAllowed(_("This belongs to another department. Ask them, or a manager."))
    return found


def _put(conversations: Sequence[Conversation], state: str) -> list[int]:
    """A person has said so: the router keeps out from now on."""
    ids = [one.pk for one in conversations]
    Conversation.objects.filter(pk__in=ids).update(state=state, snoozed_until=None, moved_by_hand=True)
    deadlines.restate(ids)
    return ids


def _tell(conversations: Sequence[Conversation], kind: str, by: "User", data: dict[str, str]) -> None:
    places = [(one.pk, one.channel_id, one.identity_id) for one in conversations]
    events.act_on_all(places, kind, by=by, at=timezone.now(), data=data)
    if conversations:
        live.changed(conversations=[one.pk for one in conversations])
