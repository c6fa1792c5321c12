"""Every network, as Dana sees it who writes there, and as its own people see what was answered to her.

Each has the same few verbs, so that a story can be told of all of them at once.
"""

from dataclasses import dataclass
from typing import Any

from tests.servers import bluesky, mastodon, x
from tests.servers.x_auth import Keys

NEWS = "Our new Touring is here"


@dataclass
class Delivery:
    """What a network posts to our webhook."""

    body: bytes
    headers: dict[str, str]


@dataclass
class Reply:
    """A reply as its network has it: what it answers, and who may read it."""

    text: str
    parent: str
    audience: str = "everybody"


class Network:
    """`knows`: what Dana is called there. `about`: what shows that her question stands below a post of ours, if it is
    so. `edits`, `deletes`: whether people can do that there. `tells`: whether the network calls us."""

    network: str
    label: str
    server: Any
    settings: dict[str, str]
    credentials: dict[str, str]
    knows = "Dana"
    about = NEWS
    has_face = edits = deletes = can_reply = True
    tells = False

    @property
    def base_url(self) -> str:
        """Where the stand-in is."""
        return str(self.server.url)

    @property
    def name(self) -> str:
        """What the channel is called."""
        return f"Halden on {self.label}"

    @property
    def question(self) -> str:
        """What Dana asks there."""
        return f"When does it reach {self.label}?"

    def write(self, text: str) -> str:
        """Dana writes; returns the network's id of it."""
        raise NotImplementedError

    def told(self, external_id: str) -> Delivery:
        """The delivery by which the network tells of it."""
        raise NotImplementedError

    def edit(self, external_id: str, text: str) -> Delivery | None:
        """She corrects it. None: the network tells nobody."""

    def delete(self, external_id: str) -> Delivery | None:
        """She takes it back. None: the network tells nobody."""

    def replies(self) -> list[Reply]:
        """What the network has of us."""
        return []

    def access(self) -> Any:
        """What the network still holds of what it gave us; empty when it was given back."""
        return None


class OnX(Network):
    """X: mentions by webhook, edits too, deletions by a second look."""

    network, label, knows, tells = "x", "X", "dana", True

    def __init__(self, server: x.Server) -> None:
        keys = Keys()
        self.server, self.settings = server, {"username": "halden"}
        self.credentials = {"bearer_token": "bearer-secret", "api_key": keys.api_key, "api_secret": keys.api_secret}
        self.credentials |= {"access_token": keys.access_token, "access_token_secret": keys.access_token_secret}
        self.news = server.world.add(NEWS, "halden")
        # A delivery of X's names the post and does not hold its words.
        self.about = f"/status/{self.news['id']}"

    def write(self, text: str) -> str:
        above = {"referenced_tweets": [{"type": "replied_to", "id": self.news["id"]}]}
        return str(self.server.world.add(f"@halden {text}", **above)["id"])

    def told(self, external_id: str) -> Delivery:
        body = self.server.event("post", external_id)
        return Delivery(body, self.server.sign(body))

    def edit(self, external_id: str, text: str) -> Delivery:
        return self.told(self.server.world.edit(external_id, f"@halden {text}")["id"])

    def delete(self, external_id: str) -> None:
        self.server.world.delete(external_id)

    def replies(self) -> list[Reply]:
        world = self.server.world
        own = [one for one in world.posts.values() if one["author_id"] == world.brand_id]
        sent = [one for one in own if one is not self.news]
        return [Reply(one["text"].removeprefix("@dana "), one["referenced_tweets"][0]["id"]) for one in sent]

    def access(self) -> Any:
        return [*self.server.api.hooks.webhooks, *self.server.api.hooks.subscriptions]


class OnMastodon(Network):
    """Mastodon, connected by signing in: it calls nobody; edits and deletions are found by a second look."""

    network, label = "mastodon", "Mastodon"

    def __init__(self, server: mastodon.Server) -> None:
        self.server, self.settings, self.credentials = server, {}, {}
        server.oauth.tokens.clear()
        self.news = server.world.post(NEWS, "brand")

    def write(self, text: str) -> str:
        made = self.server.world.post(f"@brand {text}", to=self.news, visibility="unlisted")
        return str(made["uri"])

    def edit(self, external_id: str, text: str) -> None:
        self.server.world.edit(self._id(external_id), f"@brand {text}")

    def delete(self, external_id: str) -> None:
        self.server.world.delete(self._id(external_id))

    def replies(self) -> list[Reply]:
        world = self.server.world
        parents = {one["id"]: one["uri"] for one in world.statuses.values()}
        return [
            Reply(world.texts[one["id"]].removeprefix("@dana "), parents[one["in_reply_to_id"]], one["visibility"])
            for one in world.replies()
        ]

    def access(self) -> Any:
        return self.server.oauth.tokens

    def _id(self, uri: str) -> str:
        return str(self.server.world.by_uri(uri)["id"])


class OnBluesky(Network):
    """Bluesky: as Mastodon, with an app password."""

    network, label = "bluesky", "Bluesky"

    def __init__(self, server: bluesky.Server) -> None:
        self.server, self.settings = server, {"handle": "brand.test"}
        self.credentials = {"app_password": "app-pass-word-1234"}
        self.news = server.world.add(NEWS, "brand.test")

    def write(self, text: str) -> str:
        return str(self.server.world.add(text, reply=self.news["uri"])["uri"])

    def edit(self, external_id: str, text: str) -> None:
        self.server.world.edit(external_id, text)

    def delete(self, external_id: str) -> None:
        self.server.world.delete(external_id)

    def replies(self) -> list[Reply]:
        records = [one["record"] for one in self.server.world.own() if "reply" in one["record"]]
        return [Reply(one["text"], one["reply"]["parent"]["uri"]) for one in records]

    def access(self) -> Any:
        return self.server.api.refresh
