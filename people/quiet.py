"""Quiet hours: when somebody wants no e-mails."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from people.models import User

# More changes than a week of quiet nights and a weekend have.
_MOST_STEPS = 20


def loud_from(user: "User", at: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from `at` on in which e-mails may reach somebody; `at` itself outside of their quiet hours.

    Hours may go over midnight. Where from and until are the same, or one is missing, there are none.
    """
    now = at
    for _ in range(_MOST_STEPS):
        ends = _quiet_until(user, now.astimezone(zone))
        if ends is None:
            return now
        now = ends.astimezone(at.tzinfo)
    return now


def _quiet_until(user: "User", local: datetime) -> datetime | None:
    """When the quiet that holds at a local time ends; None where none holds."""
    if user.quiet_weekends and local.weekday() >= 5:
        return _midnight(local, 7 - local.weekday())
    begins, ends = user.quiet_from, user.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    now = local.time().replace(tzinfo=None)
    if begins < ends:
        return _at(local, ends, 0) if begins <= now < ends else None
    if now >= begins:
        return _at(local, ends, 1)
    return _at(local, ends, 0) if now < ends else None


def _midnight(local: datetime, days: int) -> datetime:
    return (local + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def _at(local: datetime, time: object, days: int) -> datetime:
    return datetime.combine((local + timedelta(days=days)).date(), time, tzinfo=local.tzinfo)  # type: ignore[arg-type]
