"""What one does all day, over real HTTP and with a hundred thousand open conversations: read a timeline, act, look at
the board."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.agents import _answer
from bench.large.sizes import LONG, MANY
from bench.lists import _asked, _cookie, _times, fill
from bench.serving import serving
from connectors.models import Channel
from inbox.models import Conversation
from people.models import User

_EACH, _BOARDS = 60, 30
# How the inbox asks for a conversation that somebody opens in its list.
_OPENING = "HX-Request: true\r\nHX-Current-URL: http://localhost/inbox/open/\r\n"
_TOKEN = "b" * 32
# A word of the address, and what the form says; the first half of a pair is taken back by the second.
_ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("close", {}),
    ("reopen", {}),
    ("take", {}),
    ("assign", {"to": ""}),
    ("priority", {"to": "3"}),
)
# What begins and ends transactions.
_FRAMES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
Post = tuple[str, dict[str, str]]
# What the accounts of the data set are to be able to do, which they are not by themselves: to answer.
_ANSWERING = {"network": "webhook", "settings": {"system": "bench", "reply_url": "https://bench.example/replies"}}


def acts() -> dict[str, Any]:
    """Milliseconds from the request to the last byte of the answer; SQL statements of one of each."""
    fill()
    Channel.objects.update(**_ANSWERING)
    chosen = _chosen()
    special = {name: _of(person) for name, person in (("300 accounts", MANY), ("200,000 events", LONG))}
    figures: dict[str, Any] = {}
    with serving() as (port, _):
        cookie = _cookie()
        for name, ids in (("anybody", chosen), *special.items()):
            paths = [_timeline(pk) for pk in ids]
            if paths:
                figures |= _times(f"timeline, {name}", _asked(port, cookie, paths, _EACH, _OPENING))
                figures |= _times(f"timeline and list as a page, {name}", _asked(port, cookie, paths, _EACH))
        for word, form in _ACTS:
            posts = [(f"/c/{pk}/{word}/", form) for pk in chosen]
            figures |= _times(word, asyncio.run(_post(port, cookie, posts)))
        figures |= _times("note", asyncio.run(_post(port, cookie, _written(chosen, "note"))))
        answered = _written(chosen, "reply")
        figures |= _times("reply", asyncio.run(_post(port, cookie, answered)))
        undone: list[Post] = [("/inbox/undo/", {})] * len(answered)
        figures |= _times("undo of a reply", asyncio.run(_post(port, cookie, undone)))
        figures |= _times("board", _asked(port, cookie, ["/board/", "/board/?show=late"], _BOARDS))
    return figures | _statements(chosen[0])


def _chosen() -> list[int]:
    """Open conversations of anybody, the same ones every time."""
    everyone = list(Conversation.objects.open().order_by("id").values_list("pk", flat=True))
    return random.Random(5).sample(everyone, min(_EACH, len(everyone)))  # noqa: S311


def _of(person: int) -> list[int]:
    found = Conversation.objects.filter(identity__contact_id=person).order_by("-last_message_at", "-id")
    return list(found.values_list("pk", flat=True)[:10])


def _timeline(pk: int) -> str:
    return f"/inbox/open/c/{pk}/?tl=whole"


def _written(ids: Sequence[int], mode: str) -> list[Post]:
    """A reply or a note in each of these, with what tells one click from another."""
    return [(f"/c/{pk}/{mode}/", {"text": "We are on it.", "mode": mode, "click": str(uuid4())}) for pk in ids]


async def _post(port: int, cookie: str, posts: Sequence[Post]) -> list[float]:
    """One act after the other on one connection, as htmx sends them where the conversation is open; the first three are
    not measured."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    times = []
    for path, form in posts:
        body, page = urlencode(form).encode(), path.removesuffix("/").rpartition("/")[0]
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nHX-Request: true\r\n"
            f"HX-Current-URL: http://localhost/inbox/open{page}/\r\nX-CSRFToken: {_TOKEN}\r\n"
            f"Cookie: {cookie}; {settings.CSRF_COOKIE_NAME}={_TOKEN}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        started = time.perf_counter()
        writer.write(head.encode() + body)
        status = await _answer(reader)
        if status not in (200, 409):
            raise RuntimeError(f"{path} answered {status}.")
        times.append(1000 * (time.perf_counter() - started))
    writer.close()
    return times[3:]


def _statements(pk: int) -> dict[str, int]:
    client = Client(headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/open/"})
    client.force_login(User.objects.get(username="bench"))
    asked = [("list", "/inbox/open/", None), ("timeline", _timeline(pk), None), ("board", "/board/", None)]
    counts = {}
    for name, path, form in [*asked, *((word, f"/c/{pk}/{word}/", form) for word, form in _ACTS)]:
        with CaptureQueriesContext(connection) as captured:
            client.get(path) if form is None else client.post(path, form)
        asks = [one for one in captured if not one["sql"].startswith(_FRAMES)]
        counts[f"{name}, SQL statements"] = len(asks)
    return counts
