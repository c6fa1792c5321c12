"""Connectors that are ready to call their network: whose session is renewed when it is about to end."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from connectors import credentials
from connectors.models import Channel, Credential
from connectors.protocol import Connector, ConnectorError
from connectors.registry import connector_for
from socialcrm.crash import crash_point, declare

# A session that ends sooner could end in the middle of what it is wanted for.
_MARGIN = timedelta(minutes=3)

declare("sessions.renewed")


class Disconnected(ConnectorError):
    """The channel has no access to its network any more, until somebody connects it again."""

    def __init__(self) -> None:
        remedy = "An admin can connect it again: Settings, Channels."
        super().__init__("The channel is disconnected.", remedy=remedy, permanent=True)


@sensitive_variables()
def ready(channel: Channel) -> Connector:
    """The connector of `channel` with a session that lasts. Raises ConnectorError.

    One worker at a time renews: it holds the credentials' row until the new ones are committed, and whoever waited
    finds them fresh. A worker that dies in between leaves the old ones; where the network takes those only once, the
    next renewal is refused, and the channel says that it has to be connected anew.
    """
    connector = connector_for(channel)
    if not _is_ending(connector):
        return connector
    with transaction.atomic():
        Credential.objects.select_for_update().filter(channel=channel).first()
        connector = connector_for(channel)
        if not _is_ending(connector):
            return connector
        connector = renewed(connector)
        crash_point("sessions.renewed")
        credentials.store(channel, connector.account.credentials)
    return connector


def connected(channel: Channel) -> Connector:
    """`ready`, for what only a connected channel does. Raises ConnectorError."""
    if channel.is_disconnected:
        raise Disconnected
    return ready(channel)


@sensitive_variables()
def renewed(connector: Connector) -> Connector:
    """The same with a session that lasts, if it had none; nothing is stored. Raises ConnectorError."""
    if not _is_ending(connector):
        return connector
    account = connector.account
    return type(connector)(replace(account, credentials={**account.credentials, **connector.renew()}))


def _is_ending(connector: Connector) -> bool:
    until = connector.session_until()
    return until is not None and until <= timezone.now() + _MARGIN
