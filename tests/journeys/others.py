"""A blog, a help desk that posts to us, and mail, as networks.py has the others."""

import io
import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

from PIL import Image

from connectors import signatures
from tests.connectors.mails import Post, mail
from tests.journeys.networks import Delivery, Network, Reply
from tests.servers import feed, outlet
from tests.servers.feed import Served


class InABlog(Network):
    """A blog of Dana's: nobody can be answered there. Its picture is the one that is really fetched."""

    network, label = "feed", "a blog"
    deletes = can_reply = False
    about = base_url = ""

    def __init__(self, server: feed.Server) -> None:
        self.server, self.settings, self.credentials = server, {"url": server.url}, {}
        logo = io.BytesIO()
        Image.new("RGB", (40, 40), "red").save(logo, "PNG")
        server.pages["/logo.png"] = Served(logo.getvalue(), headers={"Content-Type": "image/png"})

    def write(self, text: str) -> str:
        """A new entry."""
        return str(self.server.add(f"entry-{len(self.server.entries)}", f"<p>{text}</p>", author="Dana").id)

    def edit(self, external_id: str, text: str) -> None:
        """Told by the feed at the next reading."""
        entry = next(one for one in self.server.entries if one.id == external_id)
        entry.content, entry.updated = f"<p>{text}</p>", datetime.now(UTC) + timedelta(seconds=2)


class AtTheHelpDesk(Network):
    """A system of one's own: it posts to us, and takes replies at an address of its own. It is connected in a form."""

    network, label, knows, tells = "webhook", "the help desk", "Dana Whitlock", True
    about = base_url = ""

    def __init__(self, server: outlet.Outlet) -> None:
        self.server, self.settings, self.credentials = server, {}, {}
        self.written: dict[str, dict[str, Any]] = {}

    def write(self, text: str) -> str:
        """It keeps what it has to tell."""
        known = f"ticket-{len(self.written)}"
        self.written[known] = self._message(known, text)
        return known

    def told(self, external_id: str) -> Delivery:
        """As docs/webhook.md says."""
        body = json.dumps(self.written[external_id]).encode()
        return Delivery(body, {signatures.HEADER: signatures.make(self.server.secret, body, datetime.now(UTC))})

    def edit(self, external_id: str, text: str) -> Delivery:
        """The same id again, and what has happened to it."""
        self.written[external_id] = self._message(external_id, text) | {"action": "edit"}
        return self.told(external_id)

    def delete(self, external_id: str) -> Delivery:
        """As above."""
        self.written[external_id] |= {"action": "delete", "posted_at": datetime.now(UTC).isoformat()}
        return self.told(external_id)

    def replies(self) -> list[Reply]:
        """What came to its address."""
        return [Reply(one["text"], one["in_reply_to"]) for one in self.server.replies.values()]

    def _message(self, external_id: str, text: str) -> dict[str, Any]:
        picture = "https://desk.example/dana.png"
        author = {"external_id": "customer-92", "handle": "dana", "name": "Dana Whitlock", "avatar_url": picture}
        now = datetime.now(UTC).isoformat()
        return {"external_id": external_id, "posted_at": now, "text": text, "author": author}


class ByMail(Network):
    """E-mail: what was sent stays as it is."""

    network, label = "email", "mail"
    has_face = edits = deletes = False
    about = base_url = ""

    def __init__(self, servers: Post) -> None:
        self.server = servers
        self.settings = {"address": "support@brand.test", "imap_host": "127.0.0.1", "smtp_host": "127.0.0.1"}
        self.settings |= {"imap_port": str(servers.imap.port), "imap_security": "plain"}
        self.settings |= {"smtp_port": str(servers.smtp.port), "smtp_security": "plain"}
        self.credentials = {"password": "a-password"}

    def write(self, text: str) -> str:
        """A mail arrives."""
        known = f"<mail-{len(self.server.world.inbox.mails)}@cust.test>"
        self.server.arrives(mail(text, message_id=known, subject=text))
        return known

    def replies(self) -> list[Reply]:
        """What went through its SMTP server."""
        found = []
        for _, recipients, content in self.server.world.sent:
            sent: Any = message_from_bytes(content, policy=policy.default)
            body = sent.get_body(("plain",)).get_content().split("\n")[0].strip()
            found.append(Reply(body, sent["In-Reply-To"], ", ".join(recipients)))
        return found
