import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from connectors import outbound
from connectors.http import AddressRefused, RebaseAdapter, session
from tests.servers.canary import Listener, answers, listener

PRIVATE = """
    http://127.0.0.1 http://127.1 http://127.0.1 http://0x7f.1 http://0x7f.0.0.1 http://0177.0.0.1 http://0177.1
    http://2130706433 http://0x7f000001 http://017700000001 http://127.127.127.127
    http://localhost http://LOCALHOST http://LocalHost http://0.0.0.0 http://0 http://0x0
    http://[::1] http://[0:0:0:0:0:0:0:1] http://[0000:0000:0000:0000:0000:0000:0000:0001] http://[::]
    http://[::ffff:127.0.0.1] http://[::ffff:7f00:1] http://[0:0:0:0:0:ffff:7f00:1] http://[::127.0.0.1]
    http://[::ffff:0:127.0.0.1] http://[64:ff9b::7f00:1] http://[64:ff9b:1::7f00:1] http://[2002:7f00:1::]
    http://[2001:0:7f00:1::1] http://[fec0::1] http://[fe80::1] http://[fc00::1] http://[fd00::1] http://[ff02::1]
    http://[100::1] http://[2001:db8::1] http://[::ffff:169.254.169.254] http://[::ffff:10.0.0.1]
    http://10.0.0.1 http://10.1 http://172.16.0.1 http://172.31.255.255 http://192.168.0.1 http://192.168.1
    http://169.254.169.254 http://2852039166 http://0xa9fea9fe http://100.64.0.1 http://192.0.0.192 http://192.0.2.1
    http://198.18.0.1 http://198.51.100.1 http://203.0.113.1 http://224.0.0.1 http://239.255.255.250 http://240.0.0.1
    http://255.255.255.255 http://192.88.99.1 http://example.com@127.0.0.1 http://example.com:80@127.0.0.1
    http://user:password@localhost https://127.0.0.1
    https://localhost https://[::1]
""".split()
NO_WEB_ADDRESS = """
    file:///etc/passwd ftp://127.0.0.1/ gopher://127.0.0.1/ dict://127.0.0.1/ ldap://127.0.0.1/ data:text/plain,x
    http://127.0.0.1. http://localhost. http://１２７.0.0.1 http://127。0。0。1 http://ⓛocalhost http:// http:///
    http://[::1 http://\x00127.0.0.1 //127.0.0.1/ javascript:alert(1) unix:///var/run/docker.sock
""".split()


@pytest.fixture
def canary() -> Iterator[Listener]:
    with listener(answers(b"the canary's secret")) as running:
        yield running


def names(monkeypatch: pytest.MonkeyPatch, known: dict[str, list[list[str]]]) -> dict[str, int]:
    """Makes the resolver answer from `known`: for each name the addresses of the first, the second … question."""
    asked = dict.fromkeys(known, 0)
    really = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in known:
            return really(host, port, *args, **kwargs)
        answers = known[host][min(asked[host], len(known[host]) - 1)]
        asked[host] += 1
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in answers
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def with_port(url: str, port: int) -> str:
    return f"{url}:{port}/latest/meta-data/"


@pytest.mark.parametrize("url", PRIVATE)
def test_s18_an_address_that_is_not_public_is_refused_before_a_connect(url: str, canary: Listener) -> None:
    with pytest.raises(AddressRefused, match="OUTBOUND_ALLOW"):
        session(redirects=3).get(with_port(url, canary.port))
    assert canary.connects == 0


@pytest.mark.parametrize("url", NO_WEB_ADDRESS)
def test_s18_what_is_no_web_address_or_no_name_is_refused(url: str, canary: Listener) -> None:
    for address in (url, with_port(url, canary.port)):
        with pytest.raises(requests.RequestException):
            session(redirects=3).get(address)
    assert canary.connects == 0


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"]])
def test_s18_a_name_with_one_bad_address_is_refused(
    addresses: list[str], canary: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, {"evil.test": [addresses]})
    with pytest.raises(AddressRefused, match=r"evil\.test leads to 127"):
        session().get(f"http://evil.test:{canary.port}/")
    assert canary.connects == 0


def test_s18_a_name_that_resolves_differently_the_second_time_is_asked_only_once(
    canary: Listener, monkeypatch: pytest.MonkeyPatch, loopback: None
) -> None:
    asked = names(monkeypatch, {"rebind.test": [["127.0.0.1"], ["10.0.0.1"]]})
    assert session().get(f"http://rebind.test:{canary.port}/").content == b"the canary's secret"
    assert asked == {"rebind.test": 1}
    with pytest.raises(AddressRefused):
        session().get(f"http://rebind.test:{canary.port}/")


@pytest.mark.parametrize("target", ["http://inside.test:{}/", "http://[::1]:{}/", "http://10.0.0.1/", "//[::1]:{}/"])
def test_s18_every_hop_of_a_redirect_is_checked(
    target: str, canary: Listener, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    names(monkeypatch, {"public.test": [["127.0.0.1"]], "inside.test": [["::1"]]})
    location = b"Location: " + target.format(canary.port).encode() + b"\r\n"
    with listener(answers(b"", location, b"302 Found")) as door:
        with pytest.raises(AddressRefused):
            session(redirects=3).get(f"http://public.test:{door.port}/")
        assert door.connects == 1
    assert canary.connects == 0


def test_a_listed_network_is_reached(canary: Listener, loopback: None) -> None:
    assert session().get(f"http://127.0.0.1:{canary.port}/").content == b"the canary's secret"
    with pytest.raises(AddressRefused):
        session().get(f"http://[::1]:{canary.port}/")


def test_a_network_that_cannot_be_read_is_named(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["10.0.0.0/33"]
    with pytest.raises(ImproperlyConfigured, match="OUTBOUND_ALLOW"):
        session().get("http://127.0.0.1/")


def test_an_adapter_alone_is_guarded_too(canary: Listener) -> None:
    made = requests.Session()
    made.mount("https://api.vendor.test", RebaseAdapter(f"http://127.0.0.1:{canary.port}"))
    with pytest.raises(AddressRefused):
        made.get("https://api.vendor.test/")
    assert canary.connects == 0


def test_other_protocols_connect_through_the_same_check(canary: Listener, settings: Any) -> None:
    with pytest.raises(outbound.Refused):
        outbound.connect("localhost", canary.port)
    settings.OUTBOUND_ALLOW = ["127.0.0.1/32"]
    outbound.connect("127.0.0.1", canary.port).close()
