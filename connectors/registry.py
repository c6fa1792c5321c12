"""Which connectors there are: one line for each network."""

from collections.abc import Iterator, Mapping

from django.utils.module_loading import import_string

from connectors import credentials, usage
from connectors.models import Channel
from connectors.protocol import Account, Connector, ConnectorError

CLASSES = {
    "x": "connectors.channels.x.X",
    "facebook": "connectors.channels.meta.Facebook",
    "instagram": "connectors.channels.meta.Instagram",
    "bluesky": "connectors.channels.bluesky.Bluesky",
    "mastodon": "connectors.channels.mastodon.Mastodon",
    "webhook": "connectors.channels.generic.Generic",
    "email": "connectors.channels.email.connector.Email",
    "feed": "connectors.channels.feed.connector.Feed",
    "import": "connectors.channels.imported.Imported",
    "sample": "connectors.channels.sample.connector.Sample",
}


class _Connectors(Mapping[str, type[Connector]]):
    """Classes by network, each loaded when it is first asked for: what nobody uses costs neither time nor memory."""

    def __getitem__(self, network: str) -> type[Connector]:
        kind: type[Connector] = import_string(CLASSES[network])
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(CLASSES)

    def __len__(self) -> int:
        return len(CLASSES)


CONNECTORS: Mapping[str, type[Connector]] = _Connectors()


def account_of(channel: Channel, secrets: Mapping[str, str] | None = None) -> Account:
    """What the connector of `channel` needs to know of it, for those who have opened its secrets already or not.

    Raises ConnectorError when its credentials can't be read.
    """
    return Account(
        network=channel.network,
        name=channel.name,
        base_url=channel.base_url,
        handle=channel.account,
        settings=channel.settings,
        credentials=credentials.load(channel) if secrets is None else secrets,
        used_this_month=usage.UsedThisMonth(channel.pk),
        number=channel.pk,
    )


def connector_for(channel: Channel, secrets: Mapping[str, str] | None = None) -> Connector:
    """The connector of `channel`, for those who have opened its secrets already or not.

    Raises ConnectorError, also for a network that this version doesn't know.
    """
    kind = CONNECTORS.get(channel.network)
    if kind is None:
        raise ConnectorError(
            f"There is no connector for “{channel.network}”.",
            remedy=f"Known networks: {', '.join(CONNECTORS)}. Update the product, or remove the channel.",
            permanent=True,
        )
    return kind(account_of(channel, secrets))
