"""Pending receipts: deliveries of webhooks, and what could not be taken in with its page.

Deliveries that have never failed are taken in many at a time, as one page. Everything else goes one at a time, so that
one that raises, hangs or kills its worker delays nobody but itself.
"""

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from django.db import OperationalError, transaction
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from connectors import ledger, usage, webhooks
from connectors.incoming import Rejected
from connectors.ledger import Kept
from connectors.models import Receipt
from connectors.parse import parse
from connectors.protocol import Connector, ConnectorError, Contents
from connectors.registry import connector_for
from inbox import settling
from inbox.ingest import UNWRITABLE, ingest
from inbox.turns import LostLease, alone
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

State, Source = Receipt.State, Receipt.Source
_LOCK = 7_305  # of PostgreSQL's advisory locks, with the channel's id
_LEASE = timedelta(seconds=60)
_DELIVERIES = 200
_ITEMS = 1000  # of one page, more or less
_MOST_ERRORS = 5
_MOST_DEATHS = 3
# A channel or network that is away is not asked again at once; a delivery that it was away for waits behind the others.
_REST = timedelta(seconds=5)
_LONG_REST = timedelta(seconds=60)
# What a value that nobody expected does to code.
_DEFECTS = (*UNWRITABLE, AttributeError)

declare("drain.claimed", "drain.read")


def drain(limit: int = 2000) -> int:
    """Take in what is pending; returns how many receipts were looked at."""
    looked_at = 0
    while looked_at < limit:
        # In turns, so that a stream of deliveries keeps neither other channels nor what goes alone waiting.
        settled = sum(_settle_some(channel_id) for channel_id in _channels()) + _settle_one()
        if not settled:
            return looked_at
        looked_at += settled
    jobs.ring(jobs.DRAIN)
    return looked_at


@transaction.atomic
def retry(receipt_ids: Collection[int]) -> int:
    """Have rejected and quarantined receipts taken in anew, with their counts at zero; returns how many."""
    troubled = Receipt.objects.filter(pk__in=receipt_ids, state__in=[State.REJECTED, State.QUARANTINED])
    ids = list(troubled.select_for_update().order_by("pk").values_list("pk", flat=True))
    found = Receipt.objects.filter(pk__in=ids)
    hours = found.values("channel_id", "state", hour=TruncHour("received_at", tzinfo=UTC)).annotate(n=Count("pk"))
    counted = list(hours.order_by("channel_id", "hour", "state"))
    found.update(state=State.PENDING, errors=0, deaths=0, lease_until=None)
    for row in counted:
        ledger.add(row["channel_id"], {row["state"]: -row["n"]}, at=row["hour"])
    if ids:
        jobs.ring(jobs.DRAIN)
    return len(ids)


def _fresh(now: datetime) -> QuerySet[Receipt]:
    """Deliveries that nobody has tried yet."""
    return Receipt.objects.abandoned(now).filter(source=Source.WEBHOOK, deaths=0, errors=0)


def _channels() -> list[int]:
    """Channels with such deliveries, those that wait longest first."""
    waiting = _fresh(timezone.now()).values("channel_id").annotate(since=Min("received_at"))
    return list(waiting.order_by("since").values_list("channel_id", flat=True))


def _settle_some(channel_id: int) -> int:
    """Take in deliveries of one channel, as one page; returns how many. None where another worker is at it: it looks
    again before it leaves, and two would only collide."""
    with alone(_LOCK, channel_id) as is_alone:
        receipts = _claim_together(channel_id) if is_alone else []
        if receipts:
            _settle_together(receipts)
    return len(receipts)


def _settle_one() -> int:
    receipt = _claim()
    if receipt is None:
        return 0
    crash_point("drain.claimed")
    _settle(receipt)
    return 1


@transaction.atomic
def _claim_together(channel_id: int) -> list[Receipt]:
    """The deliveries that have waited longest, all of one hour, with this attempt counted against them."""
    now = timezone.now()
    mine = _fresh(now).filter(channel_id=channel_id).order_by("received_at", "pk")
    mine = mine.select_for_update(skip_locked=True, of=("self",)).select_related("channel")
    receipts = list(mine[:_DELIVERIES])
    receipts = [one for one in receipts if _hour(one) == _hour(receipts[0])]
    for receipt in receipts:
        receipt.lease_until, receipt.deaths = now + _LEASE, 1
    if receipts:
        ids = [receipt.pk for receipt in receipts]
        Receipt.objects.filter(pk__in=ids).update(lease_until=now + _LEASE, deaths=1)
        webhooks.heard(channel_id, receipts[-1].received_at)
    return receipts


def _hour(receipt: Receipt) -> datetime:
    return receipt.received_at.replace(minute=0, second=0, microsecond=0)


