"""The door over TLS, which is what it is used for in production."""

import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.channels.x import X
from connectors.http import AddressRefused, TooSlow, session
from connectors.protocol import Account, ConnectorError, Original, Outgoing
from tests.connectors.conftest import ALL_KEYS
from tests.servers.canary import answers, listener

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def over_tls(certificate: Path, play: Callable[[Any], None]) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def wrapped(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            play(secure)

    return wrapped


def test_a_server_with_a_trusted_certificate_is_reached(certificate: Path) -> None:
    with listener(over_tls(certificate, answers(b"secret"))) as server:
        calls = session()
        calls.verify = str(certificate)
        assert calls.get(f"https://127.0.0.1:{server.port}/").content == b"secret"


def test_another_certificate_is_not_trusted_and_a_reply_was_certainly_not_sent(certificate: Path) -> None:
    with listener(over_tls(certificate, answers(b"{}"))) as server:
        url = f"https://127.0.0.1:{server.port}"
        with pytest.raises(requests.exceptions.SSLError):
            session().get(url)
        now = datetime.now(UTC)
        original = Original(
            external_id="1",
            thread_id="1",
            kind="mention",
            author_external_id="a",
            author_handle="",
            posted_at=now,
            raw={},
        )
        with pytest.raises(ConnectorError) as caught:
            connector(url).reply(Outgoing(text="Hi", original=original, client_key="k", queued_at=now))
        assert not caught.value.unknown


def connector(url: str) -> X:
    return X(Account(network="x", name="X", base_url=url, settings={"username": "h"}, credentials=ALL_KEYS))


def test_s18_the_address_is_checked_before_the_handshake(certificate: Path, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    with listener(over_tls(certificate, answers(b"secret"))) as server:
        with pytest.raises(AddressRefused):
            session().get(f"https://127.0.0.1:{server.port}/")
        assert server.connects == 0


def test_r17_a_slow_drip_over_tls_ends_when_the_time_is_up(certificate: Path) -> None:
    def drip(connection: Any) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with listener(over_tls(certificate, drip)) as server:
        calls = session(total=0.6)
        calls.verify = str(certificate)
        started = time.monotonic()
        with pytest.raises(TooSlow):
            calls.get(f"https://127.0.0.1:{server.port}/")
        assert time.monotonic() - started < 2


def test_r17_a_server_that_never_shakes_hands_ends_in_a_time_out() -> None:
    with listener(lambda connection: time.sleep(3)) as server:
        started = time.monotonic()
        with pytest.raises(requests.RequestException):
            session(total=0.5).get(f"https://127.0.0.1:{server.port}/")
        assert time.monotonic() - started < 2
