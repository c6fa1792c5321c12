import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import requests

from connectors.http import RebaseAdapter, TooLarge, TooSlow, session
from tests.servers.canary import answers, listener

pytestmark = pytest.mark.usefixtures("loopback")


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    hops = {b"/0": b"/1", b"/1": b"/2", b"/2": b"/3", b"/3": b"/4"}

    def play(connection: socket.socket) -> None:
        path = connection.recv(65536).split(b" ")[1]
        if path in hops and not (path == b"/3" and limit[0] == 3):
            answer = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n" % hops[path]
            answer += b"Connection: close\r\n\r\n"
        else:
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\narrived"
        connection.sendall(answer)

    limit = [3]
    with listener(play) as server:
        assert session(redirects=3).get(f"http://127.0.0.1:{server.port}/0").content == b"arrived"
        limit[0] = 4
        with pytest.raises(requests.TooManyRedirects):
            session(redirects=9).get(f"http://127.0.0.1:{server.port}/0")
        with pytest.raises(requests.TooManyRedirects):
            session().get(f"http://127.0.0.1:{server.port}/0")


def test_proxies_of_the_environment_and_of_the_caller_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with listener() as proxy, listener(answers(b"ok")) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        given = {"http": f"http://127.0.0.1:{proxy.port}"}
        assert session().get(f"http://127.0.0.1:{server.port}/").ok
        assert session().get(f"http://127.0.0.1:{server.port}/", proxies=given).ok
        assert proxy.connects == 0


def test_s19_a_body_over_the_limit_is_not_read() -> None:
    def endless(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with listener(endless) as server, pytest.raises(TooLarge):
        session(max_bytes=200_000).get(f"http://127.0.0.1:{server.port}/")


def test_s19_a_gzip_bomb_is_counted_as_it_inflates() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024), 9)
    with listener(answers(bomb, b"Content-Encoding: gzip\r\n")) as server:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                session().get(f"http://127.0.0.1:{server.port}/")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def drip(head: bytes) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    return play


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"",
    ],
    ids=["length", "until closed", "chunked", "header", "status line"],
)
def test_r17_a_slow_drip_ends_when_the_time_is_up(head: bytes) -> None:
    with listener(drip(head)) as server:
        started = time.monotonic()
        with pytest.raises(TooSlow):
            session(total=0.5).get(f"http://127.0.0.1:{server.port}/")
        assert time.monotonic() - started < 2


def test_r17_the_time_is_that_of_all_hops_together() -> None:
    def late(connection: socket.socket) -> None:
        connection.recv(65536)
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    with listener(late) as server:
        started = time.monotonic()
        with pytest.raises(requests.RequestException):
            session(redirects=3, total=0.5).get(f"http://127.0.0.1:{server.port}/")
        assert time.monotonic() - started < 1.0


def test_r17_a_silent_server_ends_in_a_time_out() -> None:
    with listener(lambda connection: time.sleep(3)) as server:
        started = time.monotonic()
        with pytest.raises(requests.ReadTimeout):
            session(total=0.4).get(f"http://127.0.0.1:{server.port}/")
        assert time.monotonic() - started < 2


def test_r17_a_silent_name_server_ends_in_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*args: Any, **kwargs: Any) -> list[Any]:
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    started = time.monotonic()
    with pytest.raises(requests.ConnectTimeout):
        session(total=0.4).get("http://slow.test/")
    assert time.monotonic() - started < 2


def test_a_name_without_an_address_and_a_closed_port_are_connection_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(requests.ConnectionError):
        session().get(f"http://127.0.0.1:{port}/")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(requests.ConnectionError, match="nowhere"):
        session().get("http://nowhere.test/")
    with pytest.raises(requests.RequestException):
        session().get(f"http://{'a' * 70}.test/")


def test_rebasing_sends_a_vendors_calls_to_the_given_base() -> None:
    seen: list[bytes] = []

    def play(connection: socket.socket) -> None:
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with listener(play) as server:
        made = session()
        made.mount("https://api.vendor.test/", RebaseAdapter(f"http://127.0.0.1:{server.port}/sandbox/"))
        assert made.get("https://api.vendor.test/2/me?fields=a,b").content == b"ok"
        with pytest.raises(requests.RequestException):
            made.get("https://api.vendor.test.evil.test/", timeout=0.2)
    assert seen[0].startswith(b"GET /sandbox/2/me?fields=a,b HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in seen[0]


def test_connections_are_used_again() -> None:
    def play(connection: socket.socket) -> None:
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with listener(play) as server:
        made = session()
        for _ in range(3):
            assert made.get(f"http://127.0.0.1:{server.port}/").content == b"ok"
        assert server.connects == 1
