"""Stands between a connector and a real mail server, line by line: to be away, or to lose the answer to a mail."""

import contextlib
import socket
import socketserver
import threading

from tests.servers.serving import running


class Wire(socketserver.ThreadingTCPServer):
    """Passes bytes on to `port` of this machine.

    `is_down`: nobody answers. `loses`: so many answers to whole mails get lost, with the connection.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = port
        self.port: int = self.server_address[1]
        self.is_down = False
        self.loses = 0


class _Handler(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        if self.server.is_down:
            return
        with socket.create_connection(("127.0.0.1", self.server.target)) as beyond, contextlib.suppress(OSError):
            ended = threading.Event()
            threading.Thread(target=self._back, args=(beyond, ended), daemon=True).start()
            tail = b""
            while chunk := self.request.recv(65536):
                tail = (tail + chunk)[-5:]
                if tail == b"\r\n.\r\n" and self.server.loses:
                    self.server.loses -= 1
                    ended.set()
                beyond.sendall(chunk)

    def _back(self, beyond: socket.socket, ended: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while chunk := beyond.recv(65536):
                if ended.is_set():
                    break
                self.request.sendall(chunk)
            self.request.shutdown(socket.SHUT_RDWR)


def before(port: int) -> contextlib.AbstractContextManager[Wire]:
    """A Wire for the length of a `with` block."""
    return running(Wire(port))
