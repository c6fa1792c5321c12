"""Stands between a connector and a real server, so that it can be made to refuse, to fail and to lose its answer."""

from contextlib import AbstractContextManager
from http.client import HTTPConnection

from tests.servers.serving import Handler, StandIn, running

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


class Proxy(StandIn):
    """Passes requests on to `port` of this machine; effects are `status` and `drop_after_processing`."""

    def __init__(self, port: int) -> None:
        super().__init__(_Handler)
        self.target = port


class _Handler(Handler):
    server: Proxy

    def _handle(self) -> None:
        body = self.body()
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


def before(port: int) -> AbstractContextManager[Proxy]:
    """A Proxy for the length of a `with` block."""
    return running(Proxy(port))
