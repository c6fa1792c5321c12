"""Stands between a connector and a real server, so that it can be made to refuse, to fail and to lose its answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.faults import Faults

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


class Proxy(ThreadingHTTPServer):
    """Passes requests on to `port` of this machine; effects are `status` and `drop_after_processing`."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = port
        self.faults = Faults()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Broken connections are what this is for; nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        effect = self.server.faults.take(self.command, self.path)
        if effect["type"] == "status":
            self._send(effect["status"], {"Content-Type": "application/json"}, b'{"error": "Made to fail"}')
            return
        beyond = HTTPConnection("127.0.0.1", self.server.target, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP | {"host"}}
        beyond.request(self.command, self.path, body or None, {**headers, "Host": f"localhost:{self.server.target}"})
        answer = beyond.getresponse()
        content = answer.read()
        beyond.close()
        if effect["type"] == "drop_after_processing":
            self.close_connection = True
            return
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
        self._send(answer.status, kept, content)

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def before(port: int) -> Iterator[Proxy]:
    """A Proxy for the length of a `with` block."""
    running = Proxy(port)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield running
    finally:
        running.shutdown()
        running.server_close()
