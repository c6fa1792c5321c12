import asyncio

import pytest

from socialcrm import asgi


async def endless(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while (await receive())["type"] != "http.disconnect":
        pass


def run(coroutine, seconds=5):
    async def bounded():
        return await asyncio.wait_for(coroutine, seconds)

    return asyncio.run(bounded())


@pytest.fixture
def closing(monkeypatch):
    event = asyncio.Event()
    monkeypatch.setattr(asgi, "closing", event)
    return event


def test_r23_a_stream_ends_in_an_orderly_way_when_the_server_stops(monkeypatch, closing):
    monkeypatch.setattr(asgi, "live", endless)
    sent = []

    async def story():
        async def send(message):
            sent.append(message["type"])

        streaming = asyncio.create_task(
            asgi.application({"type": "http", "path": "/live/"}, asyncio.Event().wait, send)
        )
        await asyncio.sleep(0.1)
        assert not streaming.done()
        closing.set()
        await streaming

    run(story())
    assert sent == ["http.response.start", "http.response.body"]


def test_a_browser_that_leaves_ends_its_stream(monkeypatch, closing):
    monkeypatch.setattr(asgi, "live", endless)

    async def leave():
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    run(asgi.application({"type": "http", "path": "/live/"}, leave, send))


def test_pages_are_django_s(closing):
    sent = []

    async def story():
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/healthz",
            "raw_path": b"/healthz",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"localhost")],
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 1),
        }
        await asgi.application(scope, receive, send)

    run(story())
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b'{"status": "up"}'
