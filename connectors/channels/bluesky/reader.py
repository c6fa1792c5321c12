"""Pulls the public streams of an account: its notifications, and what a search finds."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.channels.bluesky import posts
from connectors.channels.bluesky.around import Around
from connectors.channels.bluesky.client import Answer, Client, Refusal, listed
from connectors.channels.bluesky.posts import Json
from connectors.channels.bluesky.stream import Entry, Stream, Stuck, name_of, state_of
from connectors.clean import MAX_DEPTH, TooDeep, storable
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Malformed, Page

PAGE = 100
# Of the notifications, those that say something to us.
REASONS = ("mention", "reply", "quote")


class Reader:
    """Reads from where a cursor stands. `did` is the account's own, `query` the search."""

    def __init__(self, client: Client, did: str, query: str) -> None:
        self._client, self._did, self._query = client, did, query
        self._around = Around(client)

    @property
    def streams(self) -> list[tuple[str, str]]:
        """Name and subject of each; another account or another search is another stream."""
        return [("notifications", self._did), *([("search", self._query)] if self._query else [])]

    def pages(self, name: str, subject: str, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """First what an earlier reading left unfinished, then what is new. Raises ConnectorError."""
        state = dict(cursor)
        stream = state_of(cursor, name, subject)
        if stream.is_open:
            yield from self._reading(stream, name, subject, state)
        yield from self._reading(stream, name, subject, state)

    def history(self, name: str, token: str, since: datetime) -> Iterator[tuple[Page, str]]:
        """Pages from where `token` stands down to `since`, each with the token of the next; empty at the end.

        Raises ConnectorError.
        """
        asked: set[str] = set()
        while token not in asked:
            asked.add(token)
            found, token, answer = self._turn(name, token, since)
            places = [posts.written_at(view) for view in _objects(found)]
            if not found or all(place and place < since for place in places):
                token = ""
            items, malformed = self._read(found, name)
            kept = [one for one in items if one.posted_at >= since]
            yield _page(kept, malformed, {}, answer), token
            if not token:
                return
        raise ConnectorError("Bluesky keeps sending the same page.", remedy="It will be asked again.")

    def _reading(self, stream: Stream, name: str, subject: str, state: Json) -> Iterator[Page]:
        stream.begin(datetime.now(UTC))
        is_first_try = True
        while stream.is_open:
            try:
                found, token, answer = self._turn(name, stream.token)
            except Refusal as error:
                # Servers answer 400 or 5xx to a token that they no longer know; from the top nothing is lost.
                if not (is_first_try and stream.token) or error.retry_at or 401 <= error.status < 500:
                    raise
                is_first_try = False
                stream.again(datetime.now(UTC))
                continue
            try:
                fresh = stream.heard([_entry(view) for view in found], token)
            except Stuck as error:
                raise ConnectorError("Bluesky keeps sending the same.", remedy="It will be asked again.") from error
            # What mentions us and has the search's words came as a notification.
            fresh -= state_of(state, "notifications", self._did).known.keys() if name == "search" else set()
            items, malformed = self._read([view for view in found if _entry(view).name in fresh], name)
            state[name] = {"of": subject, **stream.state()}
            yield _page(items, malformed, dict(state), answer)

    def _turn(self, name: str, token: str, since: datetime | None = None) -> tuple[Sequence[Any], str, Answer]:
        """The posts of a page, the token of the next one, and the answer. Raises ConnectorError.

        A page of notifications ends at a time, and the next one begins before it: of several at the same millisecond
        some would be on neither. So it is asked for from one millisecond later.
        """
        later = _a_millisecond_later(token) if name == "notifications" else token
        answer = self._ask(name, later, since)
        found, following = _content(answer, name)
        if following and following == token != later:
            # All of the page has that very time.
            answer = self._ask(name, token, since)
            rest, following = _content(answer, name)
            found = [*found, *rest]
        return found, following, answer

    def _ask(self, name: str, token: str, since: datetime | None = None) -> Answer:
        params: Json = {"limit": PAGE} | ({"cursor": token} if token else {})
        if name == "notifications":
            return self._client.get("app.bsky.notification.listNotifications", params | {"reasons": list(REASONS)})
        if since is not None:
            params["since"] = since.isoformat()
        return self._client.get("app.bsky.feed.searchPosts", params | {"q": self._query, "sort": "latest"})

    def _read(self, found: Sequence[Any], stream: str) -> tuple[list[Incoming], list[Malformed]]:
        """The posts of a page that others wrote, and what on it is no post."""
        others = [view for view in found if not self._is_own(view) and not _is_other_news(view, stream)]
        around = self._around.of(_objects(others))
        items, malformed = [], []
        for position, view in enumerate(others):
            try:
                if not isinstance(view, dict):
                    raise Rejected("post", view, "must be an object.")
                told = posts.item(view, around, self._did, reason=str(view.get("reason") or ""))
                items.append(parse(told, network="bluesky"))
            except Rejected as error:
                place = f"{stream}, {posts.address_of(view) or f'position {position}'}"
                malformed.append(Malformed(payload=payload(view), reason=str(error), position=place[:200]))
        return items, malformed

    def _is_own(self, view: object) -> bool:
        author = view.get("author") if isinstance(view, dict) else None
        return isinstance(author, dict) and author.get("did") == self._did


def payload(view: object) -> object:
    """What came, in a shape that can be stored."""
    try:
        return storable({"post": view})[0]["post"]
    except TooDeep:
        return {"not_kept": f"nested more than {MAX_DEPTH} levels deep"}


def _is_other_news(view: object, stream: str) -> bool:
    """Likes and follows, from a server that doesn't know `reasons`."""
    return stream == "notifications" and isinstance(view, dict) and view.get("reason", "mention") not in REASONS


def _entry(view: object) -> Entry:
    if not isinstance(view, dict):
        return Entry(name_of(view), None, None)
    uri = view.get("uri")
    return Entry(name_of(uri if isinstance(uri, str) else view), posts.seen_at(view), posts.written_at(view))


def _a_millisecond_later(token: str) -> str:
    """A token that is a time, moved; any other as it is."""
    at = posts.moment(token)
    return (
        f"{at + timedelta(milliseconds=1):%Y-%m-%dT%H:%M:%S}.{(at.microsecond // 1000 + 1) % 1000:03}Z" if at else token
    )


def _content(answer: Answer, name: str) -> tuple[Sequence[Any], str]:
    """The posts of an answer, and the token of the next page. Raises ConnectorError where there should be some."""
    token = answer.body.get("cursor")
    found = listed(answer, "notifications" if name == "notifications" else "posts")
    return found, token if isinstance(token, str) else ""


def _page(items: Sequence[Incoming], malformed: Sequence[Malformed], cursor: Json, answer: Answer) -> Page:
    return Page(
        items=items,
        malformed=malformed,
        cursor=cursor,
        calls_left=answer.calls_left,
        calls_reset_at=answer.reset_at,
    )


def _objects(values: Sequence[Any]) -> list[Json]:
    return [one for one in values if isinstance(one, dict)]
