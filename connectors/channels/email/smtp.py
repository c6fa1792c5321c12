"""Handing a mail to its SMTP server, so that afterwards it is known whether the server took it.

Until the line that ends the mail is written the server has certainly not taken it. From then on nobody knows until it
answers.
"""

import re
import smtplib
import socket
from base64 import b64encode

from connectors import outbound
from connectors.channels.email import door
from connectors.channels.email.compose import Letter
from connectors.channels.email.options import Login, Server
from connectors.clean import clean_text
from connectors.protocol import ConnectorError

SECONDS = 20.0
_LEADING_DOT = re.compile(rb"(?m)^\.")
_REMEDIES = {
    "login": "Check user name and password. Google and Microsoft want that you sign in, or an app password; Microsoft"
    " also that authenticated SMTP is allowed for the mailbox.",
    "sender": "The server does not let us send from this address: check the address and the login.",
    "recipient": "The address does not take this mail. Write another way.",
    "content": "The server does not take this mail. Shorten it, or leave files out.",
}


class _Client(smtplib.SMTP):
    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        # A name that was looked up could take minutes, and tells something of this machine.
        super().__init__(timeout=door.READ_SECONDS, local_hostname=name)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return door.connected(host, port, self._server.security)

    def encrypt(self) -> None:
        """STARTTLS; without it nothing goes on."""
        code, said = self.docmd("STARTTLS")
        if code != 220 or self.sock is None:
            raise _Refused("login", code, said)
        self.sock = door.secured(self.sock, self._server.host)
        self.file = None
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False

    def finish(self) -> tuple[int, bytes]:
        """The end of the mail, and the server's answer to all of it."""
        self.send(b".\r\n")
        return self.getreply()


class _Refused(Exception):
    def __init__(self, what: str, code: int, said: bytes) -> None:
        super().__init__()
        self.what, self.code, self.said = what, code, said


def check(server: Server, login: Login, name: str) -> None:
    """Log in and take leave. Raises ConnectorError."""
    with outbound.deadline(SECONDS), _told(server, []):
        client = _opened(server, login, name)
        client.docmd("QUIT")
        client.close()


def send(server: Server, login: Login, sender: str, letter: Letter) -> None:
    """Hand over a mail. Raises ConnectorError, `unknown` unless the server certainly did not take it."""
    ended: list[bool] = []
    with outbound.deadline(SECONDS), _told(server, ended):
        client = _opened(server, login, sender.rpartition("@")[2])
        try:
            _hand_over(client, sender, letter, ended)
        finally:
            client.close()


def _opened(server: Server, login: Login, name: str) -> _Client:
    client = _Client(server, name if name.isascii() and name else "localhost")
    try:
        code, said = client.connect(server.host, server.port)
        if code != 220:
            raise _Refused("login", code, said)
        client.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            client.encrypt()
            client.ehlo_or_helo_if_needed()
        if login.secret:
            _log_in(client, login)
    except BaseException:
        client.close()
        raise
    return client


def _log_in(client: _Client, login: Login) -> None:
    if not login.is_token:
        if "PLAIN" not in str(client.esmtp_features.get("auth", "")).upper().split():
            client.login(login.user, login.secret)
            return
        # smtplib takes ASCII only.
        shown = b64encode(f"\0{login.user}\0{login.secret}".encode()).decode()
        code, said = client.docmd("AUTH", f"PLAIN {shown}")
        if code != 235:
            raise _Refused("login", code, said)
        return
    shown = b64encode(f"user={login.user}\1auth=Bearer {login.secret}\1\1".encode()).decode()
    code, said = client.docmd("AUTH", f"XOAUTH2 {shown}")
    if code == 334:
        # The refusal stands in the challenge; the server says so once it was answered.
        code, said = client.docmd("")
    if code != 235:
        raise _Refused("login", code, said)


def _hand_over(client: _Client, sender: str, letter: Letter, ended: list[bool]) -> None:
    options = []
    if client.has_extn("size"):
        options.append(f"SIZE={len(letter.content)}")
    if not (sender + "".join(letter.recipients)).isascii():
        if not client.has_extn("smtputf8"):
            raise _Refused("recipient", 553, b"The mail server takes no addresses with such characters (SMTPUTF8).")
        client.command_encoding = "utf-8"
        options += ["SMTPUTF8", "BODY=8BITMIME"]
    _expect(client.mail(sender, options), "sender")
    for recipient in letter.recipients:
        _expect(client.rcpt(recipient), "recipient")
    code, said = client.docmd("DATA")
    if code != 354:
        raise _Refused("content", code, said)
    client.send(_LEADING_DOT.sub(b"..", letter.content))
    ended.append(True)
    code, said = client.finish()
    ended.clear()
    _expect((code, said), "content")


def _expect(answer: tuple[int, bytes], what: str) -> None:
    if answer[0] not in (250, 251):
        raise _Refused(what, *answer)


class _told:  # noqa: N801 - a context manager, named as what it does
    """Tells failures as ConnectorError; those after the end of the mail leave open what became of it."""

    def __init__(self, server: Server, ended: list[bool]) -> None:
        self._server, self._ended = server, ended

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, ConnectorError):
            return
        told = self._error(error)
        told.unknown = bool(self._ended)
        told.permanent = told.permanent and not told.unknown
        raise told from error

    def _error(self, error: Exception) -> ConnectorError:
        host = self._server.host
        if isinstance(error, smtplib.SMTPServerDisconnected):
            cause = error.__context__ if isinstance(error.__context__, OSError) else error
            return door.failure(TimeoutError() if "timed out" in str(error) else cause, host)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            remedy = "Choose TLS or STARTTLS, or ask whoever runs the server."
            return ConnectorError(f"{host} offers no login that we know.", remedy=remedy, permanent=True)
        if isinstance(error, smtplib.SMTPResponseException):
            error = _Refused("login", error.smtp_code, _bytes(error.smtp_error))
        if isinstance(error, _Refused):
            return _refusal(error, host)
        return door.failure(error, host)


def _refusal(error: _Refused, host: str) -> ConnectorError:
    words = clean_text(" ".join(error.said.decode("utf-8", "replace").split()))[:400]
    permanent = 500 <= error.code < 600
    remedy = _REMEDIES[error.what] if permanent else ""
    return ConnectorError(f"{host} says: {error.code} {words}".strip(), remedy=remedy, permanent=permanent)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode(errors="replace")
