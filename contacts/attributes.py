"""What admins want to know of every contact: attributes are defined, renamed, put in order and deleted."""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts import kinds
from contacts.models import Attribute, AttributeValue
from contacts.names import fold
from contacts.refused import Refused

MOST_CHOICES = 200
_MOST = 200


@transaction.atomic
def define(*, name: str, kind: str, choices: Collection[str] = (), slug: str = "") -> Attribute:
    """A new attribute, last in the order. Without a slug, one is made from the name.

    Raises Refused for a slug that another one has, a list without choices, and where there are too many already.
    """
    name = kinds.named(name)
    slug = slug or slugify(name)[:50] or "attribute"
    if Attribute.objects.count() >= _MOST:
        raise Refused(_("There are %(n)d attributes already. Delete one first.") % {"n": _MOST})
    try:
        with transaction.atomic():
            return Attribute.objects.create(
                slug=slug,
                name=name,
                kind=kind,
                choices=_choices(kind, choices),
                position=kinds.next_position(Attribute),
            )
    except IntegrityError as error:
        raise Refused(_("Another attribute is called %(slug)s in searches.") % {"slug": slug}, field="slug") from error


def ensure(slug: str, name: str, kind: str) -> Attribute:
    """The attribute with this slug, defined where there is none yet; one that is there stays as it is."""
    found = Attribute.objects.filter(slug=slug).first()
    if found is not None:
        return found
    try:
        return define(slug=slug, name=name, kind=kind)
    except Refused:
        # Somebody else defined it this very moment, or there is no room for it, which is an error.
        return Attribute.objects.get(slug=slug)


@transaction.atomic
def change(attribute_id: int, *, name: str, choices: Collection[str] = ()) -> Attribute:
    """Another name, or other choices. What was said of contacts stays; a choice that is in use cannot go."""
    attribute = _locked(attribute_id)
    attribute.name = kinds.named(name)
    attribute.choices = _choices(attribute.kind, choices)
    gone = set(AttributeValue.objects.filter(attribute=attribute).exclude(value="").values_list("value", flat=True))
    gone -= set(attribute.choices)
    if attribute.kind == Attribute.Kind.CHOICE and gone:
        named = {"choices": ", ".join(sorted(gone)[:5])}
        raise Refused(_("Contacts have these choices: %(choices)s. Keep them.") % named, field="choices")
    attribute.save(update_fields=["name", "choices"])
    return attribute


@transaction.atomic
def move(attribute_id: int, *, up: bool) -> None:
    """One place up or down in the order; nothing happens at its end."""
    if not kinds.move(Attribute, attribute_id, up=up):
        raise Refused(_("This attribute is not there any more."))


def usage(attribute_id: int, *, most: int = 10_000) -> int:
    """How many values of it are kept, counted up to `most`."""
    return AttributeValue.objects.filter(attribute=attribute_id)[:most].count()


@transaction.atomic
def delete(attribute_id: int) -> None:
    """Delete an attribute with everything that was said of it. Deleting it twice does nothing."""
    Attribute.objects.filter(pk=attribute_id).delete()


def _locked(attribute_id: int) -> Attribute:
    found = Attribute.objects.select_for_update().filter(pk=attribute_id).first()
    if found is None:
        raise Refused(_("This attribute is not there any more."))
    return found


def _choices(kind: str, choices: Collection[str]) -> list[str]:
    if kind != Attribute.Kind.CHOICE:
        return []
    found: dict[str, str] = {}
    for one in choices:
        if word := " ".join(one.replace("\0", "").split()):
            found.setdefault(fold(word), word)
    if not found:
        raise Refused(_("Write the choices, one on each line."), field="choices")
    if len(found) > MOST_CHOICES or any(len(one) > 100 for one in found.values()):
        raise Refused(_("At most 200 choices of at most 100 characters each."), field="choices")
    return list(found.values())
