"""A stand-in for a Mastodon server over real HTTP, with faults on demand: `python -m tests.servers.mastodon`.

Written from Mastodon's documentation, not from the connector. Besides Mastodon's own paths: GET /_requests, POST and
DELETE /_faults, POST /_posts (`{"text": …, "author": …}`, `{"edit": id, "text": …}` or `{"delete": id}`).
"""

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.servers.faults import Faults
from tests.servers.mastodon_answer import Answer, Asked
from tests.servers.mastodon_api import Api
from tests.servers.mastodon_world import World


class Server(ThreadingHTTPServer):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, world: World | None = None, port: int = 0, **options: Any) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.world = world or World()
        self.api = Api(self.world, **options)
        self.oauth = self.api.oauth
        self.faults = Faults()
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that die are what these tests are about; nothing to print."""

    def asked(self, path: str, method: str = "GET") -> list[dict[str, Any]]:
        """The requests to paths that contain `path`, in order."""
        return [one for one in self.requests if path in one["path"] and one["method"] == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def _handle(self, method: str) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path.startswith("/_"):
            self._send(self._control(method, url.path, json.loads(body or b"null")))
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
            self._send(answer)
        self.close_connection = self.close_connection or answer is None

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
            case "GET", "/_requests":
                return Answer(200, self.server.requests)
            case "POST", "/_faults":
                self.server.faults.add_json(body)
            case "DELETE", "/_faults":
                self.server.faults.clear()
            case "POST", "/_posts" if "edit" in body:
                return Answer(200, self.server.world.edit(body["edit"], body["text"]))
            case "POST", "/_posts" if "delete" in body:
                self.server.world.delete(body["delete"])
            case "POST", "/_posts":
                return Answer(201, self.server.world.post(body.pop("text"), body.pop("author", "dana"), **body))
            case _:
                return Answer(404, {"error": "Not Found"})
        return Answer(200, {})

    def _send(self, answer: Answer) -> None:
        payload = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        self.send_response_only(answer.status)
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(payload))}
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.end_headers()
        self.wfile.write(payload)


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


@contextmanager
def serving(world: World | None = None, **options: Any) -> Iterator[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    server = Server(world, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8096)
    parser.add_argument("--posts", type=int, default=3, help="mentions to begin with")
    parser.add_argument("--limit", type=int, default=0, help="calls that are allowed in a window; 0: no limit")
    parser.add_argument("--window", type=float, default=300, help="seconds of a window")
    parser.add_argument("--plain", action="store_true", help="an awkward dialect of the API")
    given = parser.parse_args()
    server = Server(port=given.port, limit=given.limit, window=given.window, plain=given.plain)
    for number in range(given.posts):
        server.world.post(f"@brand is this question {number + 1}?")
    print(f"@brand on {server.url}, access token brand-token", flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
