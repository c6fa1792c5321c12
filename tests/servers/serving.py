"""What the stand-ins have in common: a server on a free port of 127.0.0.1 that remembers, fails on demand and ends."""

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from typing import Any, TypeVar

from tests.servers.faults import Faults

Some = TypeVar("Some", bound=BaseServer)


@dataclass(frozen=True)
class Answer:
    """A status, a body (JSON, or text as it is) and headers."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class StandIn(ThreadingHTTPServer):
    """A server over HTTP: its `requests` can be read and its `faults` changed while it runs."""

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, handler: type["Handler"], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.faults = Faults()
        self.requests: list[Any] = []
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that die are what these tests are about; nothing to print."""

    def asked(self, path: str, method: str = "GET") -> list[dict[str, Any]]:
        """The requests to paths that contain `path`, in order."""
        return [one for one in self.requests if path in one["path"] and one["method"] == method]

    def shutdown(self) -> None:
        """As the base class; answers that are being delayed end, too."""
        self.closing.set()
        super().shutdown()


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def body(self) -> bytes:
        """What was sent with the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send(self, answer: Answer) -> None:
        """Write an answer."""
        text = answer.body if isinstance(answer.body, str | bytes) else json.dumps(answer.body)
        payload = text if isinstance(text, bytes) else text.encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(payload))}
        self.send_response_only(answer.status)
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.end_headers()
        self.wfile.write(payload)


def controlled(server: StandIn, method: str, path: str, body: Any) -> Answer | None:
    """The answer to what no network has, so that it can be used from outside: GET /_requests, POST and DELETE /_faults.

    None: it is not one of these.
    """
    match method, path:
        case "GET", "/_requests":
            return Answer(200, server.requests)
        case "POST", "/_faults":
            server.faults.add_json(body)
        case "DELETE", "/_faults":
            server.faults.clear()
        case _:
            return None
    return Answer(200, {})


@contextmanager
def running(server: Some) -> Iterator[Some]:
    """A server at work for the length of a `with` block."""
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def command_line(about: str | None, port: int) -> argparse.ArgumentParser:
    """The command line of a stand-in, with `--port`."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--port", type=int, default=port)
    return parser


def serve(server: BaseServer, told: str) -> None:
    """Say what there is, and serve until interrupted."""
    print(told, flush=True)  # noqa: T201
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
