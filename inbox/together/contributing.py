"""Other departments that take part in a conversation: asked with a reason, and free to leave again."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines
from inbox.acted import Acting, Done
from inbox.models import Contributor, Conversation
from inbox.refusals import Conflict
from people.models import Department, User

LONGEST_REASON = 1_000


@transaction.atomic
def ask(conversation: Conversation, *, department: Department, by: User, reason: str) -> Done:
    """Let a department take part, with a reason that stays on the timeline: its people may act here from now on.

    Raises ValueError without a reason, Conflict where it owns the conversation or takes part already, NotAllowed.
    """
    if not reason.strip():
        raise ValueError(_("Say why: whoever is asked sees your reason."))
    acting = Acting(conversation, by=by)
    (found,) = acting.found
    named = {"department": department.name}
    if found.department_id == department.pk:
        raise Conflict(_("%(department)s owns this conversation already.") % named)
    _contributor, is_new = Contributor.objects.get_or_create(
        conversation=found,
        department=department,
        defaults={"reason": reason.strip(), "by": by, "created_at": timezone.now()},
    )
    if not is_new:
        raise Conflict(_("%(department)s takes part already.") % named)
    acting.kept({found.pk: {"asked": department.pk}})
    deadlines.restate([found.pk])
    acting.tell("contributor", department=department.name, reason=reason.strip())
    said = _("%(department)s takes part") % named
    return acting.done("ask", said, said)


@transaction.atomic
def leave(conversation: Conversation, *, department: Department, by: User, reason: str = "") -> Done:
    """A department takes part no more. Raises Conflict where it does not, NotAllowed."""
    acting = Acting(conversation, by=by)
    (found,) = acting.found
    named = {"department": department.name}
    gone = Contributor.objects.filter(conversation=found, department=department).first()
    if gone is None:
        raise Conflict(_("%(department)s does not take part.") % named)
    before = {
        "department": department.pk,
        "reason": gone.reason,
        "by": gone.by_id,
        "created_at": gone.created_at.isoformat(),
    }
    gone.delete()
    acting.kept({found.pk: {"contributor": [before]}})
    deadlines.restate([found.pk])
    acting.tell("contributor_left", department=department.name, reason=reason.strip())
    said = _("%(department)s takes part no more") % named
    return acting.done("leave", said, said)


def of(conversation: int) -> Sequence[Any]:
    """Who takes part, in the order in which they came, with who asked them. One statement."""
    found = Contributor.objects.filter(conversation=conversation).select_related("department", "by")
    return list(found.order_by("created_at", "pk"))
