"""A stand-in for Meta's Graph API over real HTTP, with faults on demand: `python -m tests.servers.meta --port 8096`.

Written from Meta's documentation, not from the connector: a Page with posts, comments, visitors' posts and Messenger,
the Instagram account that belongs to it, tokens, the dialog for signing in, and its errors. It serves only the fields
that are asked for. Besides Meta's own paths: GET /_requests, POST and DELETE /_faults.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.faults import Faults
from tests.servers.meta_api import Answer, Api, error
from tests.servers.meta_world import PAGE_TOKEN, World


class Server(ThreadingHTTPServer):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, world: World, port: int = 0, **options: Any) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.world, self.faults, self.api = world, Faults(), Api(world, **options)
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
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if url.path.startswith("/_"):
            self._send(self._control(method, url.path, json.loads(body or "null")))
            return
        given = dict(parse_qsl(url.query, keep_blank_values=True))
        if method == "POST":
            given |= dict(parse_qsl(body, keep_blank_values=True))
        self.server.requests.append({"method": method, "path": url.path, "given": given, "at": time.time()})
        effect = self.server.faults.take(method, url.path)
        answer = self._before(effect)
        if answer is None:
            answer = self._after(effect, self.server.api.answer(method, url.path, given))
        if answer is not None:
            self._send(answer)
        self.close_connection = self.close_connection or answer is None

    def _before(self, effect: dict[str, Any]) -> Answer | None:
        """Effects instead of an answer, and those that delay it."""
        headers = effect.get("headers", {})
        match effect["type"]:
            case "status":
                status = effect.get("status", 503)
                words = {401: (190, "Error validating access token"), 503: (2, "Service temporarily unavailable")}
                code, message = words.get(status, (1, "An unknown error occurred"))
                return Answer(status, effect.get("body", error(code, message)), headers)
            case "error":
                told = {name: value for name, value in effect.items() if name not in ("type", "status", "headers")}
                return Answer(effect.get("status", 400), error(**told), headers)
            case "malformed":
                return Answer(effect.get("status", 200), effect.get("body", '{"data": [{"id": "1", "me'), headers)
            case "timeout" | "latency":
                self.server.closing.wait(effect.get("seconds", 60))
        return None

    def _after(self, effect: dict[str, Any], answer: Answer) -> Answer | None:
        """Effects on an answer; None: the connection breaks."""
        match effect["type"]:
            case "drop_after_processing" | "timeout":
                return None
            case "malformed_item":
                data = answer.body.get("data", [])
                return Answer(200, {**answer.body, "data": [*data[:1], *effect["items"], *data[1:]]}, answer.headers)
            case "headers":
                return Answer(answer.status, answer.body, answer.headers | effect["headers"])
        return answer

    def _control(self, method: str, path: str, body: Any) -> Answer:
        match method, path:
            case "GET", "/_requests":
                return Answer(200, self.server.requests)
            case "POST", "/_faults":
                self.server.faults.add_json(body)
            case "DELETE", "/_faults":
                self.server.faults.clear()
            case _:
                return Answer(404, error(100, "Not Found"))
        return Answer(200, {})

    def _send(self, answer: Answer) -> None:
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        payload = text.encode()
        self.send_response_only(answer.status)
        headers = {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(payload))}
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.end_headers()
        self.wfile.write(payload)


@contextmanager
def serving(world: World | None = None, **options: Any) -> Iterator[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    server = Server(world or World(), **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


def main() -> None:
    """Serve until interrupted, with a little to see."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8096)
    world = World()
    dana = world.person("dana")
    world.comment(world.post("Our new Touring is here"), "When does it reach Bergen?", dana)
    world.ig_comment(world.medium("Our new Touring"), "What a colour", dana)
    world.message(dana, "Is my bike ready?")
    server = Server(world, parser.parse_args().port)
    print(f"Meta on {server.url}, Page token {PAGE_TOKEN}", flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
