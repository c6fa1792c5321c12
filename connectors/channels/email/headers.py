"""The headers of a mail, read from its bytes. Pure, total, and quick: the standard library's readers are neither.

(An address list of 200 kB takes its newer one 8 seconds, and some bytes make it raise what nobody expects.)
"""

import codecs
import re
from base64 import b64decode
from binascii import Error, a2b_qp
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256

from connectors.clean import clean_name, clean_text

MAX_HEADER = 256 * 1024
MAX_VALUE = 10_000
MAX_ID = 200
_MOST_IDS = 100

Headers = Mapping[str, Sequence[str]]

_LINE = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LINES = re.compile(rb"\r?\n(?![ \t])")
_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\n]{0,4000})\?=", re.IGNORECASE)
_ID = re.compile(r"<([^<>\s]{1,990})>")
_OF_ADDRESS = r"[^@\s<>,;:\"\x00-\x1f\x7f-\x9f\ud800-\udfff]"
_ADDRESS = re.compile(f"{_OF_ADDRESS}{{1,64}}@{_OF_ADDRESS}{{1,255}}")
# Codecs that are none of text, or that take time with the square of the length.
_NO_CHARSETS = frozenset(("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"))
_ALIASES = {"unicode-1-1-utf-7": "utf-7", "ks_c_5601-1987": "cp949", "x-user-defined": "latin-1", "ansi": "cp1252"}


def split(mail: bytes) -> tuple[bytes, bytes]:
    """The header and the body of a mail; one without an empty line is all header."""
    for empty in (b"\r\n", b"\n"):
        if mail.startswith(empty):
            return b"", mail[len(empty) :]
    found = re.search(rb"\r?\n\r?\n", mail)
    return (mail[: found.start()], mail[found.end() :]) if found else (mail, b"")


def read(header: bytes) -> dict[str, list[str]]:
    """The values by names in lower case, unfolded, in order; 8-bit ones as UTF-8 or else Windows-1252."""
    found: dict[str, list[str]] = {}
    for line in _LINES.split(header[:MAX_HEADER]):
        if match := _LINE.fullmatch(line):
            value = decoded_bytes(_FOLD.sub(b" ", match[2][: 4 * MAX_VALUE]), "")
            found.setdefault(match[1].decode().lower(), []).append(value[:MAX_VALUE].strip())
    return found


def first(headers: Headers, name: str) -> str:
    """The first value of a name, decoded."""
    return next((decoded(value) for value in headers.get(name, ())), "")


def charset_of(name: str) -> str:
    """A codec for the charset `name`; nothing where there is none."""
    name = name.strip().strip("\"'").lower()[:40]
    try:
        known = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return ""
    return "" if known.name in _NO_CHARSETS else known.name


def decoded_bytes(value: bytes, charset: str) -> str:
    """`value` in its charset, or in what it looks like."""
    for name, errors in ((charset_of(charset), "strict"), ("utf-8", "strict"), (charset_of(charset), "replace")):
        try:
            if name:
                return value.decode(name, errors)
        except (UnicodeError, LookupError, ValueError):
            continue
    return value.decode("cp1252", "replace")


def decoded(value: str) -> str:
    """A header's value with its encoded words read (RFC 2047), as one clean line."""
    if "=?" not in value:
        return clean_name(value, MAX_VALUE)
    # Between two encoded words white space is nothing.
    out: list[str] = []
    pending: tuple[str, bytes] = ("", b"")
    end = 0
    for match in _WORD.finditer(value[:MAX_VALUE]):
        between = value[end : match.start()]
        word = (match[1].lower(), _unpacked(match[2], match[3]))
        if pending[1] and not between.strip() and pending[0] == word[0]:
            # A letter may begin in one word and end in the next.
            pending = (pending[0], pending[1] + word[1])
        else:
            out.append(decoded_bytes(pending[1], pending[0]) if pending[1] else "")
            out.append("" if end and not between.strip() else between)
            pending = word
        end = match.end()
    out.append(decoded_bytes(pending[1], pending[0]) if pending[1] else "")
    return clean_name("".join(out) + value[end:], MAX_VALUE)


def _unpacked(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return a2b_qp(raw, header=True)
    try:
        return b64decode(raw + b"=" * (-len(raw) % 4))
    except (Error, ValueError):
        return raw


def addresses(values: Iterable[str], most: int = 50) -> list[tuple[str, str]]:
    """(name, address in lower case) of all that can be read."""
    found: list[tuple[str, str]] = []
    for value in values:
        try:
            pairs = getaddresses([value[:MAX_VALUE]])
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pairs = []
        named = [(clean_name(decoded(name)), address) for name, address in pairs if _ADDRESS.fullmatch(address)]
        found += named or [("", address) for address in _ADDRESS.findall(value[:MAX_VALUE])]
    return [(name, clean_text(address).lower()[:254]) for name, address in found[:most]]


def message_ids(values: Iterable[str]) -> list[str]:
    """The ids in References and the like, without brackets; of very many the first and the last."""
    found: list[str] = []
    for value in values:
        alone = value.strip()
        found += _ID.findall(value) or ([alone] if alone and not re.search(r"[\s<>]", alone) else [])
    return found if len(found) <= _MOST_IDS else [*found[:1], *found[1 - _MOST_IDS :]]


def named(message_id: str) -> str:
    """A mail's id as messages and threads are named by it: clean, and not longer than names may be."""
    if len(message_id) <= MAX_ID and clean_name(message_id) == message_id:
        return message_id
    return f"long:{sha256(message_id.encode(errors='replace')).hexdigest()[:40]}"


def date(value: str) -> datetime | None:
    """The time of a Date header; None where it is none."""
    try:
        read = parsedate_to_datetime(value[:200])
        read = read if read.tzinfo else read.replace(tzinfo=UTC)
        return read.astimezone(UTC) if 1990 <= read.year <= 9000 else None
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
