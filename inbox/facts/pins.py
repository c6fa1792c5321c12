"""Pinned notes with their events."""

from datetime import datetime

from django.db import transaction

from contacts import pins
from contacts.models import Pin
from inbox.facts.telling import show, tell
from people.models import User


@transaction.atomic
def add(contact_id: int, *, text: str, by: User, at: datetime) -> Pin:
    """As `contacts.pins.add`, on the timeline."""
    pin = pins.add(contact_id, text=text, by=by, at=at)
    tell(contact_id, "pinned", by=by, at=at, text=pin.text)
    return pin


@transaction.atomic
def edit(pin_id: int, *, text: str) -> Pin:
    """As `contacts.pins.edit`."""
    pin = pins.edit(pin_id, text=text)
    show(pin.contact_id)
    return pin


@transaction.atomic
def remove(pin_id: int, *, by: User, at: datetime) -> Pin:
    """As `contacts.pins.remove`; what it said stays on the timeline."""
    pin = pins.remove(pin_id)
    tell(pin.contact_id, "unpinned", by=by, at=at, text=pin.text)
    return pin
