"""Background jobs that belong to no app."""

from celery import shared_task

from socialcrm import health, jobs


@shared_task(name=jobs.HEARTBEAT)
def heartbeat() -> None:
    """Show /readyz that schedule, broker and worker do their work."""
    health.beat_heart()
