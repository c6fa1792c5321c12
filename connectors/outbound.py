"""Outgoing connections: to checked addresses only, and never for longer than allowed.

The address is checked where the socket is made, so neither a redirect nor a name that resolves differently the second
time leads past it. `connectors/http.py` stands on this; what speaks another protocol calls `connect` itself.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from connectors.addresses import Network, is_reachable, networks

CONNECT_SECONDS = 5.0
REMEDY = "If this is a server of your own, list its network in OUTBOUND_ALLOW."


class Refused(Exception):
    """The address is not public, and OUTBOUND_ALLOW doesn't list it."""


def connect(
    host: str, port: int, *, timeout: float = CONNECT_SECONDS, options: Iterable[tuple[Any, ...]] = ()
) -> socket.socket:
    """A TCP connection to a checked address of `host`. Raises Refused, or OSError (TimeoutError, socket.gaierror)."""
    end = time.monotonic() + timeout
    allowed = _allowed(tuple(settings.OUTBOUND_ALLOW))
    found = _look_up(host, port, timeout)
    for *_, address in found:
        # One bad address spoils the name: a public host has none.
        if not is_reachable(str(address[0]), allowed):
            raise Refused(f"{host} leads to {address[0]}, which is not a public address.")
    failure: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            connection.settimeout(max(end - time.monotonic(), 0.01))
            connection.connect(address)
            connection.settimeout(timeout)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return connection
    raise failure


@lru_cache(maxsize=8)
def _allowed(listed: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return networks(listed)
    except ValueError as error:
        raise ImproperlyConfigured(f"OUTBOUND_ALLOW: {error}; write networks like 10.0.0.0/8.") from error


def _look_up(host: str, port: int, timeout: float) -> list[tuple[Any, ...]]:
    """All addresses of `host`. In a thread, because the resolver itself may wait for minutes."""
    answers: SimpleQueue[list[tuple[Any, ...]] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except OSError as error:
            answers.put(error)
        except UnicodeError:
            answers.put(socket.gaierror(socket.EAI_NONAME, f"{host!r} is no host name"))

    if _is_literal(host):
        ask()
    else:
        threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        answer = answers.get(timeout=timeout)
    except Empty:
        raise TimeoutError(f"the address of {host} could not be found in {timeout:g} seconds") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Deadline:
    """Cuts the connections that are still busy when the time is up, however busy their other side keeps them.

    A read time-out alone does not end a call: a server that sends one byte every ten seconds never lets it expire.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._sockets: list[socket.socket] = []
        self._over = threading.Event()
        threading.Thread(target=self._wait, args=(seconds,), daemon=True, name="deadline").start()

    def watch(self, connection: socket.socket) -> None:
        """Cut `connection` too when the time is up."""
        if connection not in self._sockets:
            self._sockets.append(connection)

    def cancel(self) -> None:
        """The work is done: cut nothing any more."""
        self._over.set()

    def _wait(self, seconds: float) -> None:
        while not self._over.wait(seconds):
            self.expired = True
            for connection in list(self._sockets):
                _cut(connection)
            # A connection that is only now being made is cut the next time round.
            seconds = 0.2


_running: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Everything inside has `seconds` altogether; inside another deadline, that one goes on."""
    outer = _running.get()
    if outer is not None:
        yield outer
        return
    fresh = Deadline(seconds)
    token = _running.set(fresh)
    try:
        yield fresh
    finally:
        fresh.cancel()
        _running.reset(token)


def watch(connection: socket.socket | None) -> None:
    """Put `connection` under the deadline that runs, if one does."""
    running = _running.get()
    if running is not None and connection is not None:
        running.watch(connection)


def _cut(connection: socket.socket) -> None:
    try:
        # Not the method of a TLS socket, which would change what another thread is reading from.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        return
