"""Owners: who looks after a person in each department, whatever is open with them at the moment."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from contacts.models import Contact, Owner
from contacts.person import person_of
from contacts.refused import Refused
from people.models import Department, User


def eligible(department: Department) -> QuerySet[User]:
    """Who can look after people in a department: its members, and those who manage all."""
    managing = Q(role__in=[User.Role.MANAGER, User.Role.ADMIN])
    found = User.objects.filter(Q(departments=department) | managing, is_active=True)
    return found.distinct().order_by("name", "pk")


@transaction.atomic
def set_owner(contact_id: int, department: Department, to: User | None, *, by: User, at: datetime) -> Owner | None:
    """Let a colleague, or nobody, look after a contact in a department; None where that is so already.

    Raises Refused for a colleague who is neither of that department nor a manager.
    """
    person = person_of(contact_id)
    if to is not None and not eligible(department).filter(pk=to.pk).exists():
        named = {"name": to, "department": department}
        raise Refused(_("%(name)s is not in %(department)s. Choose one of its people.") % named, field="to")
    now = next((one for one in current(of_person(person)) if one.department_id == department.pk), None)
    if (now.user_id if now else None) == (to.pk if to else None):
        return None
    owner, _made = Owner.objects.update_or_create(
        contact_id=contact_id, department=department, defaults={"user": to, "by": by, "at": at}
    )
    return owner


def of_person(person: int) -> QuerySet[Owner]:
    """All that was said of who looks after a person, the latest word first; for `current`."""
    mine = Owner.objects.filter(contact__in=Contact.objects.of(person))
    return mine.select_related("user", "department").order_by("-at", "-pk")


def current(said: Iterable[Owner]) -> list[Owner]:
    """The latest word for each department, in their order; without those that nobody looks after."""
    found: dict[int, Owner] = {}
    for one in said:
        found.setdefault(one.department_id, one)
    kept = [one for one in found.values() if one.user is not None and one.user.is_active]
    return sorted(kept, key=lambda one: (one.department.position, one.department_id))
