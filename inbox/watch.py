"""Watching over the channels: who is too quiet, whose access ends; open pages are told when an alarm begins or ends."""

from datetime import datetime

from django.db import transaction

from connectors import expiry, habits
from connectors.models import Channel
from inbox import live
from socialcrm import jobs


@transaction.atomic
def watch(now: datetime) -> None:
    """Listen to every channel, and ask for a look at those whose network has to be asked."""
    changed = habits.listen(now)
    if changed:
        live.changed(channels=changed)
    for channel_id in expiry.due(now):
        jobs.later(jobs.WATCH, channel_id=channel_id)


def ask(channel: Channel, now: datetime) -> None:
    """Ask the network of a channel how long its access lasts."""
    if expiry.check(channel, now):
        live.changed(channels=[channel.pk])
