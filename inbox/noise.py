"""What nobody needs to read: set aside, never deleted, brought back. Each time is a correction that is learnt from."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.acted import Acting, Done
from inbox.learning import Lesson
from inbox.models import Conversation
from inbox.triage import About
from routing.decisions import NOISE
from routing.models import Example

if TYPE_CHECKING:
    from people.models import User

State = Conversation.State
Source = Example.Source


@transaction.atomic
def set_aside(about: About, *, by: "User", reason: str = "") -> Done:
    """Out of sight of the queues, kept and in reach of searches; what is set aside already stays as it is.

    Raises NotAllowed where `by` may act on none of them.
    """
    acting = Acting.on(about, by=by)
    fresh = [one for one in acting.found if one.state != State.NOISE]
    _put(acting, fresh, State.NOISE)
    acting.teach([Lesson(one.pk, NOISE, Source.SPAM) for one in fresh], reason)
    acting.tell("set_aside", reason=reason.strip())
    many = ngettext("%(n)s set aside as spam", "%(n)s set aside as spam", acting.count)
    return acting.done("spam", _("Set aside as spam"), many)


@transaction.atomic
def bring_back(about: About, *, by: "User", reason: str = "") -> Done:
    """Into the queue of the department that each belongs to; what was not set aside stays as it is.

    Raises NotAllowed where `by` may act on none of them.
    """
    acting = Acting.on(about, by=by)
    aside = [one for one in acting.found if one.state == State.NOISE]
    _put(acting, aside, State.OPEN)
    acting.teach([Lesson(one.pk, one.department.slug, Source.NOT_SPAM) for one in aside], reason)
    acting.tell("reopened")
    many = ngettext("%(n)s back in its queue", "%(n)s back in their queues", acting.count)
    return acting.done("back", _("Back in the queue"), many)


def _put(acting: Acting, conversations: list[Conversation], state: str) -> None:
    """A person has said so: the router keeps out from now on."""
    for one in conversations:
        one.state, one.snoozed_until, one.moved_by_hand = state, None, True
    acting.change()
