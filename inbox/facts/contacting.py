"""Do not contact, with its events."""

from datetime import datetime

from django.db import transaction

from contacts import contacting
from contacts.person import person_of
from inbox.facts.telling import tell
from people.models import User


@transaction.atomic
def forbid(contact_id: int, *, reason: str, by: User, at: datetime) -> bool:
    """As `contacts.contacting.forbid`, on the timeline. What is queued to them fails when it would leave."""
    changed = contacting.forbid(contact_id, reason=reason)
    if changed:
        tell(person_of(contact_id), "do_not_contact", by=by, at=at, reason=reason.strip())
    return changed


@transaction.atomic
def allow(contact_id: int, *, reason: str, by: User, at: datetime) -> bool:
    """As `contacts.contacting.allow`, on the timeline."""
    changed = contacting.allow(contact_id, by=by, reason=reason)
    if changed:
        tell(person_of(contact_id), "may_contact", by=by, at=at, reason=reason.strip())
    return changed
