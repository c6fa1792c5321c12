"""Facebook and Instagram, as networks.py has the others."""

from typing import Any

from tests.journeys.networks import NEWS, Delivery, Network, Reply
from tests.servers import meta, meta_hooks
from tests.servers.meta_world import APP, APP_SECRET, IG, PAGE_TOKEN


class OnMeta(Network):
    """What Facebook and Instagram have in common."""

    tells = True

    def __init__(self, server: meta.Server) -> None:
        self.server, self.settings = server, {"app_id": APP}
        self.credentials = {"access_token": PAGE_TOKEN, "app_secret": APP_SECRET}
        self.dana = server.world.person("dana", profile_pic="https://platform-lookaside.fbsbx.com/dana.jpg")

    def delivered(self, body: bytes) -> Delivery:
        """Signed."""
        return Delivery(body, meta_hooks.sign(body))


class OnFacebook(OnMeta):
    """Facebook: comments; everything is told by webhook. Meta shows no picture of people who comment."""

    network, label = "facebook", "Facebook"
    has_face = False

    def __init__(self, server: meta.Server) -> None:
        super().__init__(server)
        self.news = server.world.post(NEWS)

    def write(self, text: str) -> str:
        return str(self.server.world.comment(self.news, text, self.dana)["id"])

    def told(self, external_id: str) -> Delivery:
        return self._told(external_id, "add", message=self.server.world.things[external_id]["message"])

    def edit(self, external_id: str, text: str) -> Delivery:
        self.server.world.things[external_id]["message"] = text
        return self._told(external_id, "edited", message=text)

    def delete(self, external_id: str) -> Delivery:
        self.server.world.drop(external_id)
        return self._told(external_id, "remove")

    def replies(self) -> list[Reply]:
        return [Reply(one["message"], one["parent"]["id"]) for one in self.server.world.sent if "parent" in one]

    def access(self) -> Any:
        return self.server.world.subscribed

    def _told(self, external_id: str, verb: str, **more: str) -> Delivery:
        who, above = {"id": self.dana["id"], "name": self.dana["name"]}, self.news["id"]
        place = {"post_id": above, "parent_id": above, "comment_id": external_id}
        change = meta_hooks.feed(verb=verb, sender=who, **place, **more)
        return self.delivered(meta_hooks.delivery(meta_hooks.entry(changes=[change])))


class OnInstagram(OnMeta):
    """Instagram: direct messages, which nobody can change, but take back."""

    network, label = "instagram", "Instagram"
    about = ""
    edits = False

    def write(self, text: str) -> str:
        return str(self.server.world.message(self.dana, text, platform="instagram")["id"])

    def told(self, external_id: str) -> Delivery:
        return self._told(external_id, text=self.server.world.things[external_id]["message"])

    def delete(self, external_id: str) -> Delivery:
        self.server.world.drop(external_id)
        return self._told(external_id, text="", is_deleted=True)

    def replies(self) -> list[Reply]:
        sent = [one for one in self.server.world.sent if "reply_to" in one]
        return [Reply(one["message"], one["reply_to"]["mid"], "Dana alone") for one in sent]

    def access(self) -> Any:
        return self.server.world.subscriptions.get("instagram")

    def _told(self, external_id: str, **more: Any) -> Delivery:
        event = meta_hooks.event(self.dana["id"], IG, mid=external_id, **more)
        return self.delivered(meta_hooks.delivery(meta_hooks.instagram(messaging=[event]), kind="instagram"))
