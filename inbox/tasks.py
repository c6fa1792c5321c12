"""Doorbells. Each loads by id or looks at a table, and makes one call; doing it twice does nothing twice."""

from celery import shared_task
from django.utils import timezone

from connectors.models import Channel
from inbox import deliver, drain, pull, sweep
from socialcrm import jobs


@shared_task(name=jobs.PULL_DUE)
def pull_due() -> None:
    """Ring for every channel that is due."""
    pull.ring_due(timezone.now())


@shared_task(name=jobs.PULL)
def pull_channel(channel_id: int) -> None:
    """Pull one channel, if it still exists and is active."""
    channel = Channel.objects.filter(pk=channel_id, is_active=True).first()
    if channel is not None:
        pull.pull(channel)


@shared_task(name=jobs.DELIVER_DUE)
def deliver_due() -> None:
    """Send the replies that are due."""
    deliver.deliver_due()


@shared_task(name=jobs.DRAIN)
def drain_receipts() -> None:
    """Take in pending receipts."""
    drain.drain()


@shared_task(name=jobs.SWEEP)
def sweep_all() -> None:
    """Look after what was left behind."""
    sweep.sweep(timezone.now())
