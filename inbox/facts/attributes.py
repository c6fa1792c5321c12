"""Values of attributes with their events."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from contacts import values
from contacts.models import Attribute, AttributeValue, Contact
from contacts.person import person_of
from contacts.refused import Refused
from inbox.facts.telling import tell
from people.models import User


@transaction.atomic
def say(contact_id: int, attribute: Attribute, text: str, *, by: User, at: datetime) -> AttributeValue:
    """As `contacts.values.say`, on the timeline with the value that showed before."""
    said = values.of_person(person_of(contact_id)).filter(attribute=attribute)
    before = values.effective([attribute], said)[0].value
    value = values.say(contact_id, attribute, text, by=by, at=at)
    told = {"name": attribute.name, "from": before, "to": value.value or _("nothing")}
    tell(contact_id, "attribute", by=by, at=at, **told)
    return value


def choose(contact_id: int, value_id: int, *, by: User, at: datetime) -> AttributeValue:
    """Show another one of the values that were said: from now on it is this colleague's word, too."""
    person = person_of(contact_id)
    mine = AttributeValue.objects.filter(contact__in=Contact.objects.of(person)).select_related("attribute")
    chosen = mine.filter(pk=value_id).first()
    if chosen is None:
        raise Refused(_("This value is not there any more."))
    return say(contact_id, chosen.attribute, chosen.value, by=by, at=at)
