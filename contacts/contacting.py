"""Do not contact: a flag on a person that every reply respects, until it is lifted."""

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.person import lock_person
from contacts.refused import Refused
from people.models import User


@transaction.atomic
def forbid(contact_id: int, *, reason: str) -> bool:
    """Nobody writes to this person any more, for a stated reason; False where that was so already, for that reason."""
    reason = _said(reason)
    person = lock_person(contact_id)
    changed = Contact.objects.filter(pk=person).exclude(do_not_contact=True, do_not_contact_reason=reason)
    return bool(changed.update(do_not_contact=True, do_not_contact_reason=reason))


@transaction.atomic
def allow(contact_id: int, *, by: User, reason: str) -> bool:
    """The person may be written to again, whatever part of them was flagged; False where they may already.

    Raises Refused for anybody but managers, and without a reason.
    """
    if not by.is_manager:
        raise Refused(_("Only managers and admins lift this. Ask one of them."))
    _said(reason)
    flagged = Contact.objects.of(lock_person(contact_id)).filter(do_not_contact=True)
    return bool(flagged.update(do_not_contact=False, do_not_contact_reason=""))


def forbidden(person: int) -> str | None:
    """Why this person must not be written to, or None where they may be. One statement."""
    flagged = Contact.objects.of(person).filter(do_not_contact=True).order_by("pk")
    return flagged.values_list("do_not_contact_reason", flat=True).first()


def why_not(person: str) -> Subquery:
    """For `annotate`: as `forbidden`, of the person whose id the column `person` holds."""
    theirs = Q(pk=OuterRef(person)) | Q(root=OuterRef(person))
    return Subquery(Contact.objects.filter(theirs, do_not_contact=True).values("do_not_contact_reason")[:1])


def _said(reason: str) -> str:
    reason = " ".join(reason.replace("\0", "").split())
    if not reason:
        raise Refused(_("Say why: your colleagues see the reason."), field="reason")
    if len(reason) > 1_000:
        raise Refused(_("The reason is longer than 1,000 characters. Shorten it."), field="reason")
    return reason
