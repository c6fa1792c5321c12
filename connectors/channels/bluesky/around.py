"""Asks for what belongs to the posts of a page: what they answer, their pictures, their authors' followers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.channels.bluesky import posts
from connectors.channels.bluesky.client import Client, Refusal
from connectors.channels.bluesky.posts import Json, Surroundings

BATCH = 25
# Answers that say that a server doesn't know the question. A message is worth more than what adorns it.
NOT_SERVED = {400, 404, 405, 501}
_MOST_PROFILES = 2000


class Around:
    """Posts and profiles, in batches; a profile is asked for once a pull."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._profiles: dict[str, Json] = {}

    def of(self, views: Sequence[Json]) -> Surroundings:
        """What belongs to these posts. Raises ConnectorError."""
        uris = [uri for view in views for uri in posts.wanted(view)]
        authors = [view["author"].get("did") for view in views if isinstance(view.get("author"), dict)]
        return Surroundings(posts=self.posts(uris), profiles=self.profiles(authors))

    def posts(self, uris: Iterable[str]) -> dict[str, Json]:
        """Posts as they are now, by address; those that are gone are missing. Raises ConnectorError."""
        found = self._batches("app.bsky.feed.getPosts", "uris", uris, "posts")
        return {str(one["uri"]): one for one in found if isinstance(one.get("uri"), str)}

    def profiles(self, dids: Iterable[object]) -> dict[str, Json]:
        """Profiles with their numbers of followers, by DID. Raises ConnectorError."""
        asked = {did for did in dids if isinstance(did, str) and did.startswith("did:")}
        if len(self._profiles) > _MOST_PROFILES:
            self._profiles.clear()
        missing = sorted(asked - self._profiles.keys())
        for one in self._batches("app.bsky.actor.getProfiles", "actors", missing, "profiles"):
            self._profiles[str(one.get("did"))] = one
        return {did: self._profiles[did] for did in asked if did in self._profiles}

    def _batches(self, method: str, parameter: str, values: Iterable[str], name: str) -> Iterator[Json]:
        left = list(dict.fromkeys(values))
        for start in range(0, len(left), BATCH):
            try:
                answer = self._client.get(method, {parameter: left[start : start + BATCH]})
            except Refusal as error:
                if error.status not in NOT_SERVED or error.retry_at:
                    raise
                return
            found: Any = answer.body.get(name)
            yield from [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
