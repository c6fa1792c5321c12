"""What becomes of a pending receipt that was not taken in: it waits, is tried again, or is set aside and says why."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors import ledger
from connectors.models import Receipt
from inbox.turns import LostLease

log = structlog.get_logger(__name__)

State, Source = Receipt.State, Receipt.Source
_TRIED_AGAIN = "\nTried again: "


def rest(receipts: Sequence[Receipt], error: Exception | None, pause: timedelta) -> None:
    """Let them wait and try again. A database or channel that is away is not the receipts' fault."""
    if isinstance(error, LostLease):
        log.warning("lease_lost", receipts=[one.pk for one in receipts])
        return
    changes = {"reason": f"{type(error).__name__}: {error}"} if error else {}
    mine = Receipt.objects.filter(pk__in=[one.pk for one in receipts], state=State.PENDING)
    mine.update(deaths=0, lease_until=timezone.now() + pause, **changes)


def again(receipt: Receipt, error: Exception) -> None:
    """Let it wait and try again, with this error counted."""
    Receipt.objects.filter(pk=receipt.pk, state=State.PENDING).update(
        errors=F("errors") + 1,
        deaths=0,
        reason=f"{type(error).__name__}: {error}",
        lease_until=timezone.now() + timedelta(seconds=2 * 2**receipt.errors),
    )


@transaction.atomic
def set_aside(receipt: Receipt, state: Receipt.State, reason: str) -> None:
    """Settle a receipt that is no message. What was set aside out of a page or a delivery keeps its first reason before
    this one: alone it may be unreadable for no fault of its own."""
    first = receipt.reason.partition(_TRIED_AGAIN)[0]
    if state == State.REJECTED and first and (receipt.position or receipt.source != Source.WEBHOOK):
        reason = first if reason == first else first + _TRIED_AGAIN + reason
    waiting = Receipt.objects.filter(pk=receipt.pk, state=State.PENDING)
    if waiting.update(state=state, reason=reason, lease_until=None):
        ledger.add(receipt.channel_id, {str(state): 1}, at=receipt.received_at)
