"""Live updates: after commit a small event goes out through Redis; browsers fetch the fragments that changed.

An event names ids only. What a person may see is decided when their browser asks for the fragment. Events stand in a
short log from which every web process reads (inbox/hub.py), so that a browser that was away is told what it missed, or
to ask for everything; what could not be written to the log makes everybody ask for everything as soon as it can.
"""

import json
import time
from collections.abc import Callable, Collection
from functools import lru_cache, partial
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)

LOG, FIELD = "live", "event"
KEPT = 2_000
"""How many events the log holds, nearly: some minutes of a busy day."""

# Seconds for which nobody waits again for a Redis that did not answer.
_PAUSE = 5


def changed(*, conversations: Collection[int] = (), channels: Collection[int] = ()) -> None:
    """Tell open browsers, once the running transaction has committed, that these rows look different now."""
    event = {"conversations": sorted(conversations), "channels": sorted(channels)}
    transaction.on_commit(partial(publish, event))


def erased(erasure_id: int) -> None:
    """Have every web process forget what it remembers of people, once the running transaction has committed."""
    transaction.on_commit(partial(publish, {"erased": erasure_id}))


def publish(event: dict[str, Any]) -> None:
    """Write an event to the log at once. It is lost where Redis does not answer; the next one says so."""
    _publisher.publish(event)


class _Publisher:
    """What this process writes to the log."""

    def __init__(self) -> None:
        self._has_lost = False
        self._quiet_until = 0.0

    def publish(self, event: dict[str, Any]) -> None:
        if time.monotonic() < self._quiet_until:
            self._has_lost = True
            return
        if self._has_lost:
            event = event | {"everything": True}
        try:
            client().xadd(LOG, {FIELD: json.dumps(event)}, maxlen=KEPT, approximate=True)
            self._has_lost = False
        except redis.RedisError as error:
            self._has_lost, self._quiet_until = True, time.monotonic() + _PAUSE
            log.warning("live_event_lost", error=str(error))


_publisher = _Publisher()


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """The connections of this process to Redis for what is live; nobody waits for them for long."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


class PlaceMiddleware:
    """Notes, before anything is read for a page, up to where the log is known: the page's stream goes on from there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.live_since = known()  # type: ignore[attr-defined]
        return self.get_response(request)


def known() -> str:
    """The place of the newest event that this process has heard of; empty where it does not listen."""
    return _place


_place = ""


def heard(place: str) -> None:
    """This process listens, and has heard everything up to here."""
    global _place  # noqa: PLW0603 - one for the process: written by its hub alone, read by all of its pages
    _place = place
