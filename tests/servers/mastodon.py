"""A stand-in for a Mastodon server over real HTTP, with faults on demand: `python -m tests.servers.mastodon`.

Written from Mastodon's documentation, not from the connector. Besides Mastodon's own paths: GET /_requests, POST and
DELETE /_faults, POST /_posts (`{"text": …, "author": …}`, `{"edit": id, "text": …}` or `{"delete": id}`).
"""

import json
from contextlib import AbstractContextManager
from email import policy
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.mastodon_answer import Asked
from tests.servers.mastodon_api import Api
from tests.servers.mastodon_world import World
from tests.servers.serving import Answer, Handler, StandIn, command_line, controlled, running, serve


class Server(StandIn):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    def __init__(self, world: World | None = None, port: int = 0, **options: Any) -> None:
        super().__init__(_Handler, port)
        self.world = world or World()
        self.api = Api(self.world, **options)
        self.oauth = self.api.oauth


class _Handler(Handler):
    server: Server

    def _handle(self) -> None:
        method, url, body = self.command, urlsplit(self.path), self.body()
        if url.path.startswith("/_"):
            self.send(self._control(method, url.path, json.loads(body or b"null")))
            return
        query = parse_qs(url.query, keep_blank_values=True)
        form, files = _form(self.headers.get("Content-Type", ""), body)
        asked = Asked(unquote(url.path), query, form, self.headers, files)
        self.server.requests.append(
            {"method": method, "path": url.path, "query": query, "form": form, "headers": dict(self.headers)}
        )
        effect = self.server.faults.take(method, url.path)
        answer = self._instead(effect)
        if answer is None:
            answer = self.server.api.answer(method, asked)
            answer = None if effect["type"] in ("drop_after_processing", "timeout") else answer
        if answer is not None:
            self.send(answer)
        self.close_connection = self.close_connection or answer is None

    do_GET = do_POST = do_DELETE = _handle

    def _instead(self, effect: dict[str, Any]) -> Answer | None:
        """Effects instead of an answer, and those that delay it."""
        match effect["type"]:
            case "status":
                body = effect.get("body", {"error": effect.get("error", "Something went wrong")})
                return Answer(effect.get("status", 503), body, effect.get("headers", {}))
            case "malformed":
                return Answer(200, effect.get("body", '[{"id": "1", "acc'))
            case "timeout" | "latency":
                self.server.closing.wait(effect.get("seconds", 60))
        return None

    def _control(self, method: str, path: str, body: Any) -> Answer:
        match method, path:
            case "POST", "/_posts" if "edit" in body:
                return Answer(200, self.server.world.edit(body["edit"], body["text"]))
            case "POST", "/_posts" if "delete" in body:
                self.server.world.delete(body["delete"])
                return Answer(200, {})
            case "POST", "/_posts":
                return Answer(201, self.server.world.post(body.pop("text"), body.pop("author", "dana"), **body))
        return controlled(self.server, method, path, body) or Answer(404, {"error": "Not Found"})


def _form(kind: str, body: bytes) -> tuple[dict[str, list[str]], list[tuple[str, str, bytes]]]:
    """The fields of a form, and its files as (name, type, content)."""
    if not kind.startswith("multipart/"):
        return parse_qs(body.decode(errors="replace"), keep_blank_values=True), []
    parts = BytesParser(policy=policy.HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, list[str]] = {}
    files: list[tuple[str, str, bytes]] = []
    for part in parts.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name := part.get_filename():
            files.append((name, part.get_content_type(), content))
        else:
            field = part.get_param("name", header="content-disposition")
            fields.setdefault(str(field), []).append(content.decode())
    return fields, files


def serving(world: World | None = None, **options: Any) -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Server(world or World(), **options))


def main() -> None:
    """Serve until interrupted."""
    parser = command_line(__doc__, 8096)
    parser.add_argument("--posts", type=int, default=3, help="mentions to begin with")
    parser.add_argument("--limit", type=int, default=0, help="calls that are allowed in a window; 0: no limit")
    parser.add_argument("--window", type=float, default=300, help="seconds of a window")
    parser.add_argument("--plain", action="store_true", help="an awkward dialect of the API")
    given = parser.parse_args()
    server = Server(port=given.port, limit=given.limit, window=given.window, plain=given.plain)
    for number in range(given.posts):
        server.world.post(f"@brand is this question {number + 1}?")
    serve(server, f"@brand on {server.url}, access token brand-token")


if __name__ == "__main__":
    main()
