"""A stand-in for an SMTP server that takes mail from whoever logs in, with faults on demand.

Faults match what is going on: `faults.add("refuse", "RCPT", code=550, text="5.1.1 No such user")`, `faults.add("lose",
"DATA")` takes the mail and breaks off before it says so, `faults.add("silent", "DATA")` says nothing more.
"""

import asyncio
import re
import ssl
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.faults import Faults
from tests.servers.mail_world import World


class Server:
    """The stand-in's handler: `world.sent` is what it took."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = Faults()
        self.port = 0

    async def _fault(self, server: SMTP, what: str) -> str:
        """The answer in place of the usual one, if any."""
        effect: dict[str, Any] = self.faults.take("SMTP", what)
        match effect["type"]:
            case "refuse":
                return f"{effect.get('code', 550)} {effect.get('text', '5.7.1 Not now')}"
            case "cut":
                _break_off(server)
                return "421 gone"
            case "silent":
                await asyncio.sleep(60)
        return ""

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> AuthResult:
        """As aiosmtpd asks."""
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        accepted = self.world.accepts(data.login.decode(), data.password.decode())
        return AuthResult(success=accepted, handled=False)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        """Tokens; a refusal is a challenge that wants an empty answer, and only then an error."""
        found = re.fullmatch("user=([^\1]*)\1auth=Bearer ([^\1]*)\1\1", b64decode(args[1]).decode())
        if found and self.world.accepts_token(*found.groups()):
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}')
        await server.push("535 5.7.8 Username and Password not accepted.")
        return AuthResult(success=False, handled=True)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """The sender."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if fault := await self._fault(server, "MAIL"):
            return fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A recipient."""
        if fault := await self._fault(server, f"RCPT {address}"):
            return fault
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The whole mail is there."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        effect = self.faults.take("SMTP", "DATA")
        if effect["type"] in ("", "lose", "silent"):
            self.world.take(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        match effect["type"]:
            case "refuse":
                return f"{effect.get('code', 451)} {effect.get('text', '4.3.0 Try again')}"
            case "cut" | "lose":
                _break_off(server)
            case "silent":
                await asyncio.sleep(60)
        return "250 2.0.0 Ok: queued"


def _break_off(server: SMTP) -> None:
    transport: Any = server.transport
    transport.abort()


class _Controller(Controller):
    def _trigger_server(self) -> None:
        # It knocks at the port that it was given, which is none yet.
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(
    world: World | None = None, *, tls: ssl.SSLContext | None = None, starttls: bool = False
) -> Iterator[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    server = Server(world or World())
    controller = _Controller(
        server,
        hostname="127.0.0.1",
        port=0,
        ssl_context=None if starttls else tls,
        tls_context=tls if starttls else None,
        require_starttls=starttls,
        authenticator=server.authenticate,
        auth_required=False,
        auth_require_tls=False,
        enable_SMTPUTF8=True,
        ident="stand-in",
    )
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        controller.stop()
