"""Tags: words that colleagues file a person under. Kept in small letters, so that VIP and vip are one tag."""

import unicodedata
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from contacts.models import Contact, Tag
from contacts.person import lock_person, person_of
from contacts.refused import Refused
from people.models import User

MOST, LONGEST = 50, 50
# One step of the index for each name, however many contacts bear it.
_KNOWN = """
    WITH RECURSIVE names AS (
        (SELECT name FROM contacts_tag WHERE name >= %(start)s ORDER BY name LIMIT 1)
        UNION ALL
        SELECT (SELECT name FROM contacts_tag WHERE name > names.name ORDER BY name LIMIT 1)
        FROM names WHERE names.name IS NOT NULL AND starts_with(names.name, %(start)s)
    )
    SELECT name FROM names WHERE name IS NOT NULL AND starts_with(name, %(start)s) LIMIT %(most)s
"""


def clean(name: str) -> str:
    """The form in which a tag is kept. Raises Refused for an empty or too long one."""
    kept = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cs") or c.isspace())
    name = unicodedata.normalize("NFC", " ".join(kept.lstrip("# ").casefold().split()))
    if not name:
        raise Refused(_("Write a word for the tag."), field="name")
    if len(name) > LONGEST:
        raise Refused(_("The tag has %(n)d characters. Shorten it to 50.") % {"n": len(name)}, field="name")
    return name


@transaction.atomic
def add(contact_id: int, *, name: str, by: User, at: datetime) -> Tag | None:
    """File a contact under a word; None where the person bears it already. Raises Refused, see `clean`."""
    name = clean(name)
    person = lock_person(contact_id)
    borne = Tag.objects.filter(contact__in=Contact.objects.of(person))
    if borne.filter(name=name).exists():
        return None
    if borne.count() >= MOST:
        raise Refused(_("There are %(n)d tags already. Take one away first.") % {"n": MOST}, field="name")
    return Tag.objects.create(contact_id=contact_id, name=name, by=by, at=at)


@transaction.atomic
def remove(contact_id: int, *, name: str) -> list[int]:
    """Take a tag from a person, off all parts that bear it; returns those contacts."""
    borne = Tag.objects.filter(contact__in=Contact.objects.of(person_of(contact_id)), name=name.replace("\0", ""))
    contacts = list(borne.order_by("contact").values_list("contact", flat=True))
    borne.delete()
    return contacts


def known(prefix: str, *, most: int = 8) -> list[str]:
    """Tags in use that begin like this, in the order of the alphabet."""
    start = unicodedata.normalize("NFC", prefix.replace("\0", "").casefold().lstrip("# "))[:LONGEST]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"start": start, "most": most})
        return [name for (name,) in cursor.fetchall()]


def of_person(person: int) -> QuerySet[Tag]:
    """All tags of a person; one that several parts bear comes several times."""
    return Tag.objects.filter(contact__in=Contact.objects.of(person)).order_by("name", "pk")
