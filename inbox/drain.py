"""Pending receipts: deliveries of webhooks, and what could not be taken in with its page.

Deliveries that have never failed are taken in many at a time, as one page. Everything else goes one at a time, so that
one that raises, hangs or kills its worker delays nobody but itself.
"""

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from connectors import ledger, usage, webhooks
from connectors.incoming import Rejected
from connectors.ledger import Kept
from connectors.models import Receipt
from connectors.parse import parse
from connectors.protocol import Connector, ConnectorError, Contents
from connectors.sessions import ready
from inbox.ingest import ingest
from inbox.turns import LostLease
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

State, Source = Receipt.State, Receipt.Source
_LEASE = timedelta(seconds=60)
_DELIVERIES = 200
_ITEMS = 1000  # of one page, more or less
_MOST_ERRORS = 5
_MOST_DEATHS = 3
# A channel or network that is away is not asked again at once; a delivery that it was away for waits behind the others.
_REST = timedelta(seconds=5)
_LONG_REST = timedelta(seconds=60)
_TRIED_AGAIN = "\nTried again: "
# What a value that nobody expected does to code.
_DEFECTS = (DatabaseError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError, AttributeError)

declare("drain.claimed", "drain.read")


def drain(limit: int = 2000) -> int:
    """Take in what is pending; returns how many receipts were looked at."""
    looked_at = 0
    while looked_at < limit:
        # In turns, so that a stream of deliveries does not keep the others waiting.
        together, alone = _claim_together(), _claim()
        if together:
            _settle_together(together)
        if alone is not None:
            crash_point("drain.claimed")
            _settle(alone)
        if not together and alone is None:
            return looked_at
        looked_at += len(together) + (alone is not None)
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


@transaction.atomic
def _claim_together() -> list[Receipt]:
    """Deliveries of the channel that has waited longest, all of one hour, with this attempt counted against them."""
    now = timezone.now()
    first = _fresh(now).order_by("received_at", "pk").values_list("channel_id", "received_at").first()
    if first is None:
        return []
    channel_id, since = first
    hour = since.replace(minute=0, second=0, microsecond=0)
    mine = _fresh(now).filter(channel_id=channel_id, received_at__lt=hour + timedelta(hours=1))
    mine = mine.select_for_update(skip_locked=True, of=("self",)).select_related("channel")
    receipts = list(mine.order_by("received_at", "pk")[:_DELIVERIES])
    for receipt in receipts:
        receipt.lease_until, receipt.deaths = now + _LEASE, 1
    ids = [receipt.pk for receipt in receipts]
    Receipt.objects.filter(pk__in=ids).update(lease_until=now + _LEASE, deaths=1)
    if receipts:
        webhooks.heard(channel_id, max(receipt.received_at for receipt in receipts))
    return receipts


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
        connector = ready(receipts[0].channel)
    except ConnectorError as error:
        _rest(receipts, error, _LONG_REST if error.permanent else _REST)
        return
    read, contents = _read_all(connector, receipts)
    crash_point("drain.read")
    try:
        if read:
            _take(connector, read, contents)
    except (OperationalError, LostLease) as error:
        _rest(read, error, _REST)
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
            _rest(receipts[number:], None, timedelta())
            break
        try:
            contents.append(connector.read(receipt.payload, receipt.received_at))
            read.append(receipt)
        except Rejected as error:
            _set_aside(receipt, State.REJECTED, str(error))
        except ConnectorError as error:
            _rest([receipt], error, _LONG_REST)
            _rest(receipts[number + 1 :], error, _REST)
            break
        except _DEFECTS as error:
            log.exception("delivery_failed", receipt=receipt.pk)
            _again(receipt, error)
    return read, contents


def _settle(receipt: Receipt) -> None:
    if receipt.deaths > _MOST_DEATHS:
        _set_aside(receipt, State.QUARANTINED, f"{_MOST_DEATHS} workers died while they took this in.")
        return
    try:
        connector = ready(receipt.channel)
        _take(connector, [receipt], [_read(connector, receipt)])
    except Rejected as error:
        _set_aside(receipt, State.REJECTED, str(error))
    except (OperationalError, LostLease, ConnectorError) as error:
        _rest([receipt], error, _REST)
    except _DEFECTS as error:
        log.exception("receipt_failed", receipt=receipt.pk)
        if receipt.errors + 1 >= _MOST_ERRORS:
            _set_aside(receipt, State.QUARANTINED, f"{type(error).__name__}: {error}")
        else:
            _again(receipt, error)


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
        received_at=first.received_at,
        past=first.source != Source.WEBHOOK and first.payload.get("is_past") is True,
    )


def _done(connector: Connector, receipts: Sequence[Receipt]) -> None:
    """Mark them in their page's transaction. Raises LostLease when one of them is not ours any more."""
    usage.note(receipts[0].channel_id, connector)
    mine = Receipt.objects.filter(
        pk__in=[one.pk for one in receipts], state=State.PENDING, lease_until=receipts[0].lease_until
    )
    if mine.update(state=State.DONE, reason="", lease_until=None) != len(receipts):
        raise LostLease


def _rest(receipts: Sequence[Receipt], error: Exception | None, rest: timedelta) -> None:
    """Let them wait and try again. A database or channel that is away is not the receipts' fault."""
    if isinstance(error, LostLease):
        log.warning("lease_lost", receipts=[one.pk for one in receipts])
        return
    changes = {"reason": f"{type(error).__name__}: {error}"} if error else {}
    mine = Receipt.objects.filter(pk__in=[one.pk for one in receipts], state=State.PENDING)
    mine.update(deaths=0, lease_until=timezone.now() + rest, **changes)


def _again(receipt: Receipt, error: Exception) -> None:
    """Let it wait and try again, with this error counted."""
    Receipt.objects.filter(pk=receipt.pk, state=State.PENDING).update(
        errors=F("errors") + 1,
        deaths=0,
        reason=f"{type(error).__name__}: {error}",
        lease_until=timezone.now() + timedelta(seconds=2 * 2**receipt.errors),
    )


@transaction.atomic
def _set_aside(receipt: Receipt, state: Receipt.State, reason: str) -> None:
    """Settle a receipt that is no message. What was set aside out of a page or a delivery keeps its first reason before
    this one: alone it may be unreadable for no fault of its own."""
    first = receipt.reason.partition(_TRIED_AGAIN)[0]
    if state == State.REJECTED and first and (receipt.position or receipt.source != Source.WEBHOOK):
        reason = first if reason == first else first + _TRIED_AGAIN + reason
    waiting = Receipt.objects.filter(pk=receipt.pk, state=State.PENDING)
    if waiting.update(state=state, reason=reason, lease_until=None):
        ledger.add(receipt.channel_id, {str(state): 1}, at=receipt.received_at)
