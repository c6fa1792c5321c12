"""What the pages of deadlines and hours show, in words."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from contacts.models import RoleKind
from inbox.models import Conversation
from inbox.presentation import day_of_month
from inbox.service_forms import DAYS, written
from people.models import Department
from routing import calendars
from routing.hours import Timetable, holidays_of
from routing.models import Calendar, Service, Step, Target
from routing.openings import write_day

_SHOWN_HOLIDAYS = 5
# What the preview tells of: a message shortly before the end of a week.
_PREVIEW = timedelta(minutes=30)


def deadlines() -> dict[str, Any]:
    """Departments with their targets, the exceptions and the steps."""
    everybody = list(Department.objects.order_by("position", "pk"))
    own, exceptions = _targets()
    services = {one.department_id: one for one in Service.objects.select_related("calendar")}
    roles = dict(RoleKind.objects.values_list("slug", "name"))
    steps = Step.objects.select_related("department", "to").order_by("minutes", "pk")
    return {
        "departments": [_department(one, own.get(one.pk), services.get(one.pk)) for one in everybody],
        "exceptions": [_exception(one, roles) for one in exceptions],
        "steps": [{"id": one.pk, "says": say(one), "department": one.department, "on": one.is_active} for one in steps],
    }


def _targets() -> tuple[dict[int | None, Target], list[Target]]:
    """The departments' own targets, and the exceptions, those that name most first."""
    found = Target.objects.select_related("department").order_by("-priority", "role", "pk")
    own, exceptions = {}, []
    for one in found:
        if one.priority is None and not one.role:
            own[one.department_id] = one
        else:
            exceptions.append(one)
    return own, sorted(
        exceptions, key=lambda one: -sum(map(bool, (one.department_id, one.priority is not None, one.role)))
    )


def _department(department: Department, target: Target | None, service: Service | None) -> dict[str, Any]:
    pauses = []
    if service is None or service.pauses_when_snoozed:
        pauses.append(gettext("while snoozed"))
    if service is not None and service.pauses_elsewhere:
        pauses.append(gettext("while others are asked"))
    calendar = service.calendar if service else None
    return {
        "slug": department.slug,
        "name": department.name,
        "mark": department.mark,
        "first": written(department.reply_minutes),
        "later": written(target.next_minutes if target else department.reply_minutes),
        "calendar": calendar,
        "never": bool(calendar and not any(calendar.hours) and not any(one["hours"] for one in calendar.exceptions)),
        "pauses": ", ".join(pauses),
    }


def _exception(one: Target, roles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": one.pk,
        "department": one.department,
        "priority": Conversation.Priority(one.priority).label if one.priority is not None else "",
        "role": roles.get(one.role, one.role),
        "first": written(one.first_minutes),
        "later": written(one.next_minutes),
    }


def say(step: Step) -> str:
    """A step as a sentence without its department."""
    time = written(abs(step.minutes))
    if step.minutes < 0:
        when = gettext("%(time)s before a reply is due") % {"time": time}
    else:
        when = gettext("%(time)s after a reply was due") % {"time": time} if step.minutes else gettext("When it is due")
    to = step.to.name if step.to else ""
    what = {
        Step.Action.WARN: gettext("warn whoever has it"),
        Step.Action.MANAGERS: gettext("tell the managers"),
        Step.Action.PRIORITY: gettext("raise the priority"),
        Step.Action.UNASSIGN: gettext("take it back to the queue"),
        Step.Action.SHARE: gettext("ask %(to)s to take part") % {"to": to},
        Step.Action.MOVE: gettext("hand it over to %(to)s") % {"to": to},
    }[Step.Action(step.action)]
    return gettext("%(when)s, %(what)s.") % {"when": when, "what": what}


def hours(now: datetime) -> list[dict[str, Any]]:
    """All calendars, each in words: its week, what comes next, who works by it, and what that means for a message."""
    tables = calendars.timetables()
    used: dict[int | None, list[Department]] = {}
    for one in Service.objects.filter(calendar__isnull=False).select_related("department"):
        used.setdefault(one.calendar_id, []).append(one.department)
    return [
        _calendar(one, tables[one.pk], used.get(one.pk, []), now) for one in Calendar.objects.order_by("name", "pk")
    ]


