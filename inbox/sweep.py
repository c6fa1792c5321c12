"""What beat asks for every few seconds: finds in the database what a lost doorbell, or a dead worker, left behind."""

from datetime import datetime

from django.db import transaction

from connectors import ledger
from inbox import erasure, live, tally
from inbox.conversations import refresh
from inbox.drain import drain
from inbox.models import Conversation
from socialcrm import jobs


def sweep(now: datetime) -> None:
    """Wake snoozed conversations, take in abandoned receipts, forget old ones, fold the counts."""
    wake(now)
    drain()
    ledger.forget(now)
    for unfinished in erasure.pending():
        jobs.later(jobs.ERASE, erasure_id=unfinished)
    tally.fold()


@transaction.atomic
def wake(now: datetime) -> int:
    """Put conversations back into their queue whose snooze is over; returns how many."""
    State = Conversation.State
    over = Conversation.objects.filter(state=State.SNOOZED, snoozed_until__lte=now)
    ids = list(over.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:500])
    if ids:
        Conversation.objects.filter(pk__in=ids).update(state=State.OPEN, snoozed_until=None)
        refresh(ids)
        live.changed(conversations=ids)
    return len(ids)
