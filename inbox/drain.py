"""Pending receipts: things that arrived and could not be taken in with their page. One at a time, so that one that
raises, hangs or kills its worker delays nobody but itself."""

from collections import Counter
from datetime import timedelta

import structlog
from django.db import DatabaseError, OperationalError, transaction
from django.utils import timezone

from connectors import ledger
from connectors.incoming import Rejected
from connectors.models import Receipt
from connectors.parse import parse
from connectors.protocol import ConnectorError
from connectors.sessions import ready
from inbox.ingest import ingest
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

State = Receipt.State
_LEASE = timedelta(seconds=60)
_MOST_ERRORS = 5
_MOST_DEATHS = 3

declare("drain.claimed")


def drain(limit: int = 500) -> int:
    """Take in what is pending; returns how many receipts were looked at."""
    looked_at = 0
    while looked_at < limit and (receipt := _claim()):
        crash_point("drain.claimed")
        _settle(receipt)
        looked_at += 1
    return looked_at


def _claim() -> Receipt | None:
    """The receipt that has waited longest, with this attempt already counted against it.

    One whose worker has died waits behind the others: a machine that dies again and again must not look, to whatever
    stands first, like poison.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = Receipt.objects.abandoned(now).select_for_update(skip_locked=True, of=("self",))
        receipt = waiting.select_related("channel").order_by("deaths", "received_at", "pk").first()
        if receipt is not None:
            receipt.lease_until, receipt.deaths = now + _LEASE, receipt.deaths + 1
            receipt.save(update_fields=["lease_until", "deaths"])
    return receipt


def _settle(receipt: Receipt) -> None:
    if receipt.deaths > _MOST_DEATHS:
        _set_aside(receipt, State.QUARANTINED, f"{_MOST_DEATHS} workers died while they took this in.")
        return
    try:
        connector = ready(receipt.channel)
        item = parse(receipt.payload, network=receipt.channel.network)

        def done() -> None:
            Receipt.objects.filter(pk=receipt.pk).update(state=State.DONE, lease_until=None)

        ingest(
            receipt.channel,
            [item],
            trust_email=connector.vouches_for_email,
            advance=done,
            settled=Counter(pending=-1),
            received_at=receipt.received_at,
        )
    except Rejected as error:
        _set_aside(receipt, State.REJECTED, str(error))
    except (OperationalError, ConnectorError) as error:
        _again(receipt, error, counts=False)
    except (DatabaseError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        log.exception("receipt_failed", receipt=receipt.pk)
        if receipt.errors + 1 >= _MOST_ERRORS:
            _set_aside(receipt, State.QUARANTINED, f"{type(error).__name__}: {error}")
        else:
            _again(receipt, error, counts=True)


def _again(receipt: Receipt, error: Exception, *, counts: bool) -> None:
    """Let it wait and try again. A database or channel that is away is not the receipt's fault."""
    Receipt.objects.filter(pk=receipt.pk, state=State.PENDING).update(
        errors=receipt.errors + counts,
        deaths=0,
        reason=f"{type(error).__name__}: {error}",
        lease_until=timezone.now() + timedelta(seconds=2 * 2**receipt.errors),
    )


@transaction.atomic
def _set_aside(receipt: Receipt, state: Receipt.State, reason: str) -> None:
    waiting = Receipt.objects.filter(pk=receipt.pk, state=State.PENDING)
    if waiting.update(state=state, reason=reason, lease_until=None):
        ledger.add(receipt.channel_id, {"pending": -1, str(state): 1}, at=receipt.received_at)
