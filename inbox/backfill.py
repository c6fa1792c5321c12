"""A back-fill: bringing in a channel's past, one worker at a time, each page with its cursor in one transaction.

Pulling goes on meanwhile and comes first: it is left the calls that it needs until the network's limit ends.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from connectors import gaps, usage
from connectors.defects import defect
from connectors.models import Backfill, Channel, Pull
from connectors.protocol import Connector, ConnectorError, Page
from connectors.sessions import ready
from inbox import past
from inbox.turns import LEASE, LostLease, alone, claim, limited, rest, waiting
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

State = Backfill.State
_LOCK = 7_303  # of PostgreSQL's advisory locks, with the channel's id
_RING_AGAIN = timedelta(seconds=30)
# A job that takes longer would keep its worker from other channels.
_SLICE_SECONDS = 10.0
declare("backfill.claimed", "backfill.fetched", "backfill.after_commit")


def ring_due(now: datetime) -> int:
    """Ask for work on every back-fill that is due; returns how many."""
    with transaction.atomic():
        due = Backfill.objects.filter(state=State.RUNNING, next_at__lte=now, channel__is_active=True)
        ids = [one.pk for one in due.select_for_update(skip_locked=True, of=("self",)).order_by("next_at")]
        Backfill.objects.filter(pk__in=ids).update(next_at=now + _RING_AGAIN)
        for pk in ids:
            jobs.later(jobs.BACKFILL, backfill_id=pk)
    return len(ids)


def fill(backfill: Backfill) -> None:
    """Work on a back-fill for a while. Network errors end up on its row."""
    channel = backfill.channel
    if (later := _not_before(channel)) is not None:
        Backfill.objects.filter(pk=backfill.pk, state=State.RUNNING).update(next_at=later)
        return
    with alone(_LOCK, channel.pk) as is_alone:
        mine = Backfill.objects.filter(pk=backfill.pk, state=State.RUNNING)
        held = claim(mine, whatever_the_lease=is_alone)
        if held is not None:
            crash_point("backfill.claimed")
            _fill(channel, held)


def _not_before(channel: Channel) -> datetime | None:
    """When the network may be asked: not while a limit lasts, and not before the first pull, which goes ahead."""
    if (limit := waiting(channel)) is not None:
        return limit.retry_at
    if Pull.objects.filter(channel=channel, next_at__isnull=False, pulled_at=None).exists():
        return timezone.now() + timedelta(seconds=5)
    return None


def _fill(channel: Channel, held: Backfill) -> None:
    try:
        connector = ready(channel)
        go_on_at = _pages(channel, connector, held)
    except ConnectorError as error:
        _note_error(channel, held, error)
    except LostLease:
        log.info("backfill_taken_away", channel=channel.name, backfill=held.pk)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of a connector must show where its work is shown
        log.exception("connector_defect", channel=channel.name)
        _note_error(channel, held, defect(error))
    else:
        _note_success(held, go_on_at)


def _pages(channel: Channel, connector: Connector, held: Backfill) -> datetime | None:
    """Take in page after page; returns when to go on, None when nothing more is there."""
    ends = time.monotonic() + _SLICE_SECONDS
    for page in connector.history(held.since, held.cursor):
        crash_point("backfill.fetched")
        past.take_in(channel, connector, page, held, partial(_advance, held, page, connector))
        crash_point("backfill.after_commit")
        now = timezone.now()
        if page.calls_reset_at and page.calls_left is not None and page.calls_left <= _left_to_pulls(connector, page):
            return max(page.calls_reset_at, now)
        if time.monotonic() > ends:
            return now
    return None


def _left_to_pulls(connector: Connector, page: Page) -> int:
    """How many calls pulling may want until the network's limit ends: two for each time that it is due, and some."""
    if not connector.interval or page.calls_reset_at is None:
        return 0
    seconds = max((page.calls_reset_at - timezone.now()).total_seconds(), 0)
    return 2 * int(seconds // connector.interval + 1) + 3


def _advance(held: Backfill, page: Page, connector: Connector, outcomes: Mapping[str, int]) -> None:
    """Move the cursor past a page, in its transaction. Raises LostLease when it is not ours, or was paused."""
    now = timezone.now()
    usage.note(held.channel_id, connector)
    gaps.note(held.channel_id, page.gaps)
    oldest = min((item.posted_at for item in page.items), default=None)
    reached = {"reached_at": Least(Coalesce(F("reached_at"), oldest), oldest)} if oldest else {}
    changed = Backfill.objects.filter(pk=held.pk, fence=held.fence, state=State.RUNNING).update(
        cursor=page.cursor,
        lease_until=now + LEASE,
        deaths=1,
        errors=0,
        error="",
        remedy="",
        stored=F("stored") + outcomes.get("stored", 0),
        duplicate=F("duplicate") + outcomes.get("duplicate", 0),
        troubled=F("troubled") + outcomes.get("rejected", 0) + outcomes.get("quarantined", 0),
        **reached,
    )
    if not changed:
        raise LostLease
    held.deaths = 1


def _note_success(held: Backfill, go_on_at: datetime | None) -> None:
    if go_on_at is None:
        _note(held, state=State.DONE, finished_at=timezone.now(), next_at=None)
        return
    _note(held, next_at=go_on_at)
    if go_on_at <= timezone.now():
        jobs.later(jobs.BACKFILL, backfill_id=held.pk)


def _note_error(channel: Channel, held: Backfill, error: ConnectorError) -> None:
    log.warning("backfill_failed", channel=channel.name, error=error.message, permanent=error.permanent)
    said = {"error": error.message, "remedy": error.remedy, "errors": F("errors") + 1}
    if error.retry_at is not None:
        limited(channel, error.retry_at)
        _note(held, **said, next_at=error.retry_at)
    elif error.permanent:
        _note(held, **said, state=State.FAILED, finished_at=timezone.now(), next_at=None)
    else:
        _note(held, **said, next_at=timezone.now() + rest(held.errors))


def _note(held: Backfill, **changes: Any) -> None:
    mine = Backfill.objects.filter(pk=held.pk, fence=held.fence, state=State.RUNNING)
    mine.update(lease_until=None, deaths=0, **changes)
