"""How far the reading of a stream has come that is served newest first.

A span is what lies between the newest post of the last finished reading (`since`) and the oldest one that this reading
has reached (`until`). Only when nothing is left in between does `newest` become `since`. A worker that dies between two
pages leaves `until` behind, and whoever comes next asks for the older ones first. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

# Questions that are asked again in the same way, and answers in a row that bring nothing new.
_AGAIN = 2
_MOST_STALLS = 10


class Stuck(Exception):
    """The network keeps sending the same page, and says that there are more."""


@dataclass(slots=True)
class Span:
    """Ids as the network's texts; empty: no such bound."""

    since: str = ""
    until: str = ""
    newest: str = ""

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Span":
        """As a cursor keeps it; whatever is no id counts as none."""
        since, until, newest = (str(state.get(name) or "") for name in ("since", "until", "newest"))
        return cls(*(one if _number(one) else "" for one in (since, until, newest)))

    @property
    def is_open(self) -> bool:
        """Whether a reading of it has begun and not ended."""
        return bool(self.until)

    def took(self, numbers: Iterable[int]) -> bool:
        """Note that a page brought these posts; whether any of them was still missing."""
        within = [one for one in numbers if one > _number(self.since) and (not self.until or one < _number(self.until))]
        if not within:
            return False
        # Fixed by the first page: what is newer than that belongs to the next span.
        self.newest = self.newest or str(max(within))
        self.until = str(min(within))
        return True

    def close(self) -> None:
        """Nothing is left in it: the next one begins above it."""
        self.since = self.newest or self.since
        self.newest = self.until = ""

    def state(self) -> dict[str, str]:
        """For a cursor."""
        return asdict(self)


@dataclass(slots=True)
class Reading:
    """One walk through a span, question by question.

    It asks by ids rather than by page tokens, because ids don't expire, and because nothing is lost when a page came
    back short. It ends with an answer that holds nothing, not with a page that happens to be short or to lack a token.
    Tokens are for servers that answer such questions with the same page again and again.
    """

    span: Span
    token: str = ""
    _onward: str = ""
    _by_token: int = 0
    _stalls: int = 0
    _floor: int = field(default=10**30)

    def heard(self, ids: Iterable[str], token: str, *, empty: bool) -> bool:
        """Take note of an answer; whether there is more to ask. Raises Stuck."""
        if empty and not token:
            # The page before said that there was more: ask the other way, too, before believing that there is not.
            self.token, self._onward = ("", "") if self.token else (self._onward, "")
            return bool(self.token)
        numbers = [number for one in ids if (number := _number(one))]
        if self._moves(numbers):
            self._stalls = 0
            self._onward = token
            # Asking by id brought the same page twice, and the token went on: this server doesn't know until_id.
            self._by_token = self._by_token + 1 if self.token else 0
            self.token = token if self._by_token > 1 else ""
            return self._by_token <= 1 or bool(token)
        self._stalls += 1
        if self._stalls <= _AGAIN:
            return True
        # Asking the same again brings nothing. A token leads on, though past what a short page left out.
        self.token = token if empty else self._onward or token
        if not self.token or self._below(numbers):
            return False
        if self._stalls > _MOST_STALLS:
            raise Stuck
        return True

    def _moves(self, numbers: list[int]) -> bool:
        """Whether an answer brought something, or at least led further down through what is known already."""
        lowest = min(numbers, default=self._floor)
        lower = lowest < self._floor and not self._below(numbers)
        self._floor = min(lowest, self._floor)
        return self.span.took(numbers) or lower

    def _below(self, numbers: list[int]) -> bool:
        """Whether all of it lies below the span, which a server sends that doesn't know since_id."""
        return bool(self.span.since and numbers) and max(numbers) <= _number(self.span.since)


def _number(value: object) -> int:
    """An id as a number, which orders posts by age; 0 for what is none."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 30 else 0
