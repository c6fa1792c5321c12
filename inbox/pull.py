"""Pulling a channel: one worker at a time, each page with its cursor in one transaction."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from connectors import gaps, usage
from connectors.defects import defect
from connectors.incoming import Incoming
from connectors.ledger import Kept, malformed
from connectors.models import Calls, Channel, Pull, Receipt
from connectors.protocol import Connector, ConnectorError, Page
from connectors.sessions import ready
from inbox import live
from inbox.ingest import UNWRITABLE, ingest
from inbox.turns import LEASE, LostLease, alone, claim, rest, waiting
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

State = Pull.State
_LOCK = 7_302  # of PostgreSQL's advisory locks, with the channel's id
# A rung channel is rung again when nobody has come for it by then.
_RING_AGAIN = timedelta(seconds=30)
# After so many workers died over a channel its pages are taken apart, item by item (inbox/drain.py).
_DEATHS = 3

declare("pull.claimed", "pull.fetched")


@dataclass(slots=True)
class Pulled:
    """What a pull brought, and the error that ended it, if one did."""

    outcomes: Counter[str] = field(default_factory=Counter)
    error: ConnectorError | None = None
    calls_again_at: datetime | None = None


def ring_due(now: datetime) -> int:
    """Ask for a pull of every channel that is due; returns how many."""
    with transaction.atomic():
        due = Pull.objects.select_for_update(skip_locked=True).filter(channel__in=Channel.objects.due(now))
        ids = [pull.channel_id for pull in due.order_by("next_at")]
        Pull.objects.filter(channel__in=ids).update(next_at=now + _RING_AGAIN)
        for channel_id in ids:
            jobs.later(jobs.PULL, channel_id=channel_id)
    return len(ids)


def pull(channel: Channel) -> Pulled | None:
    """Fetch until nothing more is there; None when another worker is at it. Network errors end up on the channel."""
    if (limit := waiting(channel)) is not None:
        return Pulled(error=limit)
    with alone(_LOCK, channel.pk) as is_alone:
        held = claim(Pull.objects.filter(channel=channel), whatever_the_lease=is_alone)
        return _pull(channel, held) if held else None


def _pull(channel: Channel, held: Pull) -> Pulled:
    crash_point("pull.claimed")
    pulled = Pulled()
    try:
        connector = ready(channel)
        _fetch(channel, connector, held, pulled)
    except ConnectorError as error:
        pulled.error = error
        _note_error(held, error)
    except LostLease:
        log.warning("lease_lost", channel=channel.name, fence=held.fence)
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect of a connector must show on its channel, not in a log alone
        log.exception("connector_defect", channel=channel.name)
        pulled.error = defect(error)
        _note_error(held, pulled.error)
    else:
        _note_success(held, connector.interval, pulled.calls_again_at)
    return pulled


def _fetch(channel: Channel, connector: Connector, held: Pull, pulled: Pulled) -> None:
    careful = held.deaths > _DEATHS
    for page in connector.fetch(held.cursor):
        crash_point("pull.fetched")
        take = _park if careful else _take
        pulled.outcomes += take(channel, connector, page, held)
        pulled.calls_again_at = page.calls_reset_at if page.calls_left == 0 else None


def _take(channel: Channel, connector: Connector, page: Page, held: Pull) -> Counter[str]:
    try:
        return ingest(
            channel,
            page.items,
            kept=malformed(page),
            trust_email=connector.vouches_for_email,
            advance=partial(_advance, held, page, connector),
            called_since=_called_since(channel) if connector.takes_webhooks else None,
        ).outcomes
    except OperationalError:
        raise
    except UNWRITABLE as error:
        # Something on this page cannot be taken in. The rest of the channel does not wait for it.
        log.exception("page_parked", channel=channel.name, error=str(error))
        return _park(channel, connector, page, held)


def _called_since(channel: Channel) -> datetime | None:
    """Since when the network should have called us about what a pull finds. None where it need not have, or while
    deliveries wait to be taken in, which may hold the same."""
    calls = Calls.objects.filter(channel=channel, subscribed_at__isnull=False).first()
    waiting_here = Receipt.objects.filter(channel=channel, state=Receipt.State.PENDING, source=Receipt.Source.WEBHOOK)
    return None if calls is None or waiting_here.exists() else calls.subscribed_at


def _park(channel: Channel, connector: Connector, page: Page, held: Pull) -> Counter[str]:
    """Keep a page's items as pending receipts, to be taken in one by one, and go on."""
    kept = [Kept(payload=as_json(item), state=Receipt.State.PENDING) for item in page.items]
    kept += malformed(page)
    outcomes = ingest(channel, (), kept=kept, advance=partial(_advance, held, page, connector)).outcomes
    jobs.ring(jobs.DRAIN)
    return outcomes


def _advance(held: Pull, page: Page, connector: Connector) -> None:
    """Move the cursor past a page, in the page's transaction. Raises LostLease when it is not ours to move."""
    usage.note(held.channel_id, connector)
    gaps.note(held.channel_id, page.gaps)
    mine = Pull.objects.filter(channel_id=held.channel_id, fence=held.fence)
    if not mine.update(
        cursor=page.cursor,
        lease_until=timezone.now() + LEASE,
        calls_left=page.calls_left,
        # No network says how many there are in all; the most that were ever left come close.
        calls_most=Greatest(F("calls_most"), Value(page.calls_left)),
        calls_reset_at=page.calls_reset_at,
        deaths=1,
    ):
        raise LostLease


def _note_success(held: Pull, interval: int, calls_again_at: datetime | None) -> None:
    now = timezone.now()
    usual = now + timedelta(seconds=interval)
    _note(
        held,
        state=State.OK,
        errors=0,
        error="",
        remedy="",
        pulled_at=now,
        # Who has used up what a network allows, and has everything, need not be told by the network to wait.
        next_at=max(usual, calls_again_at or usual) if interval else None,
    )


def _note_error(held: Pull, error: ConnectorError) -> None:
    now = timezone.now()
    limit: dict[str, Any] = {}
    if error.retry_at is not None:
        state, next_at = State.WAITING, error.retry_at
        limit = {"calls_left": 0, "calls_reset_at": error.retry_at}
    elif error.permanent:
        state, next_at = State.BROKEN, now + timedelta(minutes=15)
    else:
        state, next_at = State.RETRYING, now + rest(held.errors)
    log.warning("pull_failed", channel=held.channel_id, state=str(state), error=error.message)
    _note(
        held,
        state=state,
        errors=F("errors") + 1,
        error=error.message,
        remedy=error.remedy,
        error_at=now,
        next_at=next_at,
        **limit,
    )


def _note(held: Pull, **changes: Any) -> None:
    with transaction.atomic():
        mine = Pull.objects.filter(channel_id=held.channel_id, fence=held.fence)
        if mine.update(lease_until=None, deaths=0, **changes) and changes["state"] != held.state:
            live.changed(channels=[held.channel_id])


def as_json(item: Incoming) -> Mapping[str, Any]:
    """An item in the shape that `connectors.parse.parse` reads."""
    return asdict(item) | {"posted_at": item.posted_at.isoformat()}
