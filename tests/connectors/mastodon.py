"""What the tests of the connector for Mastodon begin with."""

from typing import Any

from connectors.channels.mastodon import Mastodon
from connectors.incoming import Incoming
from connectors.protocol import Account
from tests.servers.mastodon import Server


def connected(server: Server, *, url: str = "", credentials: dict[str, str] | None = None, **settings: Any) -> Mastodon:
    """A connector for the stand-in, as @brand."""
    account = Account(
        network="mastodon",
        name="Halden on Mastodon",
        base_url=url or server.url,
        handle="@brand@social.test",
        settings=settings,
        credentials={"access_token": "brand-token"} if credentials is None else credentials,
    )
    return Mastodon(account)


def pulled(connector: Mastodon, cursor: Any = None) -> tuple[list[Incoming], Any]:
    """Everything that a pull brings, and the cursor that it leaves."""
    items: list[Incoming] = []
    cursor = {} if cursor is None else cursor
    for page in connector.fetch(cursor):
        items += page.items
        cursor = page.cursor
    return items, cursor
