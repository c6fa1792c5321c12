import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from connectors import outbound
from connectors.channels.email import door
from connectors.channels.email.connector import Email
from connectors.protocol import Account, ConnectorError
from tests.connectors.mails import answer, mail, told
from tests.servers import imap, smtp
from tests.servers.mail_world import World

Connect = Callable[..., Email]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """An authority that this machine trusts, as an admin makes it with SSL_CERT_FILE."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    door.context.cache_clear()
    yield made
    door.context.cache_clear()


def serving_tls(issuer: trustme.CA, host: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(host).configure_cert(context)
    return context


def account(host: str, imap_port: int, smtp_port: int, security: str) -> Account:
    settings = {
        "address": "support@brand.test",
        "imap_host": host,
        "imap_port": str(imap_port),
        "imap_security": security,
        "smtp_port": str(smtp_port),
        "smtp_security": security,
    }
    credentials = {"password": "a-password", "reply_key": "a-key"}
    return Account(network="email", name="Support", base_url="", settings=settings, credentials=credentials)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_comes_and_goes_encrypted(loopback: None, authority: trustme.CA, security: str) -> None:
    world, tls = World(), serving_tls(authority)
    options: dict[str, Any] = {"tls": tls, "starttls": security == "starttls"}
    with imap.serving(world, **options) as reads, smtp.serving(world, **options) as sends:
        connector = Email(account("localhost", reads.port, sends.port, security))
        world.inbox.add(mail())
        assert connector.verify() == "support@brand.test"
        (item,) = told(connector)
        connector.reply(answer(item))
        assert len(world.sent) == 1
        assert len(world.folders["Sent"].mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("what", ["stranger", "other name"])
def test_s30_who_cannot_prove_its_name_gets_no_password(
    loopback: None, authority: trustme.CA, security: str, what: str
) -> None:
    issuer = trustme.CA() if what == "stranger" else authority
    tls = serving_tls(issuer, "localhost" if what == "stranger" else "mail.other.test")
    world = World()
    with ExitStack() as stack:
        reads = stack.enter_context(imap.serving(world, tls=tls, starttls=security == "starttls"))
        sends = stack.enter_context(smtp.serving(world, tls=tls, starttls=security == "starttls"))
        connector = Email(account("localhost", reads.port, sends.port, security))
        for step in connector.steps():
            with pytest.raises(ConnectorError, match="certificate of localhost cannot be trusted") as caught:
                step.run()
            assert caught.value.permanent
            assert caught.value.remedy
        assert not [one for one in reads.commands if one.startswith("LOGIN")]


def test_s30_a_server_without_starttls_gets_no_password(loopback: None) -> None:
    world = World()
    with imap.serving(world) as reads, smtp.serving(world) as sends:
        for step in Email(account("127.0.0.1", reads.port, sends.port, "starttls")).steps():
            with pytest.raises(ConnectorError):
                step.run()
        assert not [one for one in reads.commands if one.startswith("LOGIN")]


def test_s30_a_public_server_gets_no_password_in_the_clear(
    loopback: None, monkeypatch: pytest.MonkeyPatch, settings: pytest.FixtureRequest
) -> None:
    world = World()
    with imap.serving(world) as reads, smtp.serving(world) as sends:
        connector = Email(account("127.0.0.1", reads.port, sends.port, "plain"))
        told(connector)
        real = outbound.connect
        monkeypatch.setattr(outbound, "connect", lambda *args, **kwargs: _elsewhere(real(*args, **kwargs)))
        for step in connector.steps():
            with pytest.raises(ConnectorError, match="without encryption") as caught:
                step.run()
            assert caught.value.permanent


class _elsewhere:
    """A connection that leads to a public address, as far as anybody can see."""

    def __init__(self, connection: object) -> None:
        self._connection = connection

    def getpeername(self) -> tuple[str, int]:
        return "93.184.216.34", 143

    def close(self) -> None:
        self._connection.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "localhost"])
def test_s18_mail_servers_are_reached_through_the_one_door(settings: object, address: str) -> None:
    connector = Email(account(address, 1, 1, "tls"))
    for step in connector.steps():
        with pytest.raises(ConnectorError, match="not a public address") as caught:
            step.run()
        assert caught.value.permanent
        assert "OUTBOUND_ALLOW" in caught.value.remedy
