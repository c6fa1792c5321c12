"""When a reply that is to leave later leaves: the usual choices and a time of one's own, by the writer's clock."""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from inbox.presentation import clock, short_date

FARTHEST = timedelta(days=366)
_MORNING = time(9)
# Later today is in so many hours at least, and no later than this hour.
_HOURS, _EVENING = 2, 20
_MONDAY = 0


class Choice(NamedTuple):
    """A time that is offered, with its name in the form and in words."""

    name: str
    words: str
    at: datetime


def choices(now: datetime) -> tuple[Choice, ...]:
    """What is offered now: later today while there is time, tomorrow morning, Monday morning if that is another day."""
    here = timezone.localtime(now)
    found = []
    today = (here + timedelta(hours=_HOURS + 1)).replace(minute=0, second=0, microsecond=0)
    if today.date() == here.date() and today.hour <= _EVENING:
        found.append(Choice("today", _("Later today, %(time)s") % {"time": clock(today)}, today))
    tomorrow = _morning(here, 1)
    found.append(Choice("tomorrow", _("Tomorrow morning, %(time)s") % {"time": clock(tomorrow)}, tomorrow))
    monday = _morning(here, (_MONDAY - here.weekday() - 1) % 7 + 1)
    if monday.date() != tomorrow.date():
        found.append(Choice("monday", _("Monday morning, %(time)s") % {"time": clock(monday)}, monday))
    return tuple(found)


def chosen(name: str, own: str, now: datetime) -> datetime:
    """The time that somebody chose by its name, or wrote (`own`, as browsers write a local time). Raises ValueError."""
    offered = {choice.name: choice.at for choice in choices(now)}
    if name in offered:
        return offered[name]
    try:
        at = datetime.fromisoformat(own.strip())
        if at.tzinfo is None:
            at = timezone.make_aware(at)
        is_ahead = now < at <= now + FARTHEST
    except (ValueError, OverflowError) as error:
        raise ValueError(_("Say when it is to leave, as in 2026-03-24 09:00.")) from error
    if not is_ahead:
        raise ValueError(_("Choose a time that is to come, within a year."))
    return at


def told(at: datetime, now: datetime) -> str:
    """A time to come in words: "at 16:30", "on 24 Nov, 09:00"."""
    if timezone.localtime(at).date() == timezone.localtime(now).date():
        return _("at %(time)s") % {"time": clock(at)}
    return _("on %(day)s, %(time)s") % {"day": short_date(at, now), "time": clock(at)}


def _morning(here: datetime, days: int) -> datetime:
    """The morning in so many days, whatever the clocks do in between."""
    return timezone.make_aware(datetime.combine(here.date() + timedelta(days=days), _MORNING))
