"""Reads what the Graph API lists, page by page, each with the cursor to go on from.

To ask for the comments of every post at every pull would be fifty calls for nothing. So each thread keeps a sign, such
as its number of comments and the time of its last change, and is looked into only where the sign is another one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.channels.meta.graph import Answer, Graph
from connectors.channels.meta.lists import Stream, Threads, last, own_id, time_of
from connectors.channels.meta.marks import Mark
from connectors.channels.meta.pages import Pages, kept
from connectors.channels.meta.refusals import GONE, Refusal
from connectors.channels.meta.shapes import Json, moment
from connectors.protocol import ConnectorError, Gap, Page

# Threads whose marks are kept; pages of one list or thread that one pull reads.
_MOST_MARKS, _MOST_PAGES = 300, 500
_SLACK, _INSTANT = timedelta(minutes=1), timedelta(seconds=2)


@dataclass(slots=True)
class Reader:
    """One reading: messages back to `floor`, in threads back to `oldest`. `whole`: all of the past, once."""

    graph: Graph
    pages: Pages
    floor: datetime
    oldest: datetime
    whole: bool = False

    def stream(self, kind: Stream) -> Iterator[Page]:
        """What is new in a list of single things. Raises ConnectorError."""
        mine = self._part(kind.name)
        mark = Mark.of(mine.get("mark"), self.floor)
        for answer in self._walk(kind.path, kind.params, mine, "after"):
            found = [(one, kind.read(one) if isinstance(one, dict) else ()) for one in answer.listed]
            page = self.pages.of(found, mark, mine, answer)
            is_end = _is_below(answer.listed, mark) or not answer.onward
            if is_end:
                mine["mark"] = mine.pop("newest")
                mine.pop("began", None)
                mine.pop("after", None)
            yield page()
            if is_end:
                return

    def threads(self, kind: Threads) -> Iterator[Page]:
        """What is new in threads; first what an earlier reading left unfinished. Raises ConnectorError."""
        mine = self._part(kind.name)
        if mine.get("list"):
            yield from self._listed(kind, mine, reached=None)
        if self.whole and mine.get("done"):
            return
        reached = moment(mine.get("reached")) if kind.by_change and not self.whole else None
        yield from self._listed(kind, mine, reached=reached)

    def _listed(self, kind: Threads, mine: Json, *, reached: datetime | None) -> Iterator[Page]:
        """The threads of a list; `reached` is where an earlier reading began, behind which nothing has changed."""
        seen: list[str] = []
        resumed = bool(mine.get("list"))
        newest: datetime | None = None
        end = max(self.oldest, reached - _SLACK) if reached else self.oldest
        for answer in self._walk(kind.path, kind.params, mine, "list"):
            for thread in answer.listed:
                begun = kind.begun(thread) if own_id(thread) else None
                if begun is None:
                    yield self._unreadable(thread, mine)
                elif begun >= end:
                    newest = max(newest or begun, begun)
                    seen.append(own_id(thread))
                    if self._marks(mine).get(own_id(thread), [None])[0] != kind.sign(thread):
                        yield from self._thread(kind, thread, mine, answer)
            oldest = last([kind.begun(one) for one in answer.listed if isinstance(one, dict)])
            # A pinned post comes first, however old it is: what counts is the last one.
            if (oldest is not None and oldest < end) or (kind.most and not self.whole and len(seen) >= kind.most):
                break
            if self.whole:
                mine["marks"] = {}
        mine.pop("list", None)
        mine["marks"] = {} if self.whole else self._pruned(mine, seen)
        if newest is not None and not resumed:
            mine["reached"] = newest.isoformat()
        mine["done"] = self.whole
        yield self.pages.empty()

    def _thread(self, kind: Threads, thread: Json, mine: Json, listed: Answer) -> Iterator[Page]:
        """What is new in one thread; its mark moves with the last page of it."""
        thread_id, marks = own_id(thread), self._marks(mine)
        mark = Mark.of(marks[thread_id][1] if thread_id in marks else None, self._floor(kind, mine))
        inside = mine.get("open")
        if not isinstance(inside, dict) or inside.get("id") != thread_id:
            inside = mine["open"] = {"id": thread_id}
        if thread_id not in marks and not inside.get("told"):
            inside["told"] = True
            page = self.pages.of([(thread, kind.itself(thread))], mark, {}, listed)()
            if page.items or page.malformed:
                yield page
        if kind.empty(thread):
            self._close(thread, mine, kind.sign(thread), mark.state())
            yield self.pages.empty()
            return
        begun = kind.begun(thread)
        # Meta's times have no fractions: within the second of the last change there may be another one.
        is_settled = not kind.by_change or begun is None or begun < listed.at - _INSTANT
        # The sign of when the reading began: what came in the middle of it may stand on a page that was read before.
        inside.setdefault("sign", kind.sign(thread) if is_settled else "")
        yield from self._inside(kind, thread, mine, mark, inside)

    def _inside(self, kind: Threads, thread: Json, mine: Json, mark: Mark, inside: Json) -> Iterator[Page]:
        path, params = kind.parts(thread)
        read = 0
        for answer in self._walk(path, params, inside, "after"):
            read += len(answer.listed)
            found = [(one, kind.read(one, thread) if isinstance(one, dict) else ()) for one in answer.listed]
            page = self.pages.of(found, mark, inside, answer)
            is_known = kind.newest_first and _is_below(answer.listed, mark)
            is_all = kind.readable is not None and read >= kind.readable
            if is_all and not is_known:
                self._note_gap(answer.listed, mark)
            is_end = is_known or is_all or not answer.onward
            if is_end:
                self._close(thread, mine, str(inside.get("sign")), inside["newest"])
            yield page()
            if is_end:
                return

    def _close(self, thread: Json, mine: Json, sign: str, mark: list[Any]) -> None:
        mine["marks"] = self._marks(mine) | {own_id(thread): [sign, mark]}
        mine.pop("open", None)

    def _floor(self, kind: Threads, mine: Json) -> datetime:
        """Where the news of a thread begin that was not looked into before, or so long ago that it was forgotten."""
        reached = moment(mine.get("reached")) if kind.by_change and not self.whole else None
        return max(self.floor, reached - _SLACK) if reached else self.floor

    def _walk(self, path: str, params: Json, place: Json, name: str) -> Iterator[Answer]:
        """The pages of a list from where `place[name]` stands; a token that Meta no longer takes begins it anew."""
        after = place[name] if isinstance(place.get(name), str) else ""
        for _ in range(_MOST_PAGES):
            try:
                answer = self.graph.ask(path, **params, **({"after": after} if after else {}))
            except Refusal as error:
                if not after or error.code != GONE:
                    raise
                after = ""
                continue
            if name == "after":
                place.setdefault("began", answer.at.isoformat())
                place["after"] = answer.onward
            yield answer
            if not answer.onward:
                return
            # Of a list of threads only once all threads of its page are done.
            after = place[name] = answer.onward
        raise ConnectorError("Meta's list has no end.", remedy="It goes on from there with the next pull.")

    def _unreadable(self, thread: Any, mine: Json) -> Page:
        """A thread without id or time. Once: that it was told stays in the cursor."""
        told = mine.get("unreadable") if isinstance(mine.get("unreadable"), list) else []
        words = str(kept(thread))[:200]
        if told and words in told:
            return self.pages.empty()
        mine["unreadable"] = [*(told or []), words][-20:]
        return self.pages.empty([self.pages.malformed(thread, "It has no id, or no time.")])

    def _note_gap(self, elements: Sequence[Any], mark: Mark) -> None:
        """More may have been said than can be read; of a first reading nobody expects all."""
        times = [at for one in elements if (at := time_of(one)) is not None]
        if times and mark.at > self.floor:
            reason = "Meta lets only the newest messages of a conversation be read, and there were more."
            self.pages.gaps.append(Gap(since=mark.at, until=min(times), reason=reason))

    def _part(self, name: str) -> Json:
        """The part of the cursor that belongs to a list."""
        if not isinstance(self.pages.state.get(name), dict):
            self.pages.state[name] = {}
        part: Json = self.pages.state[name]
        return part

    def _marks(self, mine: Json) -> dict[str, list[Any]]:
        marks = mine.get("marks")
        readable = marks.items() if isinstance(marks, dict) else ()
        return {name: value for name, value in readable if isinstance(value, list) and len(value) == 2}

    def _pruned(self, mine: Json, seen: Sequence[str]) -> dict[str, list[Any]]:
        """The marks without those that are out of sight for longest, so that the cursor stays small."""
        marks = self._marks(mine)
        current = {name: marks[name] for name in seen if name in marks}
        others = {name: value for name, value in marks.items() if name not in current}
        return dict([*others.items(), *current.items()][-_MOST_MARKS:])


def _is_below(elements: Sequence[Any], mark: Mark) -> bool:
    """Whether the last of newest-first elements is older than the mark, and so all behind it."""
    end = last([time_of(one) for one in elements])
    return end is not None and end < mark.at


def in_turn(readings: Sequence[Callable[[], Iterator[Page]]]) -> Iterator[Page]:
    """One list after the other. One that Meta does not open does not keep the others waiting; its error comes last."""
    refused: list[Refusal] = []
    for reading in readings:
        try:
            yield from reading()
        except Refusal as error:
            if not error.permanent or error.is_dead:
                raise
            refused.append(error)
    if refused:
        raise refused[0]
