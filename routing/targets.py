"""In how many minutes of business time a reply is due, and when that is: as inbox_clock does it, without the database.

An exception, which is a target that names a priority or a role, beats a department's own target. Of several that fit,
the one that names more counts; of those that name equally many, the shorter one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from people.models import Department
from routing import calendars
from routing.hours import Timetable
from routing.models import Service, Target


@dataclass(frozen=True, slots=True)
class Aim:
    """A target as a plain value; `department` is its slug. What is empty names nothing."""

    department: str
    priority: int | None
    role: str
    first: int
    later: int

    def fits(self, department: str, priority: int, roles: Collection[str]) -> bool:
        """Whether it speaks of such a conversation."""
        return (
            self.department in ("", department)
            and self.priority in (None, priority)
            and (not self.role or self.role in roles)
        )

    def rank(self, *, first: bool) -> tuple[bool, int, int]:
        """The smallest counts."""
        named = [bool(self.department), self.priority is not None, bool(self.role)]
        return not any(named[1:]), -sum(named), self.first if first else self.later


@dataclass(frozen=True, slots=True)
class Targets:
    """All targets with the hours of the departments, read once."""

    minutes_of: Mapping[str, int]
    aims: Sequence[Aim] = ()
    hours: Mapping[str, Timetable] = field(default_factory=dict)

    def minutes(self, department: str, priority: int = 1, roles: Collection[str] = (), *, first: bool = True) -> int:
        """Minutes of business time until a reply is due. Raises KeyError for a department that there is not."""
        fitting = [aim for aim in self.aims if aim.fits(department, priority, roles)]
        if not fitting:
            return self.minutes_of[department]
        best = min(fitting, key=lambda aim: aim.rank(first=first))
        return best.first if first else best.later

    def due(
        self, department: str, priority: int, roles: Collection[str], start: datetime, first: bool = True
    ) -> datetime | None:
        """When a reply to somebody who waits since `start` is due; None where the department is never open.

        `department` is a slug, `roles` are slugs of what the customer is now, `first` says that nobody has replied yet.
        """
        seconds = 60 * self.minutes(department, priority, roles, first=first)
        table = self.hours.get(department)
        return table.after(start, seconds) if table else start + timedelta(seconds=seconds)


def load() -> Targets:
    """Targets and hours as they are now. Five statements."""
    rows = Target.objects.values_list("department__slug", "priority", "role", "first_minutes", "next_minutes")
    tables = calendars.timetables()
    with_hours = Service.objects.filter(calendar__isnull=False).values_list("department__slug", "calendar_id")
    return Targets(
        dict(Department.objects.values_list("slug", "reply_minutes")),
        [Aim(department or "", priority, role, first, later) for department, priority, role, first, later in rows],
        {slug: tables[calendar] for slug, calendar in with_hours if calendar in tables},
    )
