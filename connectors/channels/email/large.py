"""Mails as they are fetched: small ones whole, of large ones the header and what is text. The rest stays there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.channels.email import answers
from connectors.channels.email.headers import MAX_HEADER
from connectors.channels.email.imap import Mailbox

# Up to here a mail is fetched whole; it is also the most that is fetched of one in a pull.
WHOLE = 4 * 1024 * 1024
MAX_TEXT = 1_000_000
_MOST_TEXTS = 4


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail before it is fetched."""

    uid: int
    size: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as the child process wants it (connectors/channels/email/mime.py)."""

    listed: Listed
    item: bytes = field(repr=False)
    header: bytes = field(repr=False)


def listed(mailbox: Mailbox, uids: Sequence[int]) -> list[Listed]:
    """Size and time of mails, in the order of their UIDs. Raises ConnectorError."""
    found = {
        answers.number(one.get("UID")): Listed(
            answers.number(one.get("UID")),
            answers.number(one.get("RFC822.SIZE")),
            answers.time(one.get("INTERNALDATE")),
        )
        for one in mailbox.fetch(uids, "INTERNALDATE RFC822.SIZE")
    }
    return [found[uid] for uid in sorted(found)]


def whole(mailbox: Mailbox, mails: Sequence[Listed]) -> list[Fetched]:
    """Small mails as they are. One that vanished meanwhile is left out. Raises ConnectorError."""
    found: dict[int, bytes] = {}
    # Asked for in part, for what a server says of sizes is not always true.
    for one in mailbox.fetch([mail.uid for mail in mails], f"BODY.PEEK[]<0.{WHOLE}>"):
        content = one.get("BODY[]<0>", one.get("BODY[]"))
        found[answers.number(one.get("UID"))] = content if isinstance(content, bytes) else b""
    return [
        Fetched(mail, json.dumps({"size": mail.size}).encode() + b"\n" + found[mail.uid], found[mail.uid][:MAX_HEADER])
        for mail in mails
        if mail.uid in found
    ]


def in_part(mailbox: Mailbox, mail: Listed) -> Fetched | None:
    """Of a large mail what can be read. None if it vanished. Raises ConnectorError."""
    asked = mailbox.fetch([mail.uid], f"BODYSTRUCTURE BODY.PEEK[HEADER]<0.{MAX_HEADER}>")
    if not asked:
        return None
    header = asked[0].get("BODY[HEADER]<0>", asked[0].get("BODY[HEADER]"))
    header = header if isinstance(header, bytes) else b""
    parts = answers.parts(asked[0].get("BODYSTRUCTURE"))
    contents = []
    for part in [one for one in parts if _is_text(one)][:_MOST_TEXTS]:
        content = _text(mailbox, mail, part)
        part["length"] = len(content)
        contents.append(content)
    how: dict[str, Any] = {"size": mail.size, "header": len(header), "parts": parts}
    return Fetched(mail, b"".join([json.dumps(how).encode(), b"\n", header, *contents]), header)


def _is_text(part: dict[str, Any]) -> bool:
    return part["type"] in ("text/plain", "text/html") and not part["is_attachment"] and not part["name"]


def _text(mailbox: Mailbox, mail: Listed, part: dict[str, Any]) -> bytes:
    number = part["number"]
    for one in mailbox.fetch([mail.uid], f"BODY.PEEK[{number}]<0.{MAX_TEXT}>"):
        content = one.get(f"BODY[{number}]<0>", one.get(f"BODY[{number}]"))
        if isinstance(content, bytes):
            return content
    return b""
