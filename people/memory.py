"""What a process works out from people's names and words and remembers, so that it can be made to forget it again.

Free of Django: what compares names uses it, too.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

T = TypeVar("T")

OLDEST = 3600.0
"""Seconds after which a process forgets in any case, also where nobody could tell it to."""

_remembering: "list[_lru_cache_wrapper[Any]]" = []
_since = time.monotonic()


def forgettable(most: int) -> Callable[[Callable[..., T]], "_lru_cache_wrapper[T]"]:
    """`functools.lru_cache` for what is made of somebody's name or words, which must not outlive their erasure."""

    def remembering(make: Callable[..., T]) -> "_lru_cache_wrapper[T]":
        found = lru_cache(maxsize=most)(make)
        _remembering.append(found)
        return found

    return remembering


def forget() -> None:
    """Nothing that is forgettable is remembered any more in this process."""
    global _since  # noqa: PLW0603 - one for the process
    _since = time.monotonic()
    for one in _remembering:
        one.cache_clear()


def forget_old() -> None:
    """The same now and then: whoever works in this process calls it every few seconds."""
    if time.monotonic() - _since > OLDEST:
        forget()
