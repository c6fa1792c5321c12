"""SEARCH and FETCH of the stand-in for an IMAP server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message

from tests.servers.mail_world import Folder, Stored

_SECTION = re.compile(r"BODY(\.PEEK)?\[([^\]]*)\](?:<(\d+)\.(\d+)>)?", re.IGNORECASE)


def numbers(asked: str, folder: Folder) -> set[int]:
    """The UIDs that a set like 3:5,9 or 7:* names; * is the last one, whatever stands before it."""
    last = max((mail.uid for mail in folder.mails), default=0)
    found: set[int] = set()
    for one in asked.split(","):
        first, _, end = one.partition(":")
        low, high = (last if edge == "*" else int(edge) for edge in (first, end or first))
        found |= set(range(min(low, high), max(low, high) + 1)) if last else set()
    return found


def searched(folder: Folder, words: list[str]) -> list[int]:
    """The UIDs of the mails that meet all criteria."""
    found = folder.mails
    words = list(words)
    while words:
        match words.pop(0).upper():
            case "CHARSET":
                words.pop(0)
            case "ALL":
                continue
            case "UID":
                wanted = numbers(words.pop(0), folder)
                found = [mail for mail in found if mail.uid in wanted]
            case "SINCE":
                day = datetime.strptime(words.pop(0) + " +0000", "%d-%b-%Y %z").date()
                found = [mail for mail in found if mail.at.date() >= day]
            case "HEADER":
                name, value = words.pop(0), words.pop(0)
                found = [mail for mail in found if value.lower() in _header(mail, name).lower()]
            case other:
                raise ValueError(other)
    return [mail.uid for mail in found]


def _header(mail: Stored, name: str) -> str:
    return " ".join(str(message_from_bytes(mail.content).get(name, "")).split())


def fetched(folder: Folder, arguments: str, *, marks: bool) -> Iterator[bytes]:
    """One answer for each mail that is asked for."""
    asked, _, what = arguments.partition(" ")
    wanted = numbers(asked, folder)
    for at, mail in enumerate(folder.mails, 1):
        if mail.uid in wanted:
            yield b"* %d FETCH (" % at + b" ".join(_items(mail, what, marks)) + b")"


def _items(mail: Stored, what: str, marks: bool) -> Iterator[bytes]:
    yield b"UID %d" % mail.uid
    if "INTERNALDATE" in what:
        yield f'INTERNALDATE "{mail.at.astimezone(UTC).strftime("%d-%b-%Y %H:%M:%S +0000")}"'.encode()
    if "RFC822.SIZE" in what:
        yield b"RFC822.SIZE %d" % len(mail.content)
    if "FLAGS" in what:
        yield b"FLAGS (" + " ".join(mail.flags).encode() + b")"
    if "BODYSTRUCTURE" in what:
        yield b"BODYSTRUCTURE " + structure(message_from_bytes(mail.content))
    for peek, section, start, length in _SECTION.findall(what):
        if marks and not peek:
            mail.flags.add("\\Seen")
        content = _section(mail.content, section)
        if content is None:
            yield f"BODY[{section}] NIL".encode()
            continue
        origin = f"<{start}>" if start else ""
        if start:
            content = content[int(start) : int(start) + int(length)]
        yield f"BODY[{section}]{origin} {{{len(content)}}}\r\n".encode() + content


def _section(mail: bytes, section: str) -> bytes | None:
    header, _, body = mail.partition(b"\r\n\r\n")
    if not section:
        return mail
    if section == "HEADER":
        return header + b"\r\n\r\n"
    if section == "TEXT":
        return body
    return _part(mail, section.split("."))


def _part(mail: bytes, path: list[str]) -> bytes | None:
    """The bytes of a part as they stand in the mail."""
    message = message_from_bytes(mail)
    if not message.is_multipart() or message.get_content_maintype() == "message":
        return mail.partition(b"\r\n\r\n")[2] if path == ["1"] else None
    boundary = message.get_boundary()
    assert boundary
    pieces = mail.partition(b"\r\n\r\n")[2].split(b"--" + boundary.encode())[1:-1]
    at = int(path[0]) - 1
    if at >= len(pieces):
        return None
    piece = pieces[at].removeprefix(b"\r\n").removesuffix(b"\r\n")
    if len(path) > 1:
        return _part(piece, path[1:])
    return piece.partition(b"\r\n\r\n")[2] if not piece.startswith(b"\r\n") else piece[2:]


def structure(message: Message) -> bytes:
    """BODYSTRUCTURE, with its extension fields."""
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        inner = b"".join(structure(one) for one in message.get_payload() if isinstance(one, Message))
        subtype = message.get_content_subtype().upper()
        return b"(" + inner + f' "{subtype}" ("BOUNDARY" {_quoted(message.get_boundary())}) NIL NIL)'.encode()
    payload = str(message.get_payload()) if not message.is_multipart() else "x"
    main, sub = message.get_content_maintype(), message.get_content_subtype()
    lines = f" {payload.count(chr(10)) + 1}" if main == "text" else ""
    if message.is_multipart():
        # The envelope and the structure of the mail inside, which nobody here looks at.
        lines = ' ("" NIL NIL NIL NIL NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1) 1'
    parameters = [(name, value) for name, value in message.get_params([])[1:]]
    told = " ".join(f"{_quoted(name.upper())} {_quoted(value)}" for name, value in parameters)
    encoding = str(message.get("Content-Transfer-Encoding", "7bit"))
    placed = "NIL"
    if disposition := message.get_content_disposition():
        name = message.get_filename()
        placed = f"({_quoted(disposition.upper())} " + (f'("FILENAME" {_quoted(name)})' if name else "NIL") + ")"
    return (
        f"({_quoted(main.upper())} {_quoted(sub.upper())} {f'({told})' if told else 'NIL'}"
        f" {_quoted(message.get('Content-ID'))} NIL {_quoted(encoding.upper())} {len(payload)}{lines}"
        f" NIL {placed} NIL NIL)"
    ).encode()


def _quoted(value: object) -> str:
    return "NIL" if value is None else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
