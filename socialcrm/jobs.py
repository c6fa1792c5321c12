"""The names of all background jobs, and the one way to ask for one.

The only module of the project folder that every app may import: a job is named here, written in an app's `tasks.py`,
and whoever hands over a row id needs to know its name alone.
"""

import threading
import time
from functools import partial

import structlog
from celery import current_app
from django.db import transaction

log = structlog.get_logger(__name__)

# Seconds between two rings of `ring`.
_PAUSE = 0.25

PULL = "inbox.pull"
PULL_DUE = "inbox.pull_due"
DELIVER_DUE = "inbox.deliver_due"
DRAIN = "inbox.drain"
BACKFILL = "inbox.backfill"
BACKFILL_DUE = "inbox.backfill_due"
LOOK_AGAIN = "inbox.look_again"
ERASE = "inbox.erase"
IMPORT_CONTACTS = "inbox.import_contacts"
WATCH = "inbox.watch"
SUGGEST = "inbox.suggest"
INFLUENCE = "inbox.influence"
CRITERIA = "inbox.criteria"
SECOND_LOOK = "inbox.second_look"
DRY_RUN = "inbox.dry_run"
TRAIN = "inbox.train"
ROUTING_DAYS = "inbox.routing_days"
ESCALATE = "inbox.escalate"
RESTATE = "inbox.restate"
OPEN_HOURS = "inbox.open_hours"
ASSIGN = "inbox.assign"
WAKE = "inbox.wake"
NOTIFY = "inbox.notify"
SWEEP = "inbox.sweep"
HEARTBEAT = "socialcrm.heartbeat"
CLEAR_SESSIONS = "socialcrm.clear_sessions"


def later(name: str, **ids: int | str) -> None:
    """Ring the doorbell for job `name` once the running transaction has committed.

    The row that the ids point at is the truth: when the broker is away the ring is lost, logged, and the sweep finds
    the row instead, so nothing is raised here.
    """
    transaction.on_commit(partial(_publish, name, ids))


def ring(name: str) -> None:
    """As `later`, for a job that looks at a table: in a burst of rings from one process only some are heard, the last
    one always. So the job comes seldom enough to find many rows at once, and soon enough for whoever waits."""
    transaction.on_commit(partial(_bell.ring, name))


class _Bell:
    """Rings at once, and then not again for a moment; who wanted to meanwhile is rung for at its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rung: dict[str, float] = {}
        self._waiting: set[str] = set()

    def ring(self, name: str) -> None:
        """Ring now or soon. What is committed by now is found by whoever hears it."""
        with self._lock:
            if name in self._waiting:
                return
            pause = self._rung.get(name, 0.0) + _PAUSE - time.monotonic()
            if pause > 0:
                self._waiting.add(name)
                timer = threading.Timer(pause, self._late, [name])
                timer.daemon = True
                timer.start()
                return
            self._rung[name] = time.monotonic()
        _publish(name, {})

    def _late(self, name: str) -> None:
        with self._lock:
            self._waiting.discard(name)
            self._rung[name] = time.monotonic()
        _publish(name, {})


_bell = _Bell()


def _publish(name: str, ids: dict[str, int | str]) -> None:
    try:
        current_app.signature(name, kwargs=ids).apply_async()
    except current_app.connection_for_write().recoverable_connection_errors as error:
        log.warning("doorbell_lost", job=name, error=str(error), **ids)
