"""Which encoding a file is written in, and its text with the bytes that mean nothing in it kept in sight.

A byte that is broken becomes a lone surrogate (U+DC00 and the byte), which no text holds otherwise, so the row and the
cell that it stands in can be named.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

# Codec → what people call it, in the order in which a choice of them is offered.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16-le": "UTF-16, little endian",
    "utf-16-be": "UTF-16, big endian",
    "cp1252": "Windows-1252 (Western Europe)",
    "iso8859-1": "ISO-8859-1 (Latin 1)",
    "iso8859-15": "ISO-8859-15 (Latin 9)",
    "cp1250": "Windows-1250 (Central Europe)",
    "iso8859-2": "ISO-8859-2 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "mac-roman": "Mac Roman",
    "cp850": "DOS 850 (Western Europe)",
    "cp437": "DOS 437",
    "shift_jis": "Shift JIS (Japanese)",
    "euc_kr": "EUC-KR (Korean)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
}
BROKEN = re.compile("[\ud800-\udfff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 65_536
# So many characters of several bytes for one broken byte say that the file is UTF-8 with faults and nothing else.
_FAULTS_IN_UTF8 = 4


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("socialcrm.mark", _mark)


def detect(chunks: Iterable[bytes]) -> str:
    """The codec that a file is most likely written in: a key of `ENCODINGS`."""
    parts = iter(chunks)
    head = next(parts, b"")
    for bom, codec in _BOMS:
        if head.startswith(bom):
            return codec
    if (wide := _wide(head[:_LOOKED_AT])) is not None:
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")("socialcrm.mark")
    several = broken = 0
    for chunk in chain((head,), parts):
        text = decoder.decode(chunk)
        if not text.isascii():
            broken += len(BROKEN.findall(text))
            several += len(chunk) - len(text)
    return "utf-8-sig" if broken * _FAULTS_IN_UTF8 <= several else "cp1252"


def text_of(chunks: Iterable[bytes], encoding: str) -> io.TextIOWrapper:
    """The text of a file, its line ends as they are, without the mark that it may begin with."""
    parts = iter(chunks)
    head = next(parts, b"")
    mark = next((bom for bom, codec in _BOMS if codec == encoding and head.startswith(bom)), b"")
    chunks = chain((head[len(mark) :],), parts)
    return io.TextIOWrapper(
        io.BufferedReader(_Chunks(iter(chunks)), 1 << 16), encoding, errors="socialcrm.mark", newline=""
    )


def shown(text: str) -> str:
    """`text` with broken bytes as \\xE4 and NUL as ␀, so that it can be read and stored."""
    return BROKEN.sub(_code, text).replace("\x00", "\u2400")


def _code(match: re.Match[str]) -> str:
    number = ord(match[0]) - 0xDC00
    return f"\\x{number:02X}" if 0 <= number < 256 else "\ufffd"


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Western text is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    least = len(head) // 2 * 0.3
    if max(even, odd) <= least or not head:
        return None
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None


class _Chunks(io.RawIOBase):
    """A file whose bytes come in pieces."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._parts, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
