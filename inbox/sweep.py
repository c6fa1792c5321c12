"""What beat asks for every few seconds: finds in the database what a lost doorbell, or a dead worker, left behind."""

from datetime import datetime

from connectors import ledger
from inbox import attaching, erasure, tally, undo
from inbox.drain import drain
from inbox.notifying import mailing
from socialcrm import jobs


def sweep(now: datetime) -> None:
    """Take in abandoned receipts, forget old ones and what nobody can take back any more, fold the counts."""
    drain()
    ledger.forget(now)
    undo.forget(now)
    mailing.forget(now)
    attaching.forget(now)
    for unfinished in erasure.pending():
        jobs.later(jobs.ERASE, erasure_id=unfinished)
    tally.fold()
