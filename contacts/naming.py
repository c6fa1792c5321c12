"""What a person is called here, which may differ from what their accounts say."""

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.names import fold
from contacts.person import lock_person
from contacts.refused import Refused
from people.models import User


@transaction.atomic
def rename(contact_id: int, *, name: str, by: User) -> tuple[Contact, str]:
    """Call a person by another name; returns their contact and the name before.

    Raises Refused for an empty or too long name.
    """
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Refused(_("Write a name."), field="name")
    if len(name) > 200:
        raise Refused(_("The name is longer than 200 characters. Shorten it."), field="name")
    contact = Contact.objects.get(pk=lock_person(contact_id))
    before = contact.name
    if name != before:
        contact.name, contact.sort_key, contact.named_by = name, fold(name)[:200], by
        contact.save(update_fields=["name", "sort_key", "named_by"])
    return contact, before
