"""Background jobs that belong to no app."""

from celery import shared_task

from people import memory
from people.sessions import SessionStore
from socialcrm import health, jobs


@shared_task(name=jobs.HEARTBEAT)
def heartbeat() -> None:
    """Show /readyz that schedule, broker and worker do their work; whichever process does it forgets what is old."""
    health.beat_heart()
    memory.forget_old()


@shared_task(name=jobs.CLEAR_SESSIONS)
def clear_sessions() -> None:
    """Take away sessions that have ended by themselves."""
    SessionStore.clear_expired()
