"""Reads streams of posts on X: mentions of the account, and hits of a watch-word; what is new, or the past."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.channels.x import gaps, posts
from connectors.channels.x.budget import Budget
from connectors.channels.x.client import Answer, Client
from connectors.channels.x.errors import Refusal, complaint
from connectors.channels.x.spans import Reading, Span, Stuck
from connectors.clean import MAX_DEPTH, TooDeep, storable
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Gap, Malformed, Page

PAGE = 100
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stream:
    """A question to X: its name in cursors, where it is asked, about whom or what, and from when on."""

    name: str
    route: str
    subject: str
    start: datetime | None = None

    @property
    def is_search(self) -> bool:
        """Searches page, reach back and cost in another way than mentions."""
        return self.name == "search"


def streams(user_id: str, query: str, start: datetime | None = None) -> list[Stream]:
    """What a channel reads."""
    found = [Stream("mentions", f"/2/users/{user_id}/mentions", user_id, start)]
    return [*found, Stream("search", "/2/tweets/search/recent", query, start)] if query else found


class Reader:
    """Reads one stream after the other. `user` is the account's own id and username."""

    def __init__(self, client: Client, user: Mapping[str, str], spelling: str, budget: Budget) -> None:
        self._client, self._user, self._budget = client, user, budget
        self._fields = posts.asked_for(spelling)
        self._answered: dict[str, Answer] = {}

    @property
    def limits(self) -> tuple[int | None, datetime | None]:
        """How many calls for mentions are left, and when there will be more."""
        answer = self._answered.get("mentions")
        return (answer.calls_left, answer.reset_at) if answer else (None, None)

    def pages(self, stream: Stream, state: Json) -> Iterator[Page]:
        """First what an earlier reading left unfinished, then what is new; of the past, all of it once. Raises
        ConnectorError."""
        # Another account or another watch-word is another stream.
        if not isinstance(state.get(stream.name), dict) or state[stream.name].get("of") != stream.subject:
            state[stream.name] = {"of": stream.subject}
        if state[stream.name].get("done"):
            return
        span = Span.of(state[stream.name])
        if span.is_open and not stream.start:
            yield from self._span(stream, span, state)
        yield from self._span(stream, span, state)

    def _span(self, stream: Stream, span: Span, state: Json) -> Iterator[Page]:
        kept: Json = state[stream.name]
        kept.setdefault("began", datetime.now(UTC).isoformat())
        reading = Reading(span)
        lost: list[Gap] = []
        more = True
        while more:
            answer = self._ask(stream, reading, kept, lost)
            found, token = _content(answer)
            self._budget.took("posts" if stream.is_search else "own_posts", len(found))
            kept["count"] = _count(kept) + len(found)
            try:
                more = reading.heard((posts.id_of(post) for post in found), token, empty=not found)
            except Stuck as error:
                raise ConnectorError("X keeps sending the same page.", remedy="It will be asked again.") from error
            if stream.start and found and _all_before(found, stream.start):
                more = False
            if not more:
                lost = lost or self._lost(stream, span, kept)
                span.close()
                kept = {"of": kept["of"], "at": kept["began"]} | ({"done": True} if stream.start else {})
            state[stream.name] = kept = {**kept, **span.state()}
            items, malformed = self._read(found, answer.body, stream)
            yield Page(
                items=items,
                malformed=malformed,
                cursor=dict(state),
                calls_left=answer.calls_left,
                calls_reset_at=answer.reset_at,
                gaps=[] if more else lost,
            )

    def _ask(self, stream: Stream, reading: Reading, kept: Json, lost: list[Gap]) -> Answer:
        bounds = {"since_id": reading.span.since, "until_id": reading.span.until}
        bounds["next_token" if stream.is_search else "pagination_token"] = reading.token
        params = self._params(stream) | {key: value for key, value in bounds.items() if value}
        now = datetime.now(UTC)
        while True:
            try:
                return self._get(stream, params)
            except Refusal as error:
                if _is_too_old("until_id", params, error):
                    # X has forgotten what was left of the span.
                    since, until = gaps.up_to(kept, reading.span.since), gaps.time_of(reading.span.until)
                    lost += gaps.between(since, until, gaps.TOO_LATE)
                    return Answer({"meta": {"result_count": 0}})
                if not _is_too_old("since_id", params, error):
                    raise
                # No hits for a week, or nobody asked: everything that X still has is newer.
                if (asked := gaps.moment(kept.get("at"))) and not lost:
                    lost += gaps.between(asked, gaps.horizon(error.message, now), gaps.TOO_LATE)
                del params["since_id"]

    def _params(self, stream: Stream) -> dict[str, str]:
        params = self._fields | {"max_results": str(PAGE)}
        start = stream.start
        if stream.is_search:
            params["query"] = stream.subject
            # A minute, for X's clock may differ from ours.
            start = start and max(start, datetime.now(UTC) - gaps.SEARCH + timedelta(minutes=1))
        if start:
            params["start_time"] = start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return params

    def _get(self, stream: Stream, params: Mapping[str, str]) -> Answer:
        self._budget.check()
        if stream.name in self._answered:
            _heed_limit(self._answered[stream.name])
        answer = self._answered[stream.name] = self._client.get(stream.route, params)
        return answer

    def _lost(self, stream: Stream, span: Span, kept: Json) -> list[Gap]:
        """What X had dropped already of the span that was read. Raises ConnectorError."""
        now, count, oldest = datetime.now(UTC), _count(kept), gaps.time_of(span.until)
        if stream.start and stream.is_search:
            return gaps.between(stream.start, now - gaps.SEARCH, gaps.TOO_LATE)
        if stream.start:
            return gaps.between(stream.start, oldest, gaps.TOO_MANY) if count >= gaps.MENTIONS else []
        before = gaps.up_to(kept, span.since)
        asked = gaps.moment(kept.get("at"))
        if stream.is_search:
            return gaps.between(before, now - gaps.SEARCH, gaps.TOO_LATE) if asked and span.since else []
        paused = asked is None or now - asked > gaps.PAUSE
        if not span.since or not span.until or not (paused or count >= PAGE):
            return []
        if self._reaches_below(stream, span.until):
            return []
        return gaps.between(before, oldest, gaps.TOO_MANY)

    def _reaches_below(self, stream: Stream, oldest: str) -> bool:
        """Whether X has anything that is older than the oldest post of a reading. Then nothing was dropped above it."""
        answer = self._get(stream, {"until_id": oldest, "max_results": "5"})
        ids = [posts.id_of(post) for post in posts.listed(answer.body.get("data"))]
        self._budget.took("own_posts", len(ids))
        return any(one.isdecimal() and int(one) < int(oldest) for one in ids)

    def _read(self, found: list[Any], body: Json, stream: Stream) -> tuple[list[Incoming], list[Malformed]]:
        """The posts of a page that others wrote, and what on it is no post."""
        around = posts.surroundings(body)
        items, malformed = [], []
        for position, post in enumerate(found):
            try:
                if not isinstance(post, dict):
                    raise Rejected("post", post, "must be an object.")
                if str(post.get("author_id")) == self._user["id"]:
                    continue
                told = parse(posts.item(post, around, self._user, from_mentions=not stream.is_search), network="x")
                items += [told] if stream.start is None or told.posted_at >= stream.start else []
            except Rejected as error:
                place = f"{stream.name}, {posts.id_of(post) or f'position {position}'}"
                malformed.append(Malformed(payload=payload_of(post), reason=str(error), position=place))
        return items, malformed


def in_turn(pages: Sequence[Iterator[Page]]) -> Iterator[Page]:
    """All of them; one that X limits doesn't keep the others waiting. Raises ConnectorError."""
    limited: list[ConnectorError] = []
    for one in pages:
        try:
            yield from one
        except ConnectorError as error:
            if error.retry_at is None:
                raise
            limited.append(error)
    if limited:
        # At the earliest of the resets another one would be asked too soon.
        raise max(limited, key=lambda error: error.retry_at or datetime.max.replace(tzinfo=UTC))


def payload_of(thing: object) -> object:
    """What X sent, as it can be kept."""
    try:
        return storable({"post": thing})[0]["post"]
    except TooDeep:
        return {"not_kept": f"nested more than {MAX_DEPTH} levels deep"}


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


def _count(kept: Mapping[str, Any]) -> int:
    """How many posts a reading has brought so far."""
    count = kept.get("count")
    return count if isinstance(count, int) else 0


def _all_before(found: Sequence[Any], start: datetime) -> bool:
    """Whether a page lies in a time that nobody asked for, which a server sends that doesn't know start_time."""
    times = [posts.made_at(post) for post in found if isinstance(post, dict)]
    return bool(times) and all(made is not None and made < start for made in times)
