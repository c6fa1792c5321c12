"""Owners with their events."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from contacts import owners
from inbox.facts.telling import tell
from people.models import Department, User


@transaction.atomic
def set_owner(contact_id: int, department: Department, to: User | None, *, by: User, at: datetime) -> bool:
    """As `contacts.owners.set_owner`, on the timeline; False where that was so already."""
    if owners.set_owner(contact_id, department, to, by=by, at=at) is None:
        return False
    tell(contact_id, "owner", by=by, at=at, department=department.name, to=str(to) if to else _("Nobody"))
    return True
