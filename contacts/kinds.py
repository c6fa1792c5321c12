"""What roles and attributes share, which admins define: their names, and their order."""

from typing import Any

from django.db.models import Max, Model
from django.utils.translation import gettext as _

from contacts.refused import Refused

_LONGEST = 100


def named(name: str) -> str:
    """A name as it is kept. Raises Refused for an empty or too long one."""
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Refused(_("Give it a name."), field="name")
    if len(name) > _LONGEST:
        raise Refused(_("The name is longer than 100 characters. Shorten it."), field="name")
    return name


def next_position(model: type[Model]) -> int:
    """The place of a new one, behind all others."""
    last: int | None = model._default_manager.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def move(model: type[Model], pk: int, *, up: bool) -> bool:
    """One place up or down in the order, within a transaction; nothing happens at its end. Whether it is there."""
    ordered: list[Any] = list(model._default_manager.select_for_update().order_by("position", "pk"))
    here = next((n for n, one in enumerate(ordered) if one.pk == pk), None)
    if here is None:
        return False
    there = here + (-1 if up else 1)
    if 0 <= there < len(ordered):
        ordered[here], ordered[there] = ordered[there], ordered[here]
    for position, one in enumerate(ordered):
        one.position = position
    model._default_manager.bulk_update(ordered, ["position"])
    return True
