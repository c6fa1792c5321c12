"""Reports of mails that could not be delivered (RFC 3464), in words. Pure."""

import re
from email.message import Message
from typing import Any

from connectors.channels.email import headers
from connectors.clean import clean_name

_PREFIX = re.compile(r"^\s*(?:rfc822|smtp|x-[\w-]+|utf-8|dns|unknown)\s*;\s*", re.IGNORECASE)
_ID = re.compile(r"^message-id\s*:\s*<([^<>\s]{1,990})>", re.IGNORECASE | re.MULTILINE)
_MOST = 20


def read(report: Message) -> dict[str, Any] | None:
    """Who did not get it, what the server said, and the id of the mail; None where the report doesn't tell."""
    found: dict[str, Any] | None = None
    original = ""
    for part in list(report.walk())[:_MOST]:
        kind = part.get_content_type()
        if kind == "message/delivery-status" and found is None:
            found = _status(part)
        elif kind in ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"):
            original = original or _id_of(part)
    return found | {"message_id": original} if found else None


def _status(part: Message) -> dict[str, Any] | None:
    """The first recipient of whom the report says something bad."""
    payload = part.get_payload()
    blocks = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
    for block in blocks:
        action = _value(block, "Action").lower()
        if action in ("failed", "delayed"):
            recipient = _value(block, "Original-Recipient") or _value(block, "Final-Recipient")
            known = headers.addresses([recipient], 1)
            return {
                "action": action,
                "recipient": known[0][1] if known else recipient,
                "status": _value(block, "Status")[:20],
                "said": _value(block, "Diagnostic-Code"),
            }
    return None


def _value(block: Message, name: str) -> str:
    return clean_name(_PREFIX.sub("", headers.decoded(str(block.get(name, "")))), 500)


def _id_of(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        inner = payload[0] if payload else None
        ids = headers.message_ids([str(inner.get("Message-ID", ""))]) if isinstance(inner, Message) else []
        return ids[0] if ids else ""
    match = _ID.search(str(payload)[:50_000])
    return match[1] if match else ""


def in_words(bounce: dict[str, Any]) -> str:
    """What happened, for whoever wrote the mail."""
    said = ": ".join(filter(None, (bounce["status"], bounce["said"])))
    if bounce["action"] == "delayed":
        words = f"The reply to {bounce['recipient']} has not arrived yet. The mail server goes on trying."
    else:
        words = f"The reply to {bounce['recipient']} could not be delivered."
    return f"{words}\nThe mail server says: {said}" if said else words
