"""Uploads to the stand-in for X: pictures as multipart forms, and their descriptions."""

import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.servers.x_answer import Answer, Refusal, invalid, problem
from tests.servers.x_shapes import Asked

MOST = 5 * 1024 * 1024
CATEGORIES = {"tweet_image", "tweet_gif", "dm_image", "dm_gif"}


def upload(api: Any, who: str | None, asked: Asked, body: bytes) -> Answer:
    """POST /2/media/upload"""
    if who is None:
        raise Refusal(403, problem(403, "Forbidden"))
    boundary = body.split(b"\r\n", 1)[0].removeprefix(b"--").decode()
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: multipart/form-data; boundary=" + boundary.encode() + b"\r\n\r\n" + body
    )
    parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
    category = parts["media_category"].get_content().strip() if "media_category" in parts else ""
    if "media" not in parts or category not in CATEGORIES:
        raise Refusal(400, invalid("media", "media and media_category are required"))
    content = parts["media"].get_payload(decode=True)
    if not 0 < len(content) <= MOST:
        raise Refusal(400, invalid("media", "The media is empty or too large"))
    media_id = str(api.world.next_id())
    api.uploads[media_id] = {"content": content, "type": parts["media"].get_content_type(), "category": category}
    return Answer(200, {"data": {"id": media_id, "media_key": f"3_{media_id}", "expires_after_secs": 86400}})


def describe(api: Any, who: str | None, asked: Asked, body: bytes) -> Answer:
    """POST /2/media/metadata"""
    given = json.loads(body)
    if given.get("id") not in api.uploads:
        raise Refusal(400, invalid("id", "There is no such media"))
    api.uploads[given["id"]]["alt"] = given["metadata"]["alt_text"]["text"]
    return Answer(200, {"data": {"id": given["id"], "associated_metadata": given["metadata"]}})


ROUTES = (("POST", "/2/media/upload", upload), ("POST", "/2/media/metadata", describe))
