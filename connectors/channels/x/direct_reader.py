"""Reads direct messages of X, which answers 15 questions in 15 minutes and knows no “since”.

It goes from the newest message down to the first that is known. The cursor keeps what lies in between, the token of
the next page, and when X may be asked again: this stream waits by itself and never keeps the mentions waiting.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.channels.x import direct, gaps, posts
from connectors.channels.x.client import Answer, Client
from connectors.channels.x.errors import Refusal
from connectors.channels.x.reader import Reader, payload_of
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Gap, Malformed, Page

Json = dict[str, Any]
_ROUTE = "/2/dm_events"
_CALLS = 15
_WINDOW = timedelta(minutes=15)
# A reading that is up to date needs the newest few only, and X charges for each.
_FEW, _MANY = 10, 100
_MOST_STALLS = 3
# A back-fill leaves half of the calls to what is new.
_SPARED = 7


class _Walk:
    """Sees to it that a walk down the pages comes to an end, whatever X sends."""

    def __init__(self) -> None:
        self._floor, self._stalls = 10**30, 0

    def came_on(self, events: list[Any]) -> None:
        """Raises ConnectorError after too many pages that lead no further down."""
        lowest = min((number for event in events if (number := _number(posts.id_of(event)))), default=self._floor)
        self._stalls = 0 if lowest < self._floor else self._stalls + 1
        self._floor = min(lowest, self._floor)
        if self._stalls > _MOST_STALLS:
            raise ConnectorError("X keeps sending the same page.", remedy="It will be asked again.")


class DirectReader:
    """Reads the direct messages of an account: what is new, or with `start` the past since then."""

    def __init__(self, client: Client, user: Mapping[str, str], spelling: str, start: datetime | None = None) -> None:
        self._client, self._user, self._start = client, user, start
        self._params = direct.asked_for(spelling)

    def pages(self, state: Json, beside: Reader) -> Iterator[Page]:
        """Until a known message, or until X wants to rest. Raises ConnectorError."""
        kept = state.get("direct")
        if not isinstance(kept, dict) or kept.get("of") != self._user["id"]:
            kept = state["direct"] = {"of": self._user["id"]}
        if kept.get("done"):
            return
        more, walk = not self._waits(kept), _Walk()
        while more:
            kept = dict(kept)
            try:
                answer = self._ask(kept)
            except Refusal as error:
                if error.retry_at is None or self._start:
                    raise
                # Kept in the cursor, so that nobody asks before.
                state["direct"] = kept | {"wait": error.retry_at.isoformat()}
                yield self._page(state, beside)
                return
            events, token = _content(answer)
            more = _heard(kept, events, token)
            walk.came_on(events)
            fresh = [one for one in events if _is_between(kept, one)]
            more = more and not (self._start and self._is_over(events))
            self._count(kept, len(events), len(fresh))
            items, malformed = self._read(fresh, answer.body)
            lost = [] if more else self._closed(kept, events)
            _rest(kept, answer, spared=_SPARED if self._start else 0)
            state["direct"] = kept
            yield self._page(state, beside, items=items, malformed=malformed, gaps=lost)
            more = more and not self._waits(kept)

    def _waits(self, kept: Json) -> bool:
        """Whether X may not be asked now. A back-fill says so, with the time. Raises ConnectorError."""
        until = gaps.moment(kept.get("wait"))
        if until is None or until <= datetime.now(UTC):
            return False
        if self._start and not kept.get("done"):
            raise ConnectorError("X allows no more calls for direct messages for now.", retry_at=until)
        return True

    def _ask(self, kept: Json) -> Answer:
        """The next page; where X knows the page's token no more, the first one again."""
        kept.setdefault("began", datetime.now(UTC).isoformat())
        token = str(kept.get("token") or "")
        few = kept.get("since") and not token and not kept.get("until")
        params = self._params | {"max_results": str(_FEW if few else _MANY)}
        try:
            return self._client.get(_ROUTE, params | ({"pagination_token": token} if token else {}), as_user=True)
        except Refusal as error:
            if error.status != 400 or not token:
                raise
            return self._client.get(_ROUTE, params, as_user=True)

    def _page(self, state: Json, beside: Reader, **found: Any) -> Page:
        # Of calls the page tells those of the mentions: a channel whose messages rest does not.
        left, reset_at = beside.limits
        return Page(cursor=dict(state), calls_left=left, calls_reset_at=reset_at, **({"items": ()} | found))

    def _read(self, events: list[Any], body: Json) -> tuple[list[Incoming], list[Malformed]]:
        around = posts.surroundings(body)
        items, malformed = [], []
        for event in events:
            try:
                if not isinstance(event, dict):
                    raise Rejected("event", event, "must be an object.")
                if str(event.get("sender_id")) == self._user["id"] or not direct.is_message(event):
                    continue
                told = parse(direct.item(event, around, self._user), network="x")
                items += [told] if self._start is None or told.posted_at >= self._start else []
            except Rejected as error:
                place = f"direct messages, {posts.id_of(event)}"
                malformed.append(Malformed(payload=payload_of(event), reason=str(error), position=place))
        return items, malformed

    def _is_over(self, events: list[Any]) -> bool:
        """Whether a page reaches below the time that a back-fill asks for."""
        times = [posts.made_at(event) for event in posts.listed(events)]
        return any(made is not None and self._start is not None and made < self._start for made in times)

    def _count(self, kept: Json, asked: int, fresh: int) -> None:
        """What X charges for: what is new, and once a day (UTC) what is read again."""
        today = datetime.now(UTC).date().isoformat()
        self._client.used["direct"] += asked if kept.get("day") != today else fresh
        kept["day"] = today

    def _closed(self, kept: Json, events: list[Any]) -> list[Gap]:
        """End a reading: the next one begins above it. What X had dropped of it already."""
        now = datetime.now(UTC)
        before = self._start or gaps.moment(kept.get("at"))
        lost = gaps.between(before, now - gaps.DIRECT, gaps.TOO_OLD) if before else []
        newest = kept.pop("newest", "") or kept.get("since", "")
        for name in ("until", "token"):
            kept.pop(name, None)
        kept |= {"since": newest, "at": kept.pop("began")} | ({"done": True} if self._start else {})
        return lost


