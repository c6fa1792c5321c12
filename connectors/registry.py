"""Which connectors there are: one line for each network."""

from connectors import credentials
from connectors.channels.imported import Imported
from connectors.channels.sample import Sample
from connectors.channels.x import X
from connectors.models import Channel
from connectors.protocol import Account, Connector, ConnectorError

CONNECTORS: dict[str, type[Connector]] = {
    "x": X,
    "import": Imported,
    "sample": Sample,
}


def account_of(channel: Channel) -> Account:
    """What the connector of `channel` needs to know of it. Raises ConnectorError when its credentials can't be read."""
    return Account(
        network=channel.network,
        name=channel.name,
        base_url=channel.base_url,
        handle=channel.account,
        settings=channel.settings,
        credentials=credentials.load(channel),
    )


def connector_for(channel: Channel) -> Connector:
    """The connector of `channel`. Raises ConnectorError, also for a network that this version doesn't know."""
    kind = CONNECTORS.get(channel.network)
    if kind is None:
        raise ConnectorError(
            f"There is no connector for “{channel.network}”.",
            remedy=f"Known networks: {', '.join(CONNECTORS)}. Update the product, or remove the channel.",
            permanent=True,
        )
    return kind(account_of(channel))
