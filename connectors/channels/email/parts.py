"""The parts of a mail, as they are nested: of a whole one by the standard library's parser, of a large one by what its
server says. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any, TypeVar
from unicodedata import normalize

from connectors.channels.email import headers
from connectors.clean import clean_name

MAX_PARTS = 200
MAX_DEPTH = 30
_FLOWED = re.compile(r"\bformat\s*=\s*\"?flowed", re.IGNORECASE)
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}")

T = TypeVar("T")


@dataclass(slots=True)
class Part:
    """A part of a mail. `number` is IMAP's; `content` is decoded, None where it was left at the server."""

    number: str
    type: str
    content: bytes | None = field(default=None, repr=False)
    charset: str = ""
    name: str = ""
    cid: str = ""
    encoding: str = ""
    size: int = 0
    is_attachment: bool = False
    is_flowed: bool = False
    parts: list["Part"] = field(default_factory=list)
    # Of a report: what stands in it about the mail that failed.
    source: Message | None = None


def from_parts(described: Sequence[dict[str, Any]], contents: bytes) -> Part:
    """Of a large mail the parts that were fetched, each described with the length of its content."""
    root, at = Part(number="", type="multipart/mixed"), 0
    choices: dict[str, Part] = {}
    for one in described[:MAX_PARTS]:
        raw = contents[at : at + one["length"]] if one["length"] else None
        at += one["length"]
        part = Part(
            number=one["number"],
            type=one["type"],
            charset=one["charset"],
            name=one["name"],
            cid=one["cid"],
            encoding=one["encoding"],
            size=one["size"],
            is_attachment=one["is_attachment"],
            is_flowed=one["is_flowed"],
        )
        if raw is not None:
            whole = b"Content-Transfer-Encoding: " + one["encoding"].encode() + b"\r\n\r\n" + raw
            part.content = _payload(message_from_bytes(whole))
        choice = one["choice"]
        if choice and choice not in choices:
            choices[choice] = Part(number=choice, type="multipart/alternative")
            root.parts.append(choices[choice])
        (choices[choice] if choice else root).parts.append(part)
    return root


def from_mail(mail: bytes, how: dict[str, Any]) -> Part:
    """The parts of a whole mail, numbered as IMAP does."""
    if how.get("shallow"):
        raise ValueError("its parts were not to be looked at")
    message = message_from_bytes(mail)
    return _part(message, "" if message.is_multipart() else "1", 0, [MAX_PARTS])


def _part(message: Message, number: str, depth: int, left: list[int]) -> Part:
    kind = _quietly(message.get_content_type, "application/octet-stream")
    disposition = _quietly(lambda: str(message.get("Content-Disposition", "")), "").lower()
    part = Part(
        number=number or "1",
        type=kind if _TYPE.fullmatch(kind) else "application/octet-stream",
        charset=_quietly(lambda: str(message.get_content_charset("")), ""),
        # Some programs take letters apart, and the pieces would look like others.
        name=clean_name(normalize("NFC", headers.decoded(_quietly(lambda: message.get_filename("") or "", "")))),
        cid=_quietly(lambda: str(message.get("Content-ID", "")), "").strip().strip("<>")[:200],
        encoding=_quietly(lambda: str(message.get("Content-Transfer-Encoding", "")), "").strip().lower()[:30],
        is_attachment=disposition.startswith("attachment"),
        is_flowed=bool(_FLOWED.search(_quietly(lambda: str(message.get("Content-Type", "")), ""))),
    )
    left[0] -= 1
    if kind == "multipart/report" and depth == 0:
        part.source = message
    payload = message.get_payload()
    if kind.startswith("multipart/") and isinstance(payload, list) and depth < MAX_DEPTH:
        for at, inner in enumerate(payload, 1):
            if left[0] > 0 and isinstance(inner, Message):
                part.parts.append(_part(inner, f"{number}.{at}" if number else str(at), depth + 1, left))
        if part.parts:
            return part
    if not isinstance(payload, list):
        part.content = _payload(message)
        part.size = len(part.content)
    return part


def _payload(message: Message) -> bytes:
    content = _quietly(lambda: message.get_payload(decode=True), None)
    return content if isinstance(content, bytes) else b""


def _quietly(ask: Callable[[], T], otherwise: T) -> T:
    """What the standard library says of a header, which it reads only now and may raise anything over."""
    try:
        return ask()
    except Exception:  # noqa: BLE001 - fuzzing found AttributeError, IndexError, LookupError, ValueError …
        return otherwise