def _content(answer: Answer) -> tuple[list[Any], str]:
    found, meta = answer.body.get("data"), answer.body.get("meta")
    if not isinstance(found, list) and not isinstance(meta, dict):
        raise ConnectorError("X's answer holds no list of direct messages.", remedy="It will be asked again.")
    token = meta.get("next_token") if isinstance(meta, dict) else None
    return found if isinstance(found, list) else [], token if isinstance(token, str) else ""


def _heard(kept: Json, events: list[Any], token: str) -> bool:
    """Take note of a page; whether there is more below it."""
    numbers = [number for event in events if (number := _number(posts.id_of(event)))]
    since = _number(kept.get("since"))
    kept["above"] = kept.get("until") or ""
    if not kept.get("newest") and numbers:
        kept["newest"] = str(max(numbers))
    if numbers:
        kept["until"] = str(min([*numbers, *filter(None, [_number(kept.get("until"))])]))
    kept["token"] = token
    return bool(token) and not (since and any(number <= since for number in numbers))


def _is_between(kept: Mapping[str, Any], event: object) -> bool:
    """Whether an event lies in the span that this reading has not brought yet."""
    number, above = _number(posts.id_of(event)), _number(kept.get("above"))
    return not number or (number > _number(kept.get("since")) and (not above or number < above))


def _rest(kept: Json, answer: Answer, *, spared: int) -> None:
    """Note when X may be asked again: as its headers say, else by counting our own calls."""
    now = datetime.now(UTC)
    calls = [made for made in map(gaps.moment, _list(kept.get("calls"))) if made and made > now - _WINDOW]
    calls = [*calls, now][-_CALLS:]
    kept["calls"] = [made.isoformat() for made in calls]
    kept.pop("wait", None)
    if answer.calls_left is None:
        wait = calls[0] + _WINDOW if len(calls) >= _CALLS - spared else None
    else:
        wait = answer.reset_at or now + _WINDOW if answer.calls_left <= spared else None
    if wait is not None:
        kept["wait"] = wait.isoformat()


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 30 else 0
