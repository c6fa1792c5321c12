"""What a mail server keeps: folders with numbered mails, people with passwords and tokens."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Stored:
    """A mail in a folder."""

    uid: int
    content: bytes
    at: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    """Mails with numbers that only ever grow, as long as `validity` stays."""

    validity: int = 1
    next_uid: int = 1
    mails: list[Stored] = field(default_factory=list)

    def add(self, content: bytes, at: datetime | None = None, flags: set[str] | None = None) -> Stored:
        """Put a mail in."""
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        mail = Stored(self.next_uid, content, at or datetime.now(UTC), flags or set())
        self.next_uid += 1
        self.mails.append(mail)
        return mail

    def renumber(self, start: int = 1) -> None:
        """What a server does that was moved: other numbers for the same mails, in another order."""
        self.validity += 1
        self.mails.reverse()
        for number, mail in enumerate(self.mails, start):
            mail.uid = number
        self.next_uid = start + len(self.mails)


class World:
    """One person's mailbox, and what is sent through the server."""

    def __init__(self, user: str = "support@brand.test", password: str = "a-password") -> None:
        self.passwords = {user: password}
        self.tokens: dict[str, str] = {}
        self.folders = {"INBOX": Folder(), "Sent": Folder()}
        # Whether the server itself keeps what is sent through it.
        self.keeps_sent = False
        # (sender, recipients, content) of everything that it took.
        self.sent: list[tuple[str, list[str], bytes]] = []
        self.lock = threading.RLock()

    @property
    def inbox(self) -> Folder:
        """Where mail arrives."""
        return self.folders["INBOX"]

    def accepts(self, user: str, password: str) -> bool:
        """Whether this is the person's password."""
        return user in self.passwords and self.passwords[user] == password

    def accepts_token(self, user: str, token: str) -> bool:
        """Whether somebody signed in for this."""
        return self.tokens.get(token) == user

    def take(self, sender: str, recipients: list[str], content: bytes) -> None:
        """A mail was sent."""
        with self.lock:
            self.sent.append((sender, recipients, content))
            if self.keeps_sent:
                self.folders["Sent"].add(content, flags={"\\Seen"})
