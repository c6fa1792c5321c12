"""A listener that nobody may reach: it counts who does. And one that plays awkward answers, for the door's limits."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Listener:
    """Accepts on 127.0.0.1 (and on ::1 where there is one), counts, and lets `play` answer each connection."""

    def __init__(self, play: Callable[[socket.socket], None] | None = None) -> None:
        self.play = play
        self.connects = 0
        self.sockets: list[socket.socket] = []
        self.port = self._listen(socket.AF_INET, "127.0.0.1", 0)
        with suppress(OSError):
            self._listen(socket.AF_INET6, "::1", self.port)

    def _listen(self, family: socket.AddressFamily, host: str, port: int) -> int:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.bind((host, port))
        listening.listen(50)
        self.sockets.append(listening)
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()
        return int(listening.getsockname()[1])

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                self.connects += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if self.play is not None:
                self.play(connection)

    def close(self) -> None:
        """Stop accepting."""
        for listening in self.sockets:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()


@contextmanager
def listener(play: Callable[[socket.socket], None] | None = None) -> Iterator[Listener]:
    """A Listener for the length of a `with` block."""
    running = Listener(play)
    try:
        yield running
    finally:
        running.close()


def answers(body: bytes, head: bytes = b"", status: bytes = b"200 OK") -> Callable[[socket.socket], None]:
    """Plays one answer and closes: for `listener`."""

    def play(connection: socket.socket) -> None:
        connection.recv(65536)
        length = b"" if b"ength" in head or b"chunked" in head else b"Content-Length: %d\r\n" % len(body)
        connection.sendall(b"HTTP/1.1 " + status + b"\r\n" + length + head + b"Connection: close\r\n\r\n" + body)

    return play