def _claim() -> Receipt | None:
    """The receipt that has waited longest of those that go alone, with this attempt already counted against it.

    One whose worker has died waits behind the others: a machine that dies again and again must not look, to whatever
    stands first, like poison.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = Receipt.objects.abandoned(now).exclude(source=Source.WEBHOOK, deaths=0, errors=0)
        waiting = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("channel")
        receipt = waiting.order_by("deaths", "received_at", "pk").first()
        if receipt is not None:
            receipt.lease_until, receipt.deaths = now + _LEASE, receipt.deaths + 1
            receipt.save(update_fields=["lease_until", "deaths"])
    return receipt


def _settle_together(receipts: Sequence[Receipt]) -> None:
    crash_point("drain.claimed")
    try:
        # Without a fresh session: what is here already does not wait until somebody has signed in again.
        connector = connector_for(receipts[0].channel)
    except ConnectorError as error:
        settling.rest(receipts, error, _LONG_REST if error.permanent else _REST)
        return
    read, contents = _read_all(connector, receipts)
    crash_point("drain.read")
    try:
        if read:
            _take(connector, read, contents)
    except (OperationalError, LostLease) as error:
        settling.rest(read, error, _REST)
    except _DEFECTS as error:
        log.exception("deliveries_parted", channel=receipts[0].channel.name, error=str(error))
        for receipt in read:
            _settle(receipt)


def _read_all(connector: Connector, receipts: Sequence[Receipt]) -> tuple[list[Receipt], list[Contents]]:
    """What the deliveries hold, as far as they can be read within the lease; the others are settled or put back."""
    end = time.monotonic() + _LEASE.total_seconds() / 2
    read: list[Receipt] = []
    contents: list[Contents] = []
    for number, receipt in enumerate(receipts):
        if sum(len(one.items) for one in contents) >= _ITEMS or time.monotonic() > end:
            settling.rest(receipts[number:], None, timedelta())
            break
        try:
            contents.append(connector.read(receipt.payload, receipt.received_at))
            read.append(receipt)
        except Rejected as error:
            settling.set_aside(receipt, State.REJECTED, str(error))
        except ConnectorError as error:
            settling.rest([receipt], error, _LONG_REST)
            settling.rest(receipts[number + 1 :], error, _REST)
            break
        except _DEFECTS as error:
            log.exception("delivery_failed", receipt=receipt.pk)
            settling.again(receipt, error)
    return read, contents


def _settle(receipt: Receipt) -> None:
    if receipt.deaths > _MOST_DEATHS:
        settling.set_aside(receipt, State.QUARANTINED, f"{_MOST_DEATHS} workers died while they took this in.")
        return
    try:
        connector = connector_for(receipt.channel)
        _take(connector, [receipt], [_read(connector, receipt)])
    except Rejected as error:
        settling.set_aside(receipt, State.REJECTED, str(error))
    except (OperationalError, LostLease, ConnectorError) as error:
        settling.rest([receipt], error, _REST)
    except _DEFECTS as error:
        log.exception("receipt_failed", receipt=receipt.pk)
        if receipt.errors + 1 >= _MOST_ERRORS:
            settling.set_aside(receipt, State.QUARANTINED, f"{type(error).__name__}: {error}")
        else:
            settling.again(receipt, error)


def _read(connector: Connector, receipt: Receipt) -> Contents:
    if receipt.source == Source.WEBHOOK:
        return connector.read(receipt.payload, receipt.received_at)
    return Contents(items=[parse(receipt.payload, network=connector.home)])


def _take(connector: Connector, receipts: Sequence[Receipt], contents: Sequence[Contents]) -> None:
    """Take in what receipts of one channel and hour hold, as one page."""
    first = receipts[0]
    kept = [
        Kept(payload=bad.payload, state=State.REJECTED, reason=bad.reason, position=f"{receipt.pk} {bad.position}")
        for receipt, one in zip(receipts, contents, strict=True)
        for bad in one.malformed
    ]
    ingest(
        first.channel,
        [item for one in contents for item in one.items],
        kept=kept,
        source=Source(first.source),
        trust_email=connector.vouches_for_email,
        advance=partial(_done, connector, receipts),
        blank=partial(_blank, receipts),
        received_at=first.received_at,
        past=first.source != Source.WEBHOOK and first.payload.get("is_past") is True,
    )


def _blank(receipts: Sequence[Receipt]) -> None:
    """What erased people sent is not kept as it came either; nor is what came with it, which is a message now."""
    Receipt.objects.filter(pk__in=[one.pk for one in receipts]).update(payload={})


def _done(connector: Connector, receipts: Sequence[Receipt]) -> None:
    """Mark them in their page's transaction. Raises LostLease when one of them is not ours any more."""
    usage.note(receipts[0].channel_id, connector)
    mine = Receipt.objects.filter(
        pk__in=[one.pk for one in receipts], state=State.PENDING, lease_until=receipts[0].lease_until
    )
    if mine.update(state=State.DONE, reason="", lease_until=None) != len(receipts):
        raise LostLease
