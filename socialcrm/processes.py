"""The processes of the product, as `manage.py up` starts them. docker-compose.yml starts the same ones."""

import os
import sys

from django.conf import settings

from socialcrm.supervisor import Program

WORKERS = 2
# Those that give pages: one of them fills one processor.
WEB = 2


def web(host: str, port: int) -> Program:
    """Pages, API and live stream on one port. Forwarded addresses are the settings' business, not the server's."""
    return _program(
        "web",
        *("-m", "uvicorn", "socialcrm.asgi:application", "--host", host, "--port", str(port), "--log-level", "warning"),
        *("--workers", str(WEB), "--timeout-worker-healthcheck", "60", "--http", "socialcrm.wire:Connection"),
        *("--lifespan", "on", "--ws", "none", "--no-access-log", "--no-server-header", "--no-proxy-headers"),
        # Streams never end by themselves; a page has this long.
        *("--timeout-graceful-shutdown", "4"),
    )


def worker() -> Program:
    """Pulls, ingests, delivers. On a SIGTERM it finishes the jobs that run and hands back those that it fetched."""
    return _program(
        "worker",
        *("-m", "celery", "--quiet", "--app", "socialcrm", "worker", "--concurrency", str(WORKERS)),
        *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        # Its messages are JSON, so that nobody can make it run foreign code; and var/ is root's where `up` is.
        PYTHONWARNINGS="ignore:You're running the worker with superuser privileges",
    )


def beat() -> Program:
    """Says what is due."""
    return _program(
        "beat",
        *("-m", "celery", "--quiet", "--app", "socialcrm", "beat", "--loglevel", "WARNING"),
        *("--schedule", str(settings.VAR_DIR / "beat"), "--pidfile="),
    )


def manage(*command: str) -> Program:
    """One of Django's commands, named after itself."""
    return _program(command[0], str(settings.BASE_DIR / "manage.py"), *command)


def _program(name: str, *command: str, **environment: str) -> Program:
    # Settings that keep small processes small: no arena and no arithmetic pool for every thread.
    frugal = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    return Program(
        name=name,
        command=[sys.executable, *command],
        folder=settings.BASE_DIR,
        unsaid=("worker: Hitting Ctrl+C again",),
        environment=frugal | {"DJANGO_SETTINGS_MODULE": "socialcrm.settings"} | os.environ | environment,
    )
