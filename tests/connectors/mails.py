"""A mail server, a channel at it, and mails to put there, for the tests of the e-mail connector."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any

from connectors.channels.email.connector import Email
from connectors.incoming import Incoming
from connectors.protocol import Account, Original, Outgoing
from tests.connectors.bench import original_of, told
from tests.servers import imap, mail_oauth, smtp
from tests.servers.mail_world import World

KEY = "a-key-that-nobody-guesses"
_numbers = count(1)


def mail(
    text: str = "Hello, my order did not arrive.",
    *,
    sender: str = "Dana <dana@cust.test>",
    subject: str = "My order",
    at: datetime | None = None,
    message_id: str | None = "",
    **headers: str,
) -> bytes:
    """A mail as it lies at the server; other headers by name, with _ for -."""
    identity = f"<m{next(_numbers)}@cust.test>" if message_id == "" else message_id
    told = {
        "From": sender,
        "To": "support@brand.test",
        "Subject": subject,
        "Date": format_datetime(at or datetime.now(UTC)),
        "Message-ID": identity,
        "Content-Type": "text/plain; charset=utf-8",
    }
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in told.items() if value is not None]
    return "\r\n".join([*lines, "", text]).replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "surrogatepass")


@dataclass
class Post:
    """Both servers of a company, and what its people see of them."""

    world: World
    imap: imap.Server
    smtp: smtp.Server
    oauth: mail_oauth.Server

    def account(
        self, *, login: str = "password", credentials: dict[str, str] | None = None, **settings: Any
    ) -> Account:
        """A channel at these servers."""
        known = {
            "address": "support@brand.test",
            "display_name": "Brand",
            "login": login,
            "imap_host": "127.0.0.1",
            "imap_port": str(self.imap.port),
            "imap_security": "plain",
            "smtp_host": "127.0.0.1",
            "smtp_port": str(self.smtp.port),
            "smtp_security": "plain",
            "client_id": "an-application",
        }
        if credentials is None:
            credentials = {"password": "a-password", "reply_key": KEY, "client_secret": "its-secret"}
        return Account(
            network="email",
            name="Support",
            base_url=self.oauth.url if login != "password" else "",
            handle="support@brand.test",
            settings=known | settings,
            credentials=credentials,
        )

    def connector(self, **settings: Any) -> Email:
        """A connector for such a channel."""
        return Email(self.account(**settings))

    def arrives(self, content: bytes, at: datetime | None = None) -> None:
        """A mail comes in."""
        self.world.inbox.add(content, at)

    def one(self, content: bytes, **settings: Any) -> Incoming:
        """What the connector makes of a mail that is the only one."""
        self.world.inbox.mails.clear()
        self.arrives(content)
        (item,) = told(self.connector(**settings))
        return item

    def break_down(self) -> None:
        """Nobody can read, and of what is sent nobody hears whether it arrived."""
        self.imap.faults.add("bye", "CONNECT")
        self.smtp.faults.add("cut", "DATA")


@contextmanager
def post() -> Iterator[Post]:
    """Servers for the length of a `with` block."""
    world = World()
    with ExitStack() as stack:
        yield Post(
            world,
            stack.enter_context(imap.serving(world)),
            stack.enter_context(smtp.serving(world)),
            stack.enter_context(mail_oauth.serving(world)),
        )


def answer(item: Incoming, text: str = "Thank you, we look into it.", **options: Any) -> Outgoing:
    """A reply to it."""
    return Outgoing(
        text=text,
        original=original_of(item),
        client_key=options.pop("client_key", "6f1f0b5e-3f0e-4a3c-9d0e-0c6a4c1d2e3f"),
        queued_at=options.pop("queued_at", datetime.now(UTC) - timedelta(seconds=10)),
        **options,
    )


__all__ = ["KEY", "Original", "Post", "answer", "mail", "original_of", "post", "told"]
