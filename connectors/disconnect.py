"""Giving a channel a rest, and giving back what its network gave us. Messages and conversations stay in every case."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from connectors.models import Backfill, Calls, Channel, Credential, Pull
from connectors.protocol import ConnectorError
from connectors.registry import CONNECTORS
from connectors.sessions import ready
from socialcrm import jobs


def pause(channel: Channel) -> None:
    """Bring nothing in until somebody resumes it."""
    Channel.objects.filter(pk=channel.pk).update(is_active=False)


@transaction.atomic
def resume(channel: Channel) -> None:
    """Go on where it was paused; at once."""
    Channel.objects.filter(pk=channel.pk, connected_at__isnull=False).update(is_active=True)
    pull_now(channel)


@transaction.atomic
def pull_now(channel: Channel) -> None:
    """Ask for a pull before its time. A limit of the network holds all the same."""
    Pull.objects.filter(channel=channel, channel__is_active=True, next_at__isnull=False).update(next_at=timezone.now())
    jobs.later(jobs.PULL, channel_id=channel.pk)


def disconnect(channel: Channel) -> ConnectorError | None:
    """Take the credentials back at the network and delete them here. History stays, and it can be connected again.

    The network not answering keeps no secret here: its error is returned, because somebody has to take the token back
    on its own pages then.
    """
    refusal = _revoke(channel)
    with transaction.atomic():
        Credential.objects.filter(channel=channel).delete()
        Channel.objects.filter(pk=channel.pk).update(is_active=False, connected_at=None)
        # A worker that is pulling right now may not write any more.
        idle = {"state": Pull.State.NEW, "error": "", "remedy": "", "errors": 0, "next_at": None, "lease_until": None}
        Pull.objects.get_or_create(channel=channel)
        Pull.objects.filter(channel=channel).update(fence=F("fence") + 1, **idle)
        Calls.objects.filter(channel=channel).update(subscribed_at=None)
        # Its worker, too; what it has brought stays, and it can go on once the channel is connected again.
        running = Backfill.objects.filter(channel=channel, state=Backfill.State.RUNNING)
        running.update(state=Backfill.State.PAUSED, next_at=None, lease_until=None)
    return refusal


def remove_draft(channel: Channel) -> bool:
    """Forget a channel that was never connected; False for any other, whose history stays."""
    draft = Channel.objects.filter(pk=channel.pk, is_active=False, connected_at=None, pull=None)
    return bool(draft.delete()[0])


def _revoke(channel: Channel) -> ConnectorError | None:
    if channel.network not in CONNECTORS or not Credential.objects.filter(channel=channel).exists():
        return None
    try:
        ready(channel).revoke()
    except ConnectorError as error:
        return error
    except Exception as error:  # noqa: BLE001 - no defect of a connector may keep secrets here that shall go
        message = f"{type(error).__name__}: {error}"
        return ConnectorError(message, remedy=gettext("Take our access back on the network's own pages."))
    return None
