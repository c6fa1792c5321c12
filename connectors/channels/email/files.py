"""An attachment, fetched from the mail that it came with."""

from base64 import b64decode
from binascii import Error, a2b_qp, a2b_uu

from connectors.channels.email.imap import Mailbox
from connectors.channels.email.items import MAX_MEDIA, media_place
from connectors.protocol import ConnectorError, Media

# Base64 takes a third more, and its line ends.
_MAX_ENCODED = MAX_MEDIA * 14 // 10


def fetch(mailbox: Mailbox, url: str) -> Media | None:
    """What lies behind an address that connectors/channels/email/items.py made; None for any other. Raises
    ConnectorError."""
    place = media_place(url)
    if place is None:
        return None
    folder, validity, uid, part, message_id, encoding, kind, name = place
    content = _content(mailbox, _found(mailbox, folder, validity, uid, message_id), part)
    if len(content) > _MAX_ENCODED:
        remedy = "Open the mail in a mail program."
        raise ConnectorError(f"{name} is larger than {MAX_MEDIA // 1024**2} MB.", remedy=remedy, permanent=True)
    return Media(content=_decoded(content, encoding), content_type=kind, name=name)


def _found(mailbox: Mailbox, folder: str, validity: int, uid: int, message_id: str) -> int:
    """The number that the mail has now."""
    opened = mailbox.open(folder)
    if opened.validity == validity:
        return uid
    found = mailbox.with_id(message_id) if message_id else []
    if not found:
        raise _gone()
    return found[-1]


def _content(mailbox: Mailbox, uid: int, part: str) -> bytes:
    for one in mailbox.fetch([uid], f"BODY.PEEK[{part}]<0.{_MAX_ENCODED + 1}>"):
        content = one.get(f"BODY[{part}]<0>", one.get(f"BODY[{part}]"))
        if isinstance(content, bytes):
            return content
    raise _gone()


def _gone() -> ConnectorError:
    message = "The mail is not at the mail server any more, and its attachments with it."
    return ConnectorError(message, remedy="Look in other folders with a mail program.", permanent=True)


def _decoded(content: bytes, encoding: str) -> bytes:
    try:
        match encoding:
            case "base64":
                kept = content.translate(None, b" \t\r\n")
                return b64decode(kept + b"=" * (-len(kept) % 4))
            case "quoted-printable":
                return a2b_qp(content)
            case "x-uuencode" | "uuencode" | "x-uue" | "uue":
                lines = [line for line in content.splitlines() if line and not line.startswith((b"begin ", b"end"))]
                return b"".join(map(a2b_uu, lines))
    except (Error, ValueError):
        return content
    return content
