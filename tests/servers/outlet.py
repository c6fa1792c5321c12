"""A stand-in for a system that takes replies from our webhook, as docs/webhook.md asks of it."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.faults import Faults
from tests.servers.serving import running


class Outlet:
    """Replies by their client key; a key that comes again is answered as before."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.replies: dict[str, dict[str, Any]] = {}
        self.tests = 0
        self.faults = Faults()
        self.url = ""

    def take(self, headers: Any, body: bytes) -> tuple[int, Any]:
        """Status and answer for one request."""
        if not self._is_genuine(headers["X-SocialCRM-Signature"] or "", body):
            return 401, {"error": "bad signature"}
        message = json.loads(body)
        if message["type"] == "test":
            self.tests += 1
            return 204, None
        key = message["client_key"]
        assert headers["Idempotency-Key"] == key
        self.replies.setdefault(key, message)
        number = list(self.replies).index(key) + 1
        return 200, {"external_id": f"reply-{number}", "url": f"https://forum.example/replies/{number}"}

    def _is_genuine(self, signature: str, body: bytes) -> bool:
        parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
        signed = f"{parts.get('t')}.".encode() + body
        return hmac.compare_digest(hmac.new(self.secret.encode(), signed, sha256).hexdigest(), parts.get("v1", ""))


class _Handler(BaseHTTPRequestHandler):
    outlet: Outlet

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        effect = self.outlet.faults.take("POST", self.path)
        if effect["type"] == "status":
            self._answer(effect["status"], {"error": effect.get("words", "")}, effect.get("headers", {}))
            return
        status, answer = self.outlet.take(self.headers, body)
        if effect["type"] == "drop_after_processing":
            self.close_connection = True
            return
        self._answer(status, answer, {})

    def _answer(self, status: int, answer: Any, headers: dict[str, str]) -> None:
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving(secret: str) -> Iterator[Outlet]:
    """A running one."""
    outlet = Outlet(secret)
    handler = type("Handler", (_Handler,), {"outlet": outlet})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    outlet.url = f"http://127.0.0.1:{server.server_address[1]}/replies"
    with running(server):
        yield outlet
