"""Which webhooks Meta sends, and where to: an app has one address, and each Page says what it wants to be told."""

from collections.abc import Sequence

from connectors.channels.meta import signin
from connectors.channels.meta.graph import Graph
from connectors.channels.meta.shapes import identity, several, text
from connectors.protocol import Account, ConnectorError


def subscribe(
    account: Account, graph: Graph, topic: str, topic_fields: Sequence[str], fields: Sequence[str], address: str
) -> None:
    """Have the app send `topic` to `address`, where its id and secret are known, and the Page tell the app. Raises
    ConnectorError, also where the app sends to another address already."""
    token = signin.app_token(account)
    verify_token = account.credentials.get("verify_token") or ""
    if token and verify_token:
        app, app_id = Graph(account, token=token), token.partition("|")[0]
        listed = several(app.ask(f"{app_id}/subscriptions").listed)
        present = next((text(one.get("callback_url")) for one in listed if one.get("object") == topic), "")
        if present not in ("", address):
            raise ConnectorError(
                f"The app sends its webhooks to {present[:200]} already.",
                remedy="A Meta app has one address. Connect this channel with an app of its own; until then it is "
                "pulled.",
                permanent=True,
            )
        app.change(
            f"{app_id}/subscriptions",
            object=topic,
            callback_url=address,
            verify_token=verify_token,
            fields=",".join(topic_fields),
            include_values="true",
        )
    graph.change("me/subscribed_apps", subscribed_fields=",".join(dict.fromkeys([*_present(graph, token), *fields])))


def revoke(account: Account, graph: Graph, *, only: str = "") -> None:
    """Have the Page tell the app nothing more; `only`: of one topic, where the app's id and secret are known. A token
    that is a person's is given back. Raises ConnectorError."""
    token = signin.app_token(account)
    if text(signin.inspected(account).get("type")) == "USER":
        graph.remove("me/permissions")
    elif only and token:
        Graph(account, token=token).remove(f"{token.partition('|')[0]}/subscriptions", object=only)
    else:
        graph.remove("me/subscribed_apps")


def _present(graph: Graph, token: str) -> list[str]:
    """What the Page tells the app already; to name fields is to name all of them."""
    app_id = token.partition("|")[0]
    apps = several(graph.ask("me/subscribed_apps", fields="id,subscribed_fields").listed)
    mine = [one for one in apps if not app_id or identity(one.get("id")) == app_id]
    named = [one.get("subscribed_fields") for one in mine]
    return [field for fields in named if isinstance(fields, list) for field in fields if isinstance(field, str)]