def _calendar(calendar: Calendar, table: Timetable, used: list[Department], now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(calendar.time_zone)
    today = now.astimezone(zone).date()
    exceptions = [one for one in calendar.exceptions if one["date"] >= today.isoformat()]
    return {
        "id": calendar.pk,
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "week": _week(calendar.hours),
        "place": "-".join(filter(None, (calendar.country, calendar.subdivision))),
        "holidays": _holidays(calendar, now, zone),
        "exceptions": [_own_day(one, zone) for one in exceptions[:_SHOWN_HOLIDAYS]],
        "more": max(0, len(exceptions) - _SHOWN_HOLIDAYS),
        "departments": used,
        "state": _state(table, now, zone),
        "is_open": table.is_open(now),
        "preview": preview(table, now, zone),
    }


def _week(week: Iterable[Any]) -> list[tuple[str, str]]:
    """Days that are alike stand together: “Monday to Friday”, “09:00–18:00”."""
    days = [write_day(day) or gettext("closed") for day in week] or [gettext("closed")] * 7
    found: list[tuple[str, str]] = []
    first = 0
    for day in range(7):
        if day == 6 or days[day + 1] != days[first]:
            name = str(DAYS[first]) if day == first else _span(first, day)
            found.append((name, days[first]))
            first = day + 1
    return found


def _span(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return gettext("Every day")
    return gettext("%(first)s to %(last)s") % {"first": DAYS[first], "last": DAYS[last]}


def _holidays(calendar: Calendar, now: datetime, zone: ZoneInfo) -> list[str]:
    today = now.astimezone(zone).date()
    coming = holidays_of(calendar.country, calendar.subdivision, (today.year, today.year + 1))
    return [
        f"{_day(datetime(day.year, day.month, day.day, tzinfo=zone))}: {name}" for day, name in coming if day >= today
    ][:_SHOWN_HOLIDAYS]


def _own_day(one: Mapping[str, Any], zone: ZoneInfo) -> str:
    day = datetime.fromisoformat(one["date"]).replace(tzinfo=zone)
    opened = write_day(one["hours"]) or gettext("closed")
    return f"{_day(day)}: {opened}" + (f", {one['name']}" if one.get("name") else "")


def _day(at: datetime) -> str:
    """A day with its weekday; `at` is in the zone that it is meant in."""
    with timezone.override(at.tzinfo):
        return f"{DAYS[at.weekday()]}, {day_of_month(at)} {at.year}"


def _clock(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {at:%H:%M}"


def _state(table: Timetable, now: datetime, zone: ZoneInfo) -> str:
    """Whether somebody is there now, and until when, or when they are next."""
    if table.is_open(now):
        return gettext("open now")
    opens = next((start for start, _ in table.intervals if start > now), None)
    if opens is None:
        return gettext("never open")
    local = opens.astimezone(zone)
    if opens - now < timedelta(days=6):
        return gettext("opens %(time)s") % {"time": _clock(local)}
    days = (opens - now).days
    return ngettext("opens in %(n)d day", "opens in %(n)d days", days) % {"n": days}


def preview(table: Timetable, now: datetime, zone: ZoneInfo) -> str:
    """What the hours mean for a message that comes five minutes before the next closing time on a Friday, or at all."""
    coming = [end for _, end in table.intervals if end > now + timedelta(minutes=5)]
    if not coming:
        return gettext("They are never open: no reply is ever due. Write hours, or give the departments others.")
    fridays = [end for end in coming[:60] if end.astimezone(zone).weekday() == 4]
    last = max(
        (end for end in fridays if end.astimezone(zone).date() == fridays[0].astimezone(zone).date()), default=coming[0]
    )
    comes = (last - timedelta(minutes=5)).astimezone(UTC)
    due = table.after(comes, _PREVIEW.total_seconds())
    said = {"comes": _clock(comes.astimezone(zone)), "due": _clock(due.astimezone(zone)) if due else ""}
    return gettext("With 30 minutes to reply, a message of %(comes)s is due %(due)s.") % said
