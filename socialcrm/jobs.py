"""The names of all background jobs, and the one way to ask for one.

The only module of the project folder that every app may import: a job is named here, written in an app's `tasks.py`,
and whoever hands over a row id needs to know its name alone.
"""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

PULL = "inbox.pull"
PULL_DUE = "inbox.pull_due"
DELIVER_DUE = "inbox.deliver_due"
DRAIN = "inbox.drain"
BACKFILL = "inbox.backfill"
BACKFILL_DUE = "inbox.backfill_due"
LOOK_AGAIN = "inbox.look_again"
WATCH = "inbox.watch"
SWEEP = "inbox.sweep"
HEARTBEAT = "socialcrm.heartbeat"


def later(name: str, **ids: int | str) -> None:
    """Ring the doorbell for job `name` once the running transaction has committed.

    The row that the ids point at is the truth: when the broker is away the ring is lost, logged, and the sweep finds
    the row instead, so nothing is raised here.
    """
    transaction.on_commit(partial(_publish, name, ids))


def _publish(name: str, ids: dict[str, int | str]) -> None:
    try:
        current_app.signature(name, kwargs=ids).apply_async()
    except current_app.connection_for_write().recoverable_connection_errors as error:
        log.warning("doorbell_lost", job=name, error=str(error), **ids)
