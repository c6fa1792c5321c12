"""Tags with their events."""

from datetime import datetime

from django.db import transaction

from contacts import tags
from contacts.models import Tag
from inbox.facts.telling import tell
from people.models import User


@transaction.atomic
def add(contact_id: int, *, name: str, by: User, at: datetime) -> Tag | None:
    """As `contacts.tags.add`, on the timeline where it is new."""
    tag = tags.add(contact_id, name=name, by=by, at=at)
    if tag is not None:
        tell(contact_id, "tagged", by=by, at=at, tag=tag.name)
    return tag


@transaction.atomic
def remove(contact_id: int, *, name: str, by: User, at: datetime) -> bool:
    """As `contacts.tags.remove`, on the timeline of each part that bore it; False where none did."""
    bore = tags.remove(contact_id, name=name)
    for one in bore:
        tell(one, "untagged", by=by, at=at, tag=name)
    return bool(bore)
