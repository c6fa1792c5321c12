"""Pulls the streams of a channel, and reads back through their past."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors.channels.mastodon import statuses
from connectors.channels.mastodon.client import Answer, Client
from connectors.channels.mastodon.errors import Refusal
from connectors.channels.mastodon.places import Places
from connectors.channels.mastodon.progress import Progress, Seen
from connectors.channels.mastodon.statuses import Home, Json, id_of, objects
from connectors.channels.mastodon.streams import Stream, ask, look_up
from connectors.clean import MAX_DEPTH, TooDeep, storable
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Malformed, Page

# A pull ends after so many pages of a stream; the next one goes on from there.
_MOST_PAGES = 200
_MUCH_LATER = datetime.max.replace(tzinfo=UTC)
_EARLY = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Taken:
    """What became of a page: as many of its entries as could be read, and why it ended before its end."""

    seen: list[Seen] = field(default_factory=list)
    items: list[Incoming] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    error: ConnectorError | None = None

    def page(self, answer: Answer, cursor: Json) -> Page:
        """For the caller to commit."""
        return Page(
            items=self.items,
            malformed=self.malformed,
            cursor=cursor,
            calls_left=answer.calls_left,
            calls_reset_at=answer.reset_at,
        )


class Reader:
    """Reads for the account that `home` tells of."""

    def __init__(self, client: Client, home: Home) -> None:
        self._client, self._home = client, home
        self._places = Places(client)

    def pages(self, streams: Sequence[Stream], cursor: Mapping[str, Any]) -> Iterator[Page]:
        """All streams, from where `cursor` stands; one that fails doesn't keep the others waiting. Raises
        ConnectorError."""
        state = dict(cursor)
        errors = []
        for stream in streams:
            try:
                yield from self._stream(stream, state)
            except ConnectorError as error:
                if stream.tells_mentions or (isinstance(error, Refusal) and error.status == 401):
                    raise
                errors.append(error)
        if errors:
            # At the earliest of the resets the others would be asked too soon.
            raise max(errors, key=lambda error: error.retry_at or (_MUCH_LATER if error.permanent else _EARLY))

    def past(self, streams: Sequence[Stream], cursor: Mapping[str, Any], since: datetime) -> Iterator[Page]:
        """All streams from the newest entry down to `since`. Raises ConnectorError."""
        state: Json = {name: dict(objects(cursor.get(name))) for name in ("until", "done")}
        for stream in streams:
            while not state["done"].get(stream.name):
                until = id_of(state["until"].get(stream.name))
                answer = ask(self._client, stream, until, self._account_of(stream, state))
                taken = self._take(stream, answer.body, None, since)
                times = [one.at for one in taken.seen if one.at]
                last = next((one.id for one in reversed(taken.seen) if not one.id.startswith("?")), answer.next_id)
                is_over = not last or last == until or (bool(times) and max(times) < since)
                state["until"][stream.name] = last
                if is_over and taken.error is None:
                    state["done"][stream.name] = True
                yield taken.page(answer, _copy(state))
                if taken.error is not None:
                    raise taken.error

    def _stream(self, stream: Stream, state: Json) -> Iterator[Page]:
        """First what an earlier reading left unfinished, then what is new."""
        progress = Progress.of(objects(state.get(stream.name)))
        if progress.is_open:
            yield from self._walk(stream, progress, state)
        if not progress.is_open:
            yield from self._walk(stream, progress, state)

    def _walk(self, stream: Stream, progress: Progress, state: Json) -> Iterator[Page]:
        account_id = self._account_of(stream, state)
        more, pages = True, 0
        while more and pages < _MOST_PAGES:
            answer = ask(self._client, stream, progress.until, account_id)
            taken = self._take(stream, answer.body, progress)
            more = progress.heard(taken.seen, answer.next_id, datetime.now(UTC))
            pages += 1
            if not more and taken.error is None:
                progress.close()
            state[stream.name] = progress.state()
            yield taken.page(answer, _copy(state))
            if taken.error is not None:
                raise taken.error

    def _account_of(self, stream: Stream, state: Json) -> str:
        """The id of the account that a stream is of; empty for other streams. Raises ConnectorError."""
        if not stream.subject:
            return ""
        ids = dict(objects(state.get("ids")))
        if not isinstance(ids.get(stream.subject), str):
            ids[stream.subject] = look_up(self._client, stream.subject)
        state["ids"] = ids
        return str(ids[stream.subject])

    def _take(
        self, stream: Stream, entries: Sequence[Any], progress: Progress | None, since: datetime | None = None
    ) -> _Taken:
        """Read what of a page is not known. Raises ConnectorError when not even the first entry could be read."""
        taken = _Taken()
        page = [Seen(_name(entry), statuses.at(objects(entry))) for entry in entries]
        unknown = {one.id for one in page} if progress is None else progress.unknown(page)
        for position, (seen, entry) in enumerate(zip(page, entries, strict=True)):
            name = seen.id
            try:
                if name in unknown:
                    taken.items += self._item(stream, entry, since)
            except Rejected as error:
                where = f"{stream.name}, {name if not name.startswith('?') else f'position {position}'}"
                taken.malformed.append(Malformed(payload=_payload(entry), reason=str(error), position=where))
            except ConnectorError as error:
                if not taken.seen:
                    raise
                # What stands above is complete. The next pull begins with this one.
                taken.error = error
                return taken
            taken.seen.append(seen)
        return taken

    def _item(self, stream: Stream, entry: Any, since: datetime | None) -> list[Incoming]:
        """The message that an entry of a list tells of, if it does: others' statuses, not what they pass on."""
        if not isinstance(entry, dict):
            raise Rejected("entry", entry, "must be an object.")
        edited = False
        status: Any = entry
        if stream.tells_mentions:
            kind = entry.get("type")
            if kind not in ("mention", "quote", "update"):
                return []
            status, edited = entry.get("status"), kind == "update"
        if not isinstance(status, dict):
            raise Rejected("status", status, "must be an object.")
        if status.get("reblog") or self._home.is_ours(objects(status.get("account"))):
            return []
        if since is not None and (edited or (statuses.at(status) or since) < since):
            return []
        place = self._places.of(status)
        told = statuses.item(status, self._home, place, mentioned=stream.tells_mentions, edited=edited)
        return [parse(told, network="mastodon")]


def _copy(state: Json) -> Json:
    """A page's cursor stays what it is, whatever is read after it."""
    return {name: dict(value) if isinstance(value, dict) else value for name, value in state.items()}


def _name(entry: object) -> str:
    """An entry's id; one that has none gets a name from its content, so that it is told only once."""
    own = id_of(entry.get("id")) if isinstance(entry, dict) else ""
    if own and not own.startswith("?"):
        return own[:200]
    try:
        content = json.dumps(entry, sort_keys=True)
    except (ValueError, TypeError, RecursionError):
        content = str(type(entry))
    return "?" + sha256(content.encode(errors="replace")).hexdigest()[:16]


def _payload(entry: object) -> object:
    try:
        return storable({"entry": entry})[0]["entry"]
    except TooDeep:
        return {"not_kept": f"nested more than {MAX_DEPTH} levels deep"}
