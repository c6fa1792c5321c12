"""What takes long to work out and may be some minutes old. Without the cache everything is worked out anew."""

from collections.abc import Callable
from typing import TypeVar

import redis
from django.core.cache import cache

T = TypeVar("T")


def remembered(key: str, seconds: int, make: Callable[[], T]) -> T:
    """What `make` gives, or gave under this key in the last `seconds`."""
    try:
        known: T | None = cache.get(key)
    except redis.RedisError:
        return make()
    if known is None:
        known = make()
        try:
            cache.set(key, known, seconds)
        except redis.RedisError:
            return known
    return known
