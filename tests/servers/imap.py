"""A stand-in for an IMAP server (RFC 3501, with SASL-IR's second step, SPECIAL-USE and XOAUTH2), with faults on demand.

Written from the standards, not from the connector: numbers, ranges, partial sections, BODYSTRUCTURE, flags that change
when somebody reads without PEEK. Faults match commands: `faults.add("cut", "UID FETCH", count=1)`.
"""

import re
import socketserver
import ssl
import threading
from base64 import b64decode, b64encode
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from tests.servers.faults import Faults
from tests.servers.imap_mails import fetched, searched
from tests.servers.mail_world import Folder, World
from tests.servers.serving import running

_LITERAL = re.compile(rb"\{(\d+)\}\r?\n$")
_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(\((?:[^()]|\([^()]*\))*\))|([^\s"]+))')
# As much as a client sends in one command, literals aside.
_LONGEST = 200_000


class Cut(Exception):
    """The connection ends here."""


class Server(socketserver.ThreadingTCPServer):
    """The stand-in: its `world` can be changed and its `commands` read while it runs."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, world: World, *, tls: ssl.SSLContext | None = None, starttls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.world, self.tls, self.starttls = world, tls, starttls
        self.faults = Faults()
        self.commands: list[str] = []
        self.bytes_sent = 0
        self.closing = threading.Event()
        self.port: int = self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are what these tests are about."""

    def shutdown(self) -> None:
        """As the base class; who is kept waiting waits no longer."""
        self.closing.set()
        super().shutdown()


class _Session(socketserver.StreamRequestHandler):
    server: Server

    def setup(self) -> None:
        if self.server.tls and not self.server.starttls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self.user, self.folder, self.reads_only = "", None, False
        try:
            effect = self.server.faults.take("IMAP", "CONNECT")
            if effect["type"]:
                self._misbehave(effect, "*")
            self.say("* OK [CAPABILITY " + self._abilities() + "] ready")
            while line := self._command():
                tag, _, rest = line.partition(" ")
                self.server.commands.append(re.sub(r"(?i)^(login \S+|authenticate \S+).*", r"\1 …", rest))
                effect = self.server.faults.take("IMAP", rest)
                if effect["type"]:
                    self._misbehave(effect, tag)
                else:
                    self._answer(tag, rest)
        except (Cut, OSError, ValueError):
            return

    folder: Folder | None

    def say(self, line: str | bytes) -> None:
        """Send a line."""
        told = (line.encode() if isinstance(line, str) else line) + b"\r\n"
        self.server.bytes_sent += len(told)
        self.wfile.write(told)
        self.wfile.flush()

    def _abilities(self) -> str:
        more = " STARTTLS LOGINDISABLED" if self.server.starttls else ""
        return "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SPECIAL-USE" + more

    def _command(self) -> str:
        """One command; what comes as a literal stands in it as the name of where it is kept."""
        self.literals: list[bytes] = []
        whole = ""
        while True:
            line = self.rfile.readline(_LONGEST)
            found = _LITERAL.search(line)
            if not found:
                return whole + line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            self.say("+ go on")
            self.literals.append(self.rfile.read(int(found[1])))
            whole += line[: found.start()].decode() + f'"literal {len(self.literals) - 1}"'

    def _misbehave(self, effect: dict[str, Any], tag: str) -> None:  # noqa: C901
        match effect["type"]:
            case "no":
                self.say(f"{tag} NO {effect.get('text', '[UNAVAILABLE] Try again later')}")
                return
            case "bye":
                self.say(f"* BYE {effect.get('text', 'Server is shutting down')}")
            case "silent":
                self.server.closing.wait(60)
            case "drip":
                while not self.server.closing.wait(0.05):
                    self.wfile.write(b"*")
            case "garbage":
                self.say(effect.get("text", "* 1 FETCH (UID (((( BODY[] {9"))
                self.say(f"{tag} OK done")
                return
            case "endless":
                for _ in range(effect.get("lines", 2_000_000)):
                    self.wfile.write(b"* 1 FETCH (FLAGS (" + b"x" * 900 + b"))\r\n")
            case "huge":
                self.wfile.write(b"* 1 FETCH (UID 1 BODY[] {3000000000}\r\n")
                while not self.server.closing.is_set():
                    self.wfile.write(b"x" * 65536)
        raise Cut

    def _answer(self, tag: str, rest: str) -> None:
        name, _, arguments = rest.partition(" ")
        name = name.upper()
        if name == "UID":
            name, _, arguments = arguments.partition(" ")
            name = f"UID_{name.upper()}"
        needs = "" if name in ("CAPABILITY", "NOOP", "LOGOUT", "LOGIN", "AUTHENTICATE", "STARTTLS") else "login"
        method = getattr(self, f"_do_{name.lower()}", None)
        if method is None:
            self.say(f"{tag} BAD unknown command")
        elif needs and not self.user:
            self.say(f"{tag} BAD log in first")
        elif name in ("UID_SEARCH", "UID_FETCH") and self.folder is None:
            self.say(f"{tag} BAD no folder is open")
        else:
            with self.server.world.lock:
                answer = method(arguments)
            if answer is not None:
                self.say(f"{tag} {answer}")

    def _words(self, arguments: str) -> list[str]:
        found = []
        for quoted, group, plain in _WORD.findall(arguments):
            found.append(re.sub(r"\\(.)", r"\1", quoted) if quoted or not (group or plain) else group or plain)
        return found

    def _do_capability(self, _: str) -> str:
        self.say(f"* CAPABILITY {self._abilities()}")
        return "OK done"

    def _do_noop(self, _: str) -> str:
        return "OK done"

    def _do_logout(self, _: str) -> str:
        self.say("* BYE see you")
        return "OK done"

    def _do_starttls(self, _: str) -> str | None:
        if not self.server.starttls or self.server.tls is None:
            return "BAD no such thing"
        return "OK begin"

    def _do_login(self, arguments: str) -> str:
        user, password = self._words(arguments)[:2]
        if not self.server.world.accepts(user, password):
            return "NO [AUTHENTICATIONFAILED] Authentication failed."
        self.user = user
        return "OK [CAPABILITY " + self._abilities() + "] Logged in"

    def _do_authenticate(self, arguments: str) -> str:
        self.say("+ ")
        told = b64decode(self.rfile.readline(20_000)).decode()
        if arguments.upper() == "PLAIN":
            _, user, password = told.split("\0")
            accepted = self.server.world.accepts(user, password)
        else:
            found = re.fullmatch("user=([^\1]*)\1auth=Bearer ([^\1]*)\1\1", told)
            user, token = found.groups() if found else ("", "")
            accepted = self.server.world.accepts_token(user, token)
            if not accepted:
                self.say(b"+ " + b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'))
                if self.rfile.readline(100).strip():
                    return "BAD an empty line was expected"
        self.user = user if accepted else ""
        return "OK Success" if accepted else "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"

    def _do_list(self, _: str) -> str:
        for name in self.server.world.folders:
            flags = "\\HasNoChildren" + (" \\Sent" if name == "Sent" else "")
            self.say(f'* LIST ({flags}) "/" "{name}"')
        return "OK done"

    def _do_examine(self, arguments: str) -> str:
        self.reads_only = True
        return self._open(arguments)

    def _do_select(self, arguments: str) -> str:
        self.reads_only = False
        return self._open(arguments)

    def _open(self, arguments: str) -> str:
        name = self._words(arguments)[0]
        self.folder = self.server.world.folders.get(name)
        if self.folder is None:
            return f"NO Mailbox doesn't exist: {name}"
        self.say(f"* {len(self.folder.mails)} EXISTS")
        self.say("* 0 RECENT")
        self.say("* FLAGS (\\Seen \\Answered)")
        self.say(f"* OK [UIDVALIDITY {self.folder.validity}] UIDs valid")
        self.say(f"* OK [UIDNEXT {self.folder.next_uid}] Predicted next UID")
        return f"OK [READ-{'ONLY' if self.reads_only else 'WRITE'}] done"

    def _do_uid_search(self, arguments: str) -> str:
        assert self.folder is not None
        found = searched(self.folder, self._words(arguments))
        self.say("* SEARCH" + "".join(f" {uid}" for uid in found))
        return "OK done"

    def _do_uid_fetch(self, arguments: str) -> str:
        assert self.folder is not None
        for line in fetched(self.folder, arguments, marks=not self.reads_only):
            self.say(line)
        return "OK done"

    def _do_append(self, arguments: str) -> str:
        words = self._words(arguments)
        folder = self.server.world.folders.get(words[0])
        if folder is None:
            return "NO [TRYCREATE] Mailbox doesn't exist"
        flags = set(words[1].strip("()").split()) if len(words) > 2 else set()
        folder.add(self.literals[-1], datetime.now(UTC), flags)
        return "OK [APPENDUID] done"

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            return


class _Upgrading(_Session):
    """STARTTLS changes the connection under the session."""

    def _answer(self, tag: str, rest: str) -> None:
        super()._answer(tag, rest)
        if rest.upper() == "STARTTLS" and self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            self.rfile = self.request.makefile("rb")
            self.wfile = self.request.makefile("wb", 0)


def serving(world: World | None = None, **options: Any) -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    server = Server(world or World(), **options)
    if server.starttls:
        server.RequestHandlerClass = _Upgrading
    return running(server)
