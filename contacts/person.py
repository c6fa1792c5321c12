"""The person that a contact belongs to now."""

from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.refused import Refused


def person_of(contact_id: int) -> int:
    """The contact that stands for the person: itself, or what merges made it part of. Raises Refused if it is gone."""
    return _root(Contact.objects.filter(pk=contact_id).values_list("pk", "root_id").first())


def lock_person(contact_id: int) -> int:
    """As `person_of`, and whoever else locks the person waits until the running transaction is over."""
    person = person_of(contact_id)
    Contact.objects.select_for_update(no_key=True).filter(pk=person).values_list("pk").first()
    return person


def _root(found: tuple[int, int | None] | None) -> int:
    if found is None:
        raise Refused(_("This contact is not there any more."))
    return found[1] or found[0]
