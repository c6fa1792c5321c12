"""Telling a network where to deliver its webhooks."""

from django.db import transaction
from django.utils import timezone

from connectors.models import Calls, Channel
from connectors.protocol import Connector, ConnectorError
from connectors.registry import CONNECTORS
from connectors.sessions import ready


def can_subscribe(channel: Channel) -> bool:
    """Whether the network can be asked; elsewhere people write the address into its site."""
    kind = CONNECTORS.get(channel.network)
    return kind is not None and kind.takes_webhooks and kind.subscribe is not Connector.subscribe


def subscribe(channel: Channel, address: str) -> ConnectorError | None:
    """Subscribe, and keep what the network says of it. Its error is returned: the channel works without, by polling."""
    try:
        noted = ready(channel).subscribe(address)
    except ConnectorError as error:
        return error
    with transaction.atomic():
        fresh = Channel.objects.select_for_update().get(pk=channel.pk)
        fresh.settings = {**fresh.settings, **noted}
        fresh.save(update_fields=["settings"])
        Calls.objects.update_or_create(channel=channel, defaults={"subscribed_at": timezone.now()})
    channel.settings = fresh.settings
    return None
