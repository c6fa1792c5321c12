"""A stand-in for Bluesky over real HTTP, with faults on demand: `python -m tests.servers.bluesky --port 8095`.

Written from the lexicons and the sources of Bluesky's own servers, not from the connector: one PDS, with the network's
view and the chat service behind it. Like those it lists posts by the time that their authors claim.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.bluesky_api import Api, Refusal
from tests.servers.bluesky_world import World
from tests.servers.faults import Faults

Reply = tuple[int, Any, dict[str, str]]


class Server(ThreadingHTTPServer):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, world: World, port: int = 0, **options: Any) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.world, self.faults, self.api = world, Faults(), Api(world, **options)
        self.requests: list[dict[str, Any]] = []
        self.pages: dict[str, Any] = {}
        self.closing = threading.Event()
        self.calls_left = 3000
        self.url = self.api.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that die are what these tests are about; nothing to print."""

    def asked(self, path: str) -> list[dict[str, Any]]:
        """The requests to methods that contain `path`, in order."""
        return [one for one in self.requests if path in one["path"]]


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

    def _handle(self, verb: str) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = parse_qs(url.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(
            {"verb": verb, "path": url.path, "query": query, "headers": headers, "body": body, "at": time.time()}
        )
        effect = self.server.faults.take(verb, url.path)
        before = self._before(effect) or self._answer(verb, url.path, query, body, headers)
        answer = self._after(effect, url.path, before)
        if answer is None:
            self.close_connection = True
        else:
            self._send(*answer)

    def _answer(self, verb: str, path: str, query: Any, body: bytes, headers: dict[str, str]) -> Reply:
        try:
            if not path.startswith("/xrpc/"):
                raise Refusal(404, "NotFound", "Not Found")
            return 200, self.server.api.answer(path.removeprefix("/xrpc/"), verb, query, body, headers), {}
        except Refusal as error:
            return error.status, error.body, {}
        except (KeyError, ValueError) as error:
            return 400, {"error": "InvalidRequest", "message": f"Error: {error}"}, {}

    def _before(self, effect: dict[str, Any]) -> Reply | None:
        """Effects instead of an answer, and those that delay it."""
        match effect["type"]:
            case "status":
                names = {401: "AuthenticationRequired", 502: "UpstreamFailure", 503: "ServiceUnavailable"}
                told = {"error": names.get(effect["status"], "InvalidRequest"), "message": "As you asked."}
                return effect["status"], effect.get("body", told), effect.get("headers", {})
            case "ratelimit":
                reset = str(effect.get("reset", int(time.time()) + effect.get("reset_in", 60)))
                headers = {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": reset}
                return 429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, headers
            case "malformed":
                return 200, effect.get("body", '{"notifications": [{"uri": "at:'), {}
            case "timeout":
                self.server.closing.wait(effect.get("seconds", 60))
        return None

    def _after(self, effect: dict[str, Any], path: str, answer: Reply) -> Reply | None:
        """Effects on an answer; None: the connection breaks."""
        status, body, headers = answer
        match effect["type"]:
            case "drop_after_processing" | "timeout":
                return None
            case "items":
                name = "notifications" if "listNotifications" in path else "posts"
                body = {**body, name: [*body[name][:1], *effect["items"], *body[name][1:]]}
            case "repeat" if path in self.server.pages:
                body = self.server.pages[path]
            case "replace":
                body = effect["body"]
        if status == 200:
            self.server.pages[path] = body
        return status, body, headers

    def _send(self, status: int, body: Any, extra: dict[str, str]) -> None:
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        limits = {"ratelimit-remaining": str(self.server.calls_left), "ratelimit-reset": str(int(time.time()) + 60)}
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(payload))}
        self.send_response_only(status)
        for name, value in (headers | limits | extra).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)


@contextmanager
def serving(world: World | None = None, **options: Any) -> Iterator[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    server = Server(world or World(), **options)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def main() -> None:
    """Serve until interrupted, with some posts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8095)
    given = parser.parse_args()
    server = Server(World(), given.port)
    for n in range(5):
        server.world.add(f"@brand.test question {n}")
    print(f"brand.test on {server.url}, app password {next(iter(server.world.passwords))}", flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
