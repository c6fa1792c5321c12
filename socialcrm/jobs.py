"""The names of all background jobs, and the one way to ask for one.

The only module of the project folder that every app may import: a job is named here, written in an app's `tasks.py`,
and whoever hands over a row id needs to know its name alone.
"""

from functools import partial

import redis
import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction

log = structlog.get_logger(__name__)

_RUNG = "rung:{}"
# Seconds after which a ring that nobody answered is repeated.
_RING_AGAIN = 2

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


def ring(name: str) -> None:
    """As `later`, for a job that looks at a table: who rings before the last ring was answered need not ring again."""
    transaction.on_commit(partial(_ring, name))


def answered(name: str) -> None:
    """Such a job has come, and what is committed from now on needs a new ring. Before it looks at its table."""
    try:
        cache.delete(_RUNG.format(name))
    except redis.RedisError as error:
        log.warning("doorbell_stuck", job=name, error=str(error))


def _ring(name: str) -> None:
    try:
        is_first = cache.add(_RUNG.format(name), 1, timeout=_RING_AGAIN)
    except redis.RedisError as error:
        log.warning("doorbell_lost", job=name, error=str(error))
        return
    if is_first:
        _publish(name, {})


def _publish(name: str, ids: dict[str, int | str]) -> None:
    try:
        current_app.signature(name, kwargs=ids).apply_async()
    except current_app.connection_for_write().recoverable_connection_errors as error:
        log.warning("doorbell_lost", job=name, error=str(error), **ids)
