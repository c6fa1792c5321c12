"""Who writes to us: the profiles of people who have sent a direct message, asked for one by one and remembered."""

from collections import OrderedDict
from threading import Lock
from time import monotonic

from connectors.channels.meta.graph import Graph
from connectors.channels.meta.refusals import Refusal
from connectors.channels.meta.shapes import Json, identity, somebody, text
from connectors.protocol import ConnectorError

_SECONDS, _MOST_KNOWN = 24 * 3600, 5_000
# How many strangers one reading asks about; the others keep the name that came with the message.
_MOST_ASKED = 50

_known: OrderedDict[tuple[str, str], tuple[float, Json]] = OrderedDict()
_lock = Lock()


class People:
    """Profiles by way of one channel's access. They are a courtesy: without one a message comes all the same."""

    def __init__(self, graph: Graph, network: str, fields: str) -> None:
        self._graph, self._network, self._fields = graph, network, fields
        self._asked = 0

    def author(self, told: Json, message_id: str) -> Json:
        """The author of a direct message; `told` is what came with it."""
        author = somebody(told, message_id, self._network)
        person_id = identity(told.get("id"))
        profile = self._profile(person_id) if person_id.isascii() and person_id.isalnum() else {}
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
        key = (self._graph.address, person_id)
        with _lock:
            at, profile = _known.get(key, (0.0, {}))
        if key in _known and monotonic() - at < _SECONDS:
            return profile
        if self._asked >= _MOST_ASKED:
            return profile
        self._asked += 1
        try:
            profile = self._graph.ask(person_id, fields=self._fields).body
        except Refusal:
            # Whoever has not agreed, or has gone, has no profile for us.
            profile = {}
        except ConnectorError:
            self._asked = _MOST_ASKED
            return profile
        with _lock:
            _known[key] = (monotonic(), profile)
            while len(_known) > _MOST_KNOWN:
                _known.popitem(last=False)
        return profile
