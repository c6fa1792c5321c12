"""Whether the process is up (`/healthz`) and whether the product does its work (`/readyz`).

A live process alone is never "ready": the last check is that a job which beat sent a moment ago was done by a worker.
"""

import time
from collections.abc import Callable, Mapping

import structlog
from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from connectors import watching

log = structlog.get_logger(__name__)

HEARTBEAT = "heartbeat"
OLDEST_HEARTBEAT_SECONDS = 60

_migrated = False
_passed: set[str] = set()
_failing: set[str] = set()


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process takes requests."""
    return JsonResponse({"status": "up"})


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Everything that the product needs answers; a failed check is named, what it said stays in the log."""
    results = {check.__name__: "ok" if _passes(check) else "failed" for check in (database, broker, migrations, worker)}
    ready = set(results.values()) == {"ok"}
    told = {"status": "ready" if ready else "not ready", "checks": results, "channels": _channels(results)}
    response = JsonResponse(told, status=200 if ready else 503)
    # It is asked every few seconds; what fails is logged once, below, and not for each answer.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def database() -> bool:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def broker() -> bool:
    """The broker takes connections."""
    with current_app.connection_for_write(transport_options=current_app.conf.broker_transport_options) as doorbell:
        doorbell.connect()
    return True


def migrations() -> bool:
    """The database has every migration that this process knows."""
    global _migrated
    # The plan is read from files and takes a while; what has been applied stays applied.
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def worker() -> bool:
    """A worker did the job that beat sends for this purpose, lately."""
    return time.time() - float(cache.get(HEARTBEAT, 0)) < OLDEST_HEARTBEAT_SECONDS


def beat_heart() -> None:
    """Note that a worker is at work; called from the job that beat sends."""
    cache.set(HEARTBEAT, time.time(), OLDEST_HEARTBEAT_SECONDS)


def forget_heart() -> None:
    """Forget earlier workers, so that the next one is waited for."""
    cache.delete(HEARTBEAT)


def _channels(results: Mapping[str, str]) -> dict[str, list[str]]:
    """Channels that need somebody, by what is wrong. They fail nothing: no other process would serve them better."""
    found: dict[str, list[str]] = {}
    if results["database"] == results["migrations"] == "ok":
        for alarm in watching.alarms(timezone.now()):
            found.setdefault(alarm.sign.kind, []).append(alarm.name)
    return found


def _passes(check: Callable[[], bool]) -> bool:
    name = check.__name__
    try:
        passes, said = check(), ""
    # Whatever it is, it is the answer to the question.
    except Exception as error:  # noqa: BLE001
        passes, said = False, str(error)
    if passes:
        if name in _failing:
            log.info("check_passes_again", check=name)
        _passed.add(name)
        _failing.discard(name)
    # A worker that has not reported yet is no fault; one that has stopped reporting is.
    elif name not in _failing and (said or name in _passed):
        log.warning("check_fails", check=name, said=said)
        _failing.add(name)
    return passes
