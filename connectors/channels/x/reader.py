"""Pulls the streams of a channel on X: mentions of the account, and hits of a watch-word."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.channels.x import posts
from connectors.channels.x.client import Answer, Client, Refusal, complaint
from connectors.channels.x.spans import Reading, Span, Stuck
from connectors.clean import MAX_DEPTH, TooDeep, storable
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Malformed, Page

PAGE = 100
_MUCH_LATER = datetime.max.replace(tzinfo=UTC)

Json = dict[str, Any]


class Reader:
    """Reads from where a cursor stands. `user` is the account's own id and username, `query` the watch-word."""

    def __init__(self, client: Client, user: Mapping[str, str], query: str, spelling: str) -> None:
        self._client, self._user, self._query = client, user, query
        self._fields = posts.asked_for(spelling)
        self._answered: dict[str, Answer] = {}

    def pages(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Both streams; one that X limits doesn't keep the other waiting. Raises ConnectorError."""
        state: Json = dict(cursor)
        streams = [("mentions", f"/2/users/{self._user['id']}/mentions", self._user["id"])]
        if self._query:
            streams.append(("search", "/2/tweets/search/recent", self._query))
        limited: list[ConnectorError] = []
        for name, route, subject in streams:
            # Another account or another watch-word is another stream.
            if not isinstance(state.get(name), dict) or state[name].get("of") != subject:
                state[name] = {"of": subject}
            try:
                yield from self._stream(name, route, state)
            except ConnectorError as error:
                if error.retry_at is None:
                    raise
                limited.append(error)
        if limited:
            # At the earliest of the resets the other stream would be asked too soon.
            raise max(limited, key=lambda error: error.retry_at or _MUCH_LATER)

    def _stream(self, name: str, route: str, state: Json) -> Iterator[Page]:
        """First what an earlier reading left unfinished, then what is new."""
        span = Span.of(state[name])
        if span.is_open:
            yield from self._span(name, route, span, state)
        yield from self._span(name, route, span, state)

    def _span(self, name: str, route: str, span: Span, state: Json) -> Iterator[Page]:
        reading = Reading(span)
        more = True
        while more:
            if name in self._answered:
                _heed_limit(self._answered[name])
            answer = self._answered[name] = self._ask(name, route, reading)
            found, token = _content(answer)
            try:
                more = reading.heard((posts.id_of(post) for post in found), token, empty=not found)
            except Stuck as error:
                raise ConnectorError("X keeps sending the same page.", remedy="It will be asked again.") from error
            if not more:
                span.close()
            state[name] = {"of": state[name]["of"], **span.state()}
            items, malformed = self._read(found, answer.body, name)
            yield Page(
                items=items,
                malformed=malformed,
                cursor=dict(state),
                calls_left=answer.calls_left,
                calls_reset_at=answer.reset_at,
            )

    def _ask(self, name: str, route: str, reading: Reading) -> Answer:
        bounds = {"since_id": reading.span.since, "until_id": reading.span.until}
        bounds["next_token" if name == "search" else "pagination_token"] = reading.token
        params = self._fields | {"max_results": str(PAGE)} | {key: value for key, value in bounds.items() if value}
        if name == "search":
            params["query"] = self._query
        while True:
            try:
                return self._client.get(route, params)
            except Refusal as error:
                if _is_too_old("until_id", params, error):
                    # X has forgotten what was left of the span.
                    return Answer({"meta": {"result_count": 0}}, None, None, None)
                if not _is_too_old("since_id", params, error):
                    raise
                # No hits for a week: everything that X still has is newer.
                del params["since_id"]

    def _read(self, found: list[Any], body: Json, stream: str) -> tuple[list[Incoming], list[Malformed]]:
        """The posts of a page that others wrote, and what on it is no post."""
        around = posts.surroundings(body)
        items, malformed = [], []
        for position, post in enumerate(found):
            try:
                if not isinstance(post, dict):
                    raise Rejected("post", post, "must be an object.")
                if str(post.get("author_id")) == self._user["id"]:
                    continue
                told = posts.item(post, around, self._user, from_mentions=stream == "mentions")
                items.append(parse(told, network="x"))
            except Rejected as error:
                place = f"{stream}, {posts.id_of(post) or f'position {position}'}"
                malformed.append(Malformed(payload=_payload(post), reason=str(error), position=place))
        return items, malformed


def _is_too_old(name: str, params: Mapping[str, str], error: Refusal) -> bool:
    """Whether X refuses an id because its search doesn't reach back so far."""
    return error.status == 400 and name in params and name in error.message


def _content(answer: Answer) -> tuple[list[Any], str]:
    """The posts of an answer, and the token of the next page. Raises ConnectorError where there should be some."""
    found, meta = answer.body.get("data"), answer.body.get("meta")
    told = isinstance(found, list) or isinstance(meta, dict)
    found, meta = [] if found is None else found, meta if isinstance(meta, dict) else {}
    if not told or not isinstance(found, list) or (meta.get("result_count") and not found):
        errors = answer.body.get("errors")
        said = f" X says: {complaint(errors)}" if errors else ""
        raise ConnectorError(f"X's answer holds no list of posts.{said}", remedy="It will be asked again.")
    token = meta.get("next_token")
    return found, token if isinstance(token, str) else ""


def _heed_limit(answer: Answer) -> None:
    """Stop before X has to say so. Raises ConnectorError."""
    if answer.calls_left == 0 and answer.reset_at is not None and answer.reset_at > datetime.now(UTC):
        raise ConnectorError("X allows no more calls for now.", retry_at=answer.reset_at)


def _payload(post: object) -> object:
    try:
        return storable({"post": post})[0]["post"]
    except TooDeep:
        return {"not_kept": f"nested more than {MAX_DEPTH} levels deep"}
