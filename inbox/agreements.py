"""What managers lay down about service: hours, targets, steps. Whatever changes deadlines has them worked out anew."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.refused import Refused
from inbox import deadlines
from people.models import Department
from routing import calendars
from routing.models import Calendar, Service, Step, Target

MOST_EXCEPTIONS, MOST_STEPS, MOST_CALENDARS = 200, 50, 50


@transaction.atomic
def serve(
    department: Department, *, first: int, later: int, calendar: Calendar | None, snoozed: bool, elsewhere: bool
) -> None:
    """In how many minutes a department replies, when it works, and when its clocks stand still."""
    Department.objects.filter(pk=department.pk).update(reply_minutes=first)
    Target.objects.update_or_create(
        department=department, priority=None, role="", defaults={"first_minutes": first, "next_minutes": later}
    )
    Service.objects.update_or_create(
        department=department,
        defaults={"calendar": calendar, "pauses_when_snoozed": snoozed, "pauses_elsewhere": elsewhere},
    )
    deadlines.ask()


@transaction.atomic
def except_for(*, department: Department | None, priority: int | None, role: str, first: int, later: int) -> Target:
    """Another target for what is of this priority, or from somebody of this role. The same one again is replaced."""
    if priority is None and not role:
        raise Refused(_("Choose a priority, a role, or both."), field="priority")
    target, is_new = Target.objects.update_or_create(
        department=department,
        priority=priority,
        role=role,
        defaults={"first_minutes": first, "next_minutes": later},
    )
    if is_new and Target.objects.count() > MOST_EXCEPTIONS:
        raise Refused(_("There are %(n)d exceptions already. Take one away first.") % {"n": MOST_EXCEPTIONS})
    deadlines.ask()
    return target


@transaction.atomic
def take_back(target: Target) -> None:
    """An exception is none any more."""
    Target.objects.filter(pk=target.pk).delete()
    deadlines.ask()


def lay_down(
    *, department: Department | None, minutes: int, action: str, to: Department | None, step: Step | None = None
) -> Step:
    """A step that is taken so many minutes of business time after a reply is due, or before it."""
    if action in (Step.Action.SHARE, Step.Action.MOVE):
        if to is None:
            raise Refused(_("Choose the department that is asked."), field="to")
        if department == to:
            raise Refused(_("Choose another department: this one has it already."), field="to")
    else:
        to = None
    if step is None and Step.objects.count() >= MOST_STEPS:
        raise Refused(_("There are %(n)d steps already. Take one away first.") % {"n": MOST_STEPS})
    step = step or Step()
    step.department, step.minutes, step.action, step.to = department, minutes, action, to
    step.save()
    return step


@transaction.atomic
def keep(calendar: Calendar | None, **fields: Any) -> Calendar:
    """Hours as they were written, a new calendar or a changed one, with their open times worked out at once."""
    if calendar is None and Calendar.objects.count() >= MOST_CALENDARS:
        raise Refused(_("There are %(n)d calendars already. Take one away first.") % {"n": MOST_CALENDARS})
    calendar = calendar or Calendar()
    for name, value in fields.items():
        setattr(calendar, name, value)
    try:
        with transaction.atomic():
            calendar.save()
    except IntegrityError as error:
        raise Refused(_("There are hours of this name already."), field="name") from error
    calendars.build(calendar, timezone.now())
    if calendar.services.exists():
        deadlines.ask()
    return calendar


@transaction.atomic
def drop(calendar: Calendar) -> None:
    """Take hours away that nobody works by. Raises Refused where somebody does."""
    used = Service.objects.filter(calendar=calendar).select_related("department")
    names = ", ".join(sorted(one.department.name for one in used))
    if names:
        raise Refused(_("%(names)s work by these hours. Give them others first.") % {"names": names})
    Calendar.objects.filter(pk=calendar.pk).delete()
