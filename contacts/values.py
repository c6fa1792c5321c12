"""What is said of a person's attributes, and which of several values shows.

Nothing is overwritten. Of one speaker (the colleagues, or one import's system) about one contact the latest word
stands. Where what stands differs, all of it is kept: a colleague's word is shown before an import's, then the newest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from contacts import clues
from contacts.canonical import canonical
from contacts.models import Attribute, AttributeValue, Contact
from contacts.models.facts import Source
from contacts.names import fold
from contacts.refused import Refused
from people.models import User


@transaction.atomic
def say(contact_id: int, attribute: Attribute, text: str, *, by: User, at: datetime) -> AttributeValue:
    """A colleague's word on what an attribute of a contact is; nothing takes it away. Raises Refused, see canonical."""
    value = canonical(attribute.kind, text, attribute.choices)
    if not Contact.objects.filter(pk=contact_id).exists():
        raise Refused(_("This contact is not there any more."))
    said = AttributeValue.objects.filter(contact=contact_id, attribute=attribute, source=Source.PERSON)
    # What colleagues said before stays readable, and is not found by searching any more.
    said.exclude(search_key="").update(search_key="")
    clues.said(contact_id, attribute.slug)
    return AttributeValue.objects.create(
        contact_id=contact_id,
        attribute=attribute,
        value=value,
        search_key=search_key(value),
        source=Source.PERSON,
        by=by,
        at=at,
    )


def search_key(value: str) -> str:
    """The form by which a value is searched."""
    return fold(value)[:200]


@dataclass(frozen=True, slots=True)
class Shown:
    """The value of an attribute that shows, and the others that were said and stand, newest first."""

    attribute: Attribute
    said: AttributeValue | None = None
    others: tuple[AttributeValue, ...] = field(default=())

    @property
    def value(self) -> str:
        """Empty where nobody said anything, or a colleague took it away."""
        return self.said.value if self.said else ""


def of_person(person: int) -> QuerySet[AttributeValue]:
    """All that was ever said of a person's attributes, with who said it; for `effective`."""
    mine = AttributeValue.objects.filter(contact__in=Contact.objects.of(person))
    return mine.select_related("by", "source_import").defer("source_import__content").order_by("-at", "-pk")


def effective(attributes: Iterable[Attribute], values: Iterable[AttributeValue]) -> list[Shown]:
    """What shows of each attribute, in their order, from all values of a person."""
    standing: dict[int, list[AttributeValue]] = {}
    spoken: set[tuple[object, ...]] = set()
    for one in sorted(values, key=lambda said: (said.at, said.pk), reverse=True):
        speaker = (one.contact_id, one.attribute_id, one.source, one.source_import.system if one.source_import else "")
        if speaker not in spoken:
            spoken.add(speaker)
            standing.setdefault(one.attribute_id, []).append(one)
    return [_shown(attribute, standing.get(attribute.pk, [])) for attribute in attributes]


def _shown(attribute: Attribute, standing: list[AttributeValue]) -> Shown:
    if not standing:
        return Shown(attribute)
    first = next((one for one in standing if one.source == Source.PERSON), standing[0])
    others: dict[str, AttributeValue] = {}
    for one in standing:
        if one.value and one.value != first.value:
            others.setdefault(one.value, one)
    return Shown(attribute, first, tuple(others.values()))
