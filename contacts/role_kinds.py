"""What a contact can be to the company: admins add roles, change them, put them in order and switch them off."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from contacts import criteria, kinds
from contacts.models import Role, RoleKind
from contacts.refused import Refused

_MOST = 50


def in_order() -> QuerySet[RoleKind]:
    """All of them, each with `is_used`: whether anybody ever was this."""
    used = Exists(Role.objects.filter(kind=OuterRef("pk")))
    return RoleKind.objects.annotate(is_used=used).order_by("position", "pk")


@transaction.atomic
def add(
    *, name: str, icon: str, tone: str, criterion: Mapping[str, Any] | None, slug: str = "", is_active: bool = True
) -> RoleKind:
    """A new role, last in the order. Without a slug, one is made from the name.

    Raises Refused for a slug that another one has, a criterion that makes no sense, and where there are too many.
    """
    name = kinds.named(name)
    slug = slug or slugify(name)[:50] or "role"
    if RoleKind.objects.count() >= _MOST:
        raise Refused(_("There are %(n)d roles already. Delete one first.") % {"n": _MOST})
    try:
        with transaction.atomic():
            return RoleKind.objects.create(
                slug=slug,
                name=name,
                icon=icon,
                tone=tone,
                criterion=_criterion(criterion),
                is_active=is_active,
                position=kinds.next_position(RoleKind),
            )
    except IntegrityError as error:
        raise Refused(_("Another role is called %(slug)s in searches.") % {"slug": slug}, field="slug") from error


@transaction.atomic
def change(
    kind_id: int, *, name: str, icon: str, tone: str, criterion: Mapping[str, Any] | None, is_active: bool
) -> RoleKind:
    """Another name, look or criterion; or switched off: who has the role keeps it, and nobody is given it any more."""
    kind = RoleKind.objects.select_for_update().filter(pk=kind_id).first()
    if kind is None:
        raise Refused(_("This role is not there any more."))
    kind.name, kind.icon, kind.tone, kind.is_active = kinds.named(name), icon, tone, is_active
    kind.criterion = _criterion(criterion)
    kind.save(update_fields=["name", "icon", "tone", "is_active", "criterion"])
    return kind


@transaction.atomic
def move(kind_id: int, *, up: bool) -> None:
    """One place up or down in the order; nothing happens at its end."""
    if not kinds.move(RoleKind, kind_id, up=up):
        raise Refused(_("This role is not there any more."))


def remove(kind_id: int) -> None:
    """Delete a role that nobody ever had; twice does nothing. Raises Refused for one that somebody has or had."""
    try:
        with transaction.atomic():
            RoleKind.objects.filter(pk=kind_id).delete()
    except ProtectedError as error:
        raise Refused(_("People have or had this role, so it stays. Switch it off instead.")) from error


def _criterion(data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    try:
        return criteria.parse(data).as_json()
    except criteria.BadCriterion as error:
        raise Refused(str(error), field=error.field) from error
