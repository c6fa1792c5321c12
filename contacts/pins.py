"""Pins: notes on the person as such, kept in sight of every department."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from contacts.models import Contact, Pin
from contacts.person import lock_person
from contacts.refused import Refused
from people.models import User

MOST, LONGEST = 20, 2_000


@transaction.atomic
def add(contact_id: int, *, text: str, by: User, at: datetime) -> Pin:
    """Pin a note. Raises Refused for an empty or too long one, for one that is pinned already, and when the person has
    as many as fit."""
    text = _checked(text)
    pinned = list(Pin.objects.filter(contact__in=Contact.objects.of(lock_person(contact_id))).values_list("text"))
    if (text,) in pinned:
        raise Refused(_("This note is pinned already."), field="text")
    if len(pinned) >= MOST:
        raise Refused(_("There are %(n)d pinned notes already. Take one away first.") % {"n": MOST}, field="text")
    return Pin.objects.create(contact_id=contact_id, text=text, author=by, at=at)


@transaction.atomic
def edit(pin_id: int, *, text: str) -> Pin:
    """Other words for a pinned note."""
    pin = _locked(pin_id)
    pin.text = _checked(text)
    pin.save(update_fields=["text"])
    return pin


@transaction.atomic
def remove(pin_id: int) -> Pin:
    """Take a pinned note away; returns what it was. Raises Refused when it is gone already."""
    pin = _locked(pin_id)
    Pin.objects.filter(pk=pin_id).delete()
    return pin


def of_person(person: int) -> QuerySet[Pin]:
    """All that is pinned on a person, newest first, with who wrote it."""
    return Pin.objects.filter(contact__in=Contact.objects.of(person)).select_related("author").order_by("-at", "-pk")


def _locked(pin_id: int) -> Pin:
    pin = Pin.objects.select_for_update().filter(pk=pin_id).first()
    if pin is None:
        raise Refused(_("Somebody has taken this note away already."))
    return pin


def _checked(text: str) -> str:
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused(_("The note is empty."), field="text")
    if len(text) > LONGEST:
        raise Refused(_("The note has %(n)d characters. Shorten it to 2,000.") % {"n": len(text)}, field="text")
    return text
