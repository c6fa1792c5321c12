"""People for tests of the contact graph, written directly."""

import itertools

from django.utils import timezone

from contacts.models import Contact, Identity
from contacts.names import fold

_count = itertools.count(1)


def person(name="Somebody", *, contact=None, network="x", **fields):
    """An identity with a contact of its own, or one more on a contact."""
    now = timezone.now()
    number = next(_count)
    contact = contact or Contact.objects.create(name=name, sort_key=fold(name), created_at=now).pk
    values = {
        "external_id": f"{network}-{number}",
        "handle": f"person{number}",
        "name": name,
        "search_key": fold(f"{name} person{number}"),
        "seen_at": now,
        "created_at": now,
    }
    return Identity.objects.create(contact_id=contact, network=network, **(values | fields))
