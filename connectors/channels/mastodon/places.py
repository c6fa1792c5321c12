"""Finds out where statuses stand in their threads: a status tells only the server's id of the one that it answers."""

from connectors.channels.mastodon.client import Client
from connectors.channels.mastodon.errors import Refusal
from connectors.channels.mastodon.statuses import Json, Place, id_of, listed, name_of
from connectors.protocol import ConnectorError

# Not there, or not for us: then a status is shown without what it answers.
_GONE = (403, 404, 410, 422)
# So far a thread is climbed step by step, where the server doesn't tell it at once.
_MOST_STEPS = 20


class Places:
    """Asks the server once for each thread, and remembers what it said for the length of a pull."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, Json] = {}
        self._roots: dict[str, str] = {}

    def of(self, status: Json) -> Place:
        """Where a status stands. Raises ConnectorError."""
        above, own = id_of(status.get("in_reply_to_id")), id_of(status.get("id"))
        if not above:
            return self._note(own, status, Place(name_of(status)))
        if above not in self._roots:
            self._look_up(own, above)
        if above not in self._roots:
            # Whoever knows the missing one names the thread after it, too.
            return self._note(own, status, Place(""))
        return self._note(own, status, Place(self._roots[above], self._known[above]))

    def _note(self, own: str, status: Json, place: Place) -> Place:
        if place.root:
            self._roots[own], self._known[own] = place.root, status
        return place

    def _look_up(self, own: str, above: str) -> None:
        ancestors = self._ancestors(own)
        if not any(id_of(one.get("id")) == above for one in ancestors):
            ancestors = self._climb(above)
        # An unfinished line of ancestors begins with the oldest that the server has.
        root = self._root_of(ancestors[0]) if ancestors else ""
        for one in ancestors:
            self._roots[id_of(one.get("id"))], self._known[id_of(one.get("id"))] = root, one

    def _ancestors(self, own: str) -> list[Json]:
        try:
            return listed(self._client.object_of(f"/api/v1/statuses/{own}/context").get("ancestors"))
        except ConnectorError as error:
            is_gone = isinstance(error, Refusal) and error.status in _GONE
            if error.retry_at or (error.permanent and not is_gone):
                raise
            # Or it is too much for the server, or for us: one thread must not hold up all that comes after it.
            return []

    def _climb(self, above: str) -> list[Json]:
        """The line of ancestors, one call for each; a server that is down fails here as well."""
        line: list[Json] = []
        asked: set[str] = set()
        while above and above not in asked and above not in self._roots and len(asked) < _MOST_STEPS:
            asked.add(above)
            line = [*self._alone(above), *line]
            above = id_of(line[0].get("in_reply_to_id")) if line else ""
        return line

    def _root_of(self, oldest: Json) -> str:
        return self._roots.get(id_of(oldest.get("in_reply_to_id"))) or name_of(oldest)

    def _alone(self, above: str) -> list[Json]:
        try:
            return [self._client.object_of(f"/api/v1/statuses/{above}")]
        except Refusal as error:
            if error.status not in _GONE:
                raise
            return []
        except ConnectorError as error:
            if error.retry_at is None and error.permanent:
                return []
            raise
