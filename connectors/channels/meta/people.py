"""Who writes to us: the profiles of people who have sent a direct message, asked for one by one and remembered."""

from connectors.channels.meta.courtesy import recall
from connectors.channels.meta.graph import Graph
from connectors.channels.meta.shapes import Json, identity, somebody, text

# How many strangers one reading asks about; the others keep the name that came with the message.
_MOST_ASKED = 50


class People:
    """Profiles by way of one channel's access."""

    def __init__(self, graph: Graph, network: str, fields: str) -> None:
        self._graph, self._network, self._fields = graph, network, fields
        self._asked: set[str] = set()

    def author(self, told: Json, message_id: str) -> Json:
        """The author of a direct message; `told` is what came with it."""
        author = somebody(told, message_id, self._network)
        profile = self._profile(identity(told.get("id")))
        username = text(profile.get("username"))
        more = {
            "handle": username,
            "name": text(profile.get("name")) or username,
            "avatar_url": text(profile.get("profile_pic")),
            "followers": profile.get("follower_count"),
            "verified": profile.get("is_verified_user"),
            "url": f"https://www.instagram.com/{username}/" if username else "",
        }
        return author | {name: value for name, value in more.items() if value not in ("", None)}

    def _profile(self, person_id: str) -> Json:
        if len(self._asked) >= _MOST_ASKED and person_id not in self._asked:
            return {}
        self._asked.add(person_id)
        return recall(self._graph, [person_id], self._fields).get(person_id, {})
