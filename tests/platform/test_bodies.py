"""S19: bodies of webhooks, as slow, large or false as a sender likes, at a server that is really running."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.connectors.test_webhook_conformance import sign
from tests.inbox.hooked import hooked, message

ROOT = Path(__file__).parents[2]


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def port(process_env):
    number = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.platform.impatient:application", "--port", str(number)]
    options = ["--log-level", "warning", "--lifespan", "on", "--no-access-log", "--http", "socialcrm.wire:Connection"]
    with subprocess.Popen([*command, *options], env=process_env, cwd=ROOT) as server:
        try:
            for _ in range(400):
                try:
                    socket.create_connection(("127.0.0.1", number), 1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield number
        finally:
            server.kill()


def ask(port, head, body=b"", seconds=20):
    """The status of the answer to a raw request, and the connection on which it came."""
    connection = socket.create_connection(("127.0.0.1", port), seconds)
    connection.sendall(head.encode() + b"\r\n" + body)
    return connection


def status(connection):
    with closing(connection):
        first = connection.makefile("rb").readline()
    return int(first.split()[1]) if first else None


def head(channel, **headers):
    lines = [f"POST /webhooks/{channel.uuid}/ HTTP/1.1", "Host: localhost"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]) + "\r\n"


def delivery(channel):
    body = json.dumps(message()).encode()
    return head(channel, **{"Content-Length": len(body)}, **sign(body)), body


def test_s19_what_is_too_large_or_of_unknown_size_is_refused_unread(port):
    channel = hooked()
    for headers in (
        {"Content-Length": 5 * 1024 * 1024 + 1},
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": 10**12},
    ):
        # Not a byte of the body is sent, so whoever read it would wait.
        assert status(ask(port, head(channel, **headers))) == 413


def test_s19_senders_that_dawdle_hold_up_nobody_and_are_cut_off(port):
    channel = hooked()
    slow = [ask(port, head(channel, **{"Content-Length": 1000}), b"x") for _ in range(20)]

    assert status(ask(port, *delivery(channel))) == 200
    assert status(ask(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n")) == 200
    assert {status(one) for one in slow} == {408}


def test_s19_all_bodies_together_take_a_fixed_part_of_the_memory(port):
    """The server of this test has room for one MiB of them."""
    channel = hooked()
    large = [ask(port, head(channel, **{"Content-Length": 900_000}), b"x" * 800_000) for _ in range(2)]

    assert 503 in {status(one) for one in large}
    assert status(ask(port, *delivery(channel))) == 200


def test_s19_a_sender_that_hangs_up_leaves_nothing_behind(port):
    channel = hooked()
    for _ in range(5):
        ask(port, head(channel, **{"Content-Length": 500_000}), b"x" * 400_000).close()
    assert status(ask(port, *delivery(channel))) == 200


@pytest.mark.parametrize("piece", [b"X-More: " + b"x" * 1000 + b"\r\n", b"x" * 1000], ids=["fields", "one field"])
def test_s19_a_head_without_an_end_is_refused(port, piece):
    connection = ask(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-First: ")
    with contextlib.suppress(OSError):
        for _ in range(1000):
            connection.sendall(piece)
    # Of what was sent after the answer the system only says that nobody reads it.
    with contextlib.suppress(ConnectionResetError):
        assert status(connection) == 400
    assert status(ask(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n")) == 200


@pytest.mark.parametrize(
    "begun", ["0\r\nX-First: ", "0\r\nX-First: 1\r\n", "5;first="], ids=["one field", "fields", "a size"]
)
def test_s19_what_stands_around_a_body_in_pieces_is_refused_where_it_has_no_end(port, begun):
    request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    connection = ask(port, request, f"2\r\nhi\r\n{begun}".encode())
    piece = b"X-More: " + b"x" * 1000 + (b"\r\n" if begun.endswith("\n") else b"")
    with closing(connection), pytest.raises(ConnectionError):
        # The system keeps a part of what nobody reads, and a moment passes until it says that nobody does.
        for _ in range(1000):
            connection.sendall(piece)
            time.sleep(0.001)
    assert status(ask(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n")) == 200


def test_s19_a_long_body_does_not_count_as_the_head_of_the_request_after_it(port):
    first = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: {200_000}\r\n"
    connection = ask(port, first, b"x" * 200_000 + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
    with closing(connection), connection.makefile("rb") as answers:
        assert answers.readline().split()[1] != b"400"
        connection.sendall(b"Connection: close\r\n\r\n")
        assert b"HTTP/1.1 200 OK" in answers.read()
