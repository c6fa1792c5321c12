"""Pictures that go out with replies on X."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.channels.x import X
from connectors.protocol import ConnectorError, File, Outgoing
from tests.connectors.bench import original_of
from tests.connectors.conftest import ALL_KEYS, SIGNED_IN
from tests.servers.x import Server

Connect = Callable[..., X]
PICTURE = File(name="a.png", content_type="image/png", content=b"\x89PNG\r\n\x1a\n" + b"\0\xff" * 500, alt="A wing")
PLAIN = File(name="b é.jpg", content_type="image/jpeg", content=b"\xff\xd8\xff\r\n--x\r\n")


def outgoing(server: Server, connector: X, *files: File, direct: bool = False) -> Outgoing:
    server.world.say("Hello") if direct else server.world.add("@halden hello")
    (item,) = [item for page in connector.fetch({}) for item in page.items]
    original = original_of(item)
    return Outgoing(text="Look.", original=original, client_key="k", queued_at=datetime.now(UTC), files=files)


@pytest.mark.parametrize("keys", [ALL_KEYS, SIGNED_IN])
def test_pictures_are_uploaded_described_and_named_in_the_reply(
    keys: dict[str, str], server: Server, connect: Connect
) -> None:
    reply = outgoing(server, connect(keys), PICTURE, PLAIN)
    sent = connect(keys).reply(reply)
    first, second = server.api.uploads.values()
    assert (first["content"], first["type"], first["category"], first["alt"]) == (
        PICTURE.content, "image/png", "tweet_image", "A wing"
    )  # fmt: skip
    assert (second["content"], second.get("alt")) == (PLAIN.content, None)
    post = server.world.posts[sent.external_id]
    assert post["attachments"]["media_keys"] == [f"3_{one}" for one in server.api.uploads]
    # X writes a link to the pictures behind the text.
    assert connect(keys).find(reply) == sent


def test_a_direct_message_takes_one(server: Server, connect: Connect) -> None:
    connector = connect(direct="1")
    reply = outgoing(server, connector, replace(PICTURE, content_type="image/gif"), direct=True)
    able = connector.capability(reply.original)
    assert able.files is not None
    assert able.files.count == 1
    connector.reply(reply)
    assert [one["category"] for one in server.api.uploads.values()] == ["dm_gif"]


@pytest.mark.parametrize("path", ["/2/media/upload", "/2/media/metadata"])
@pytest.mark.parametrize(
    ("effect", "options"),
    [("status", {"status": 503}), ("drop_after_processing", {}), ("malformed", {"body": "{"})],
)
def test_r14_an_upload_that_fails_leaves_nothing_in_doubt(
    path: str, effect: str, options: Any, server: Server, connect: Connect
) -> None:
    reply = outgoing(server, connect(), PICTURE)
    server.faults.add(effect, path, method="POST", **options)
    with pytest.raises(ConnectorError) as caught:
        connect().reply(reply)
    assert not caught.value.unknown
    assert server.world.authored["1000"] == []


def test_a_picture_that_x_refuses_is_told_in_xs_words(server: Server, connect: Connect) -> None:
    reply = outgoing(server, connect(), replace(PICTURE, content=b"x" * (5 * 1024 * 1024 + 1)))
    with pytest.raises(ConnectorError, match="empty or too large") as caught:
        connect().reply(reply)
    assert caught.value.permanent
