"""A mailbox at its IMAP server, by way of imap-tools over sockets of our own.

Folders are opened for reading only, so nothing is ever marked as seen. What a server may send in answer to one command
is limited, and so is the time it may take.
"""

import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, UnexpectedCommandStatusError
from imap_tools.utils import encode_folder

from connectors import outbound
from connectors.channels.email import answers, door
from connectors.channels.email.options import Login, Server
from connectors.channels.email.refusals import login_failed, passes, refusal, words
from connectors.protocol import ConnectorError

# Of the answer to one command; more than any that we ask for.
MAX_ANSWER = 48 * 1024 * 1024
_QUOTED = re.compile(r'["\\\r\n\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as it was when it was opened."""

    validity: int
    next_uid: int
    exists: int


class _Client(imaplib.IMAP4):
    """imaplib's client over a socket of ours; reads no more than it may."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._taken = 0
        super().__init__(server.host, server.port, door.READ_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return door.connected(self._server.host, self._server.port, self._server.security)

    def begin(self) -> None:
        """What comes from now on is the answer to a new command, and under the deadline that runs now."""
        self._taken = 0
        outbound.watch(self.sock)

    def read(self, size: int) -> bytes:
        """As the base class."""
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        """As the base class."""
        line = super().readline()
        self._take(len(line))
        return line

    def _take(self, size: int) -> None:
        self._taken += size
        if self._taken > MAX_ANSWER:
            raise self.abort(f"it sent more than {MAX_ANSWER} bytes in answer to one command")

    def encrypt(self) -> None:
        """STARTTLS. What was sent before it, by whoever, counts for nothing."""
        answer, said = self._simple_command("STARTTLS")
        if answer != "OK":
            raise ConnectorError(
                f"{self._server.host} offers no encryption: {words(said)}",
                remedy="Choose TLS, or ask whoever runs the server.",
                permanent=True,
            )
        self.sock = door.secured(self.sock, self._server.host)
        self.file = self.sock.makefile("rb")
        self._tls_established = True
        self._get_capabilities()


class _Box(BaseMailBox):
    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._server)
        if self._server.security == "starttls":
            client.encrypt()
        return client


class Mailbox:
    """A connection to somebody's mail that is logged in."""

    def __init__(self, server: Server, login: Login) -> None:
        self._server = server
        if re.search(r"[\r\n\x00]", login.user + login.secret):
            message = "The user name or the password holds characters that none has."
            raise ConnectorError(message, remedy="Enter them again.", permanent=True)
        with self._speaking():
            self._box = _Box(server)
        try:
            with self._speaking():
                self._begin()
                self._log_in(login)
        except ConnectorError as error:
            self.close()
            # Some servers repeat what they do not understand.
            error.message = error.message.replace(login.secret, "…") if login.secret else error.message
            raise

    def _begin(self) -> imaplib.IMAP4:
        client = self._box.client
        if isinstance(client, _Client):
            client.begin()
        return client

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """One command: limited in time, its failures told as ConnectorError."""
        with outbound.deadline(door.TOTAL_SECONDS) as deadline:
            try:
                yield
            except UnexpectedCommandStatusError as error:
                raise refusal(error, self._server.host) from error
            except imaplib.IMAP4.abort as error:
                expired = TimeoutError() if deadline.expired or "timed out" in str(error) else error
                raise door.failure(expired, self._server.host) from error
            except imaplib.IMAP4.error as error:
                message = f"{self._server.host} says: {words(str(error))}"
                raise ConnectorError(message, permanent=False) from error
            except (
                OSError,
                ImapToolsError,
                outbound.Refused,
                ValueError,
                LookupError,
                TypeError,
                AttributeError,
            ) as error:
                # Of the last four imaplib raises each over answers that are none.
                cause: Exception = TimeoutError() if deadline.expired else error
                raise door.failure(cause, self._server.host) from error

    def _log_in(self, login: Login) -> None:
        if login.is_token:
            self._show_token(login)
        elif (login.user + login.secret).isascii():
            self._box.login(login.user, login.secret, initial_folder=None)
        else:
            self._box.login_utf8(login.user, login.secret, initial_folder=None)

    def _show_token(self, login: Login) -> None:
        """XOAUTH2. A refusal is explained in a second step, which wants an empty answer."""
        told = [f"user={login.user}\1auth=Bearer {login.secret}\1\1".encode()]
        try:
            self._box.client.authenticate("XOAUTH2", lambda _: told.pop() if told else b"")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise login_failed(words(str(error)), self._server.host) from None

    def open(self, folder: str) -> Opened:
        """Open a folder for reading. Raises ConnectorError; a folder that is not there is permanent."""
        with self._speaking():
            client = self._begin()
            status, said = client.select(encode_folder(folder).decode(), readonly=True)
            if status != "OK":
                raise ConnectorError(
                    f"{self._server.host} does not open the folder {folder}: {words(said)}",
                    remedy="Check the folder's name in the channel's settings.",
                    permanent=not passes(said),
                )
            told = {name: client.response(name)[1] for name in ("UIDVALIDITY", "UIDNEXT")}
            validity, next_uid = (answers.number((told[name] or [b""])[-1]) for name in ("UIDVALIDITY", "UIDNEXT"))
            return Opened(validity, next_uid, answers.number((said or [b""])[-1]))

    def uids(self, criteria: str) -> list[int]:
        """The UIDs of the mails that meet the criteria, in order. Raises ConnectorError."""
        with self._speaking():
            self._begin()
            return sorted({int(uid) for uid in self._box.uids(criteria, charset=None) if uid.isdigit()})

    def with_id(self, message_id: str) -> list[int]:
        """Of the mails with this Message-ID."""
        return self.uids(f'HEADER Message-ID "{_QUOTED.sub("", message_id)}"') if message_id.isascii() else []

    def fetch(self, uids: Sequence[int], what: str) -> list[dict[str, Any]]:
        """What the server says of these mails, each with its UID. Raises ConnectorError."""
        if not uids:
            return []
        with self._speaking():
            status, data = self._begin().uid("FETCH", ",".join(map(str, uids)), f"(UID {what})")
            if status != "OK":
                raise Unfetched(f"{self._server.host} does not hand out mail {uids[0]}: {words(data)}")
            return [one for one in answers.fetched(data) if answers.number(one.get("UID")) in uids]

    def sent_folder(self) -> str:
        """Where sent mails are kept, by what the server says of its folders; empty if it doesn't."""
        with self._speaking():
            self._begin()
            folders = self._box.folder.list()
        marked = [one.name for one in folders if "\\sent" in {flag.lower() for flag in one.flags}]
        usual = ("sent", "sent items", "sent messages", "inbox.sent", "gesendet", "gesendete elemente")
        return next(iter(marked or [one.name for one in folders if one.name.lower() in usual]), "")

    def append(self, mail: bytes, folder: str) -> None:
        """Keep a mail in a folder, as one that was read. Raises ConnectorError."""
        with self._speaking():
            self._begin()
            self._box.append(mail, folder, flag_set=["\\Seen"])

    def close(self) -> None:
        """Take leave; whatever happens then is of no interest."""
        try:
            with self._speaking():
                self._begin().logout()
        except ConnectorError:
            self._box.client.shutdown()


class Unfetched(ConnectorError):
    """The server answers, but does not hand out a mail."""


@contextmanager
def logged_in(server: Server, login: Login) -> Iterator[Mailbox]:
    """A mailbox for the length of a `with` block. Raises ConnectorError."""
    mailbox = Mailbox(server, login)
    try:
        yield mailbox
    finally:
        mailbox.close()
