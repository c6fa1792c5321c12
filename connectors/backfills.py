"""Back-fills as admins handle them: started, paused, resumed, stopped; and how far one has come.

The work itself is done by inbox/backfill.py; what it has done so far is a row that everybody can read.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import Backfill, Channel
from connectors.registry import CONNECTORS
from connectors.sentences import told
from socialcrm import jobs

if TYPE_CHECKING:
    from people.models import User

State = Backfill.State
_UNFINISHED = (State.RUNNING, State.PAUSED)
# No network that we know is older.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_SHOWN = 5


class Refused(Exception):
    """What was asked for cannot be done now; the text says why, for the person who asked."""


def start(channel: Channel, *, since: datetime, by: "User | None") -> Backfill:
    """Bring in what is older, back to `since`. Raises Refused."""
    if why := _why_not(channel):
        raise Refused(why)
    now = timezone.now()
    if not _EARLIEST <= since < now:
        raise Refused(_("Choose a day in the past, not before the year 2000."))
    try:
        with transaction.atomic():
            made = Backfill.objects.create(channel=channel, since=since, started_by=by, started_at=now, next_at=now)
            jobs.later(jobs.BACKFILL, backfill_id=made.pk)
    except IntegrityError as error:
        raise Refused(_("A back-fill of this channel is under way already.")) from error
    return made


def pause(channel: Channel) -> None:
    """Stop after the page that is being written. Raises Refused."""
    _change(channel, State.RUNNING, state=State.PAUSED, next_at=None)


@transaction.atomic
def resume(channel: Channel) -> None:
    """Go on where it stopped, also where an error stopped it. Raises Refused."""
    if why := _why_not(channel):
        raise Refused(why)
    last = Backfill.objects.filter(channel=channel).order_by("-pk").first()
    if last is None or last.state not in (State.PAUSED, State.FAILED):
        raise Refused(_("There is no back-fill that could go on."))
    changes: dict[str, Any] = {"state": State.RUNNING, "next_at": timezone.now(), "finished_at": None}
    Backfill.objects.filter(pk=last.pk).update(**changes, error="", remedy="", errors=0, deaths=0)
    jobs.later(jobs.BACKFILL, backfill_id=last.pk)


def cancel(channel: Channel, *, by: "User") -> None:
    """End it before it has reached its day; what it brought stays. Raises Refused."""
    why = _("Stopped by %(name)s.") % {"name": by}
    ended: dict[str, Any] = {"state": State.DONE, "finished_at": timezone.now(), "next_at": None, "error": why}
    _change(channel, *_UNFINISHED, **ended, remedy="")


def facts(channel: Channel) -> dict[str, Any]:
    """For templates/connectors/_backfill.html: whether a back-fill is possible, the one under way, earlier ones."""
    found = list(Backfill.objects.filter(channel=channel).select_related("started_by").order_by("-pk")[:_SHOWN])
    now = timezone.now()
    current = found[0] if found and found[0].state in (*_UNFINISHED, State.FAILED) else None
    return {
        "id": channel.pk,
        "reaches_back": _reaches_back(channel),
        "why_not": _why_not(channel),
        "current": _progress(current, now) if current else None,
        "earlier": [_progress(one, now) for one in found if one is not current],
        "today": timezone.localdate(),
    }


def _reaches_back(channel: Channel) -> bool:
    kind = CONNECTORS.get(channel.network)
    return kind is not None and kind.reaches_back


def _why_not(channel: Channel) -> str:
    if not _reaches_back(channel):
        return _("This network does not give out its past.")
    if channel.connected_at is None:
        return _("Finish connecting the channel first.")
    if not channel.is_active:
        return _("The channel is switched off. Switch it on first.")
    return ""


def _change(channel: Channel, *states: State, **changes: Any) -> None:
    if not Backfill.objects.filter(channel=channel, state__in=states).update(**changes):
        raise Refused(_("This back-fill is not under way any more."))


def _progress(one: Backfill, now: datetime) -> dict[str, Any]:
    """How far a back-fill has come. The share is one of time: nobody knows how many messages there are."""
    whole = max((one.started_at - one.since).total_seconds(), 1)
    behind = (one.started_at - one.reached_at).total_seconds() if one.reached_at else 0
    is_running, is_done = one.state == State.RUNNING, one.state == State.DONE and not one.error
    waits = is_running and one.next_at is not None and (one.next_at - now).total_seconds() > 30
    return {
        "state": _("Stopped") if one.state == State.DONE and one.error else State(one.state).label,
        "is_running": is_running,
        "is_paused": one.state == State.PAUSED,
        "is_failed": one.state == State.FAILED,
        "percent": 100 if is_done else int(min(max(behind / whole, 0), 0.99) * 100),
        "since": one.since,
        "reached": one.reached_at,
        "stored": one.stored,
        "duplicate": one.duplicate,
        "troubled": one.troubled,
        "error": told(one.error),
        "remedy": told(one.remedy),
        "next_at": one.next_at if waits else None,
        "by": one.started_by,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
    }
