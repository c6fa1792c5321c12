"""What a person is called, with its event."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from connectors.clean import MAX_NAME, clean_name
from contacts import naming
from contacts.models import Contact
from inbox.facts.telling import tell
from people.models import User


@transaction.atomic
def rename(contact_id: int, *, name: str, by: User, at: datetime) -> Contact:
    """As `contacts.naming.rename`, on the timeline where the name is another one; as clean as names from networks."""
    contact, before = naming.rename(contact_id, name=clean_name(name, 2 * MAX_NAME), by=by)
    if contact.name != before:
        tell(contact.pk, "renamed", by=by, at=at, **{"from": before or _("no name"), "to": contact.name})
    return contact
