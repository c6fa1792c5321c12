"""What an IMAP server answers to FETCH (RFC 3501, 7.4.2), taken apart: names, numbers, strings, nested lists. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

MAX_DEPTH = 60
MAX_PARTS = 200

# An atom; a name may have a section in brackets, which holds spaces.
_TOKEN = re.compile(rb'\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|((?:[^\s()"\[\]]|\[[^\]]*\])+))', re.DOTALL)
_LITERAL = re.compile(rb"\{\d+\+?\}$")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_DATE = re.compile(r"\s*(\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Value = bytes | None | list[Any]


def fetched(data: Sequence[Any]) -> list[dict[str, Value]]:
    """The answers by what was asked for: {"UID": b"7", "BODY[]": b"…"}; what cannot be read is left out."""
    found = []
    for pieces in _answers(data):
        values = _values(pieces)
        inner = next((value for value in values if isinstance(value, list)), [])
        names = [name.decode("ascii", "replace").upper() if isinstance(name, bytes) else "" for name in inner[::2]]
        found.append(dict(zip(names, inner[1::2], strict=False)))
    return found


def _answers(data: Sequence[Any]) -> Iterator[list[bytes | tuple[bytes]]]:
    """imaplib's pieces, put together: bytes to be read, and literals in tuples of one."""
    pieces: list[bytes | tuple[bytes]] = []
    for piece in data:
        if isinstance(piece, tuple):
            pieces += [_LITERAL.sub(b"", piece[0]), (piece[1],)]
        elif isinstance(piece, bytes):
            yield [*pieces, piece]
            pieces = []
    if pieces:
        yield pieces


def _values(pieces: Sequence[bytes | tuple[bytes]]) -> list[Value]:
    """The values in order. Lists that are nested too deeply end where that begins."""
    root: list[Any] = []
    stack = [root]
    for piece in pieces:
        if isinstance(piece, tuple):
            stack[-1].append(piece[0])
            continue
        for match in _TOKEN.finditer(piece):
            if match[1]:
                inner: list[Any] = []
                stack[-1].append(inner)
                if len(stack) > MAX_DEPTH:
                    return root
                stack.append(inner)
            elif match[2]:
                if len(stack) > 1:
                    stack.pop()
            elif match[3] is not None:
                stack[-1].append(_ESCAPED.sub(rb"\1", match[3]))
            else:
                stack[-1].append(None if match[4].upper() == b"NIL" else match[4])
    return root


def number(value: Value | int) -> int:
    """A number as it stands in an answer; 0 for anything else."""
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) < 19 else 0


def time(value: Value) -> datetime | None:
    """When the server got a mail (INTERNALDATE)."""
    match = _DATE.fullmatch(value.decode("ascii", "replace")) if isinstance(value, bytes) else None
    if match is None or match[2].title() not in MONTHS:
        return None
    offset = timedelta(hours=int(match[8]), minutes=int(match[9])) * (-1 if match[7] == "-" else 1)
    try:
        day = datetime(int(match[3]), MONTHS.index(match[2].title()) + 1, int(match[1]), tzinfo=timezone(offset))
        hours, minutes, seconds = (int(match[n]) for n in (4, 5, 6))
        return (day + timedelta(hours=hours, minutes=minutes, seconds=seconds)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parts(structure: Value) -> list[dict[str, Any]]:
    """The parts of a mail that are none of several themselves, as BODYSTRUCTURE lists them, with IMAP's numbers.

    Those with the same `choice` are alternatives.
    """
    found: list[dict[str, Any]] = []
    waiting: list[tuple[Value, str, str]] = [(structure, "", "")]
    while waiting and len(found) < MAX_PARTS:
        one, at, choice = waiting.pop(0)
        if not isinstance(one, list) or not one:
            continue
        if isinstance(one[0], list):
            # After the parts comes the subtype, and then lists of something else.
            count = next((n for n, each in enumerate(one) if not isinstance(each, list)), len(one))
            is_choice = count < len(one) and _word(one[count]).lower() == "alternative"
            choice = choice or (at or "all" if is_choice else "")
            waiting[:0] = [(each, f"{at}.{n}" if at else str(n), choice) for n, each in enumerate(one[:count], 1)]
        else:
            found.append(_described(one, at or "1") | {"choice": choice})
    return found


def _described(one: list[Any], at: str) -> dict[str, Any]:
    kind = "/".join(_word(one[n]) if len(one) > n else "" for n in (0, 1)).lower()
    parameters = _pairs(one[2] if len(one) > 2 else None)
    # After the fields that some types have in addition comes the disposition: a list of a word and a list.
    placed = next((each for each in one[7:] if _is_disposition(each)), None)
    disposition = _word(placed[0]).lower() if placed else ""
    name = (_pairs(placed[1]) if placed else {}).get("filename") or parameters.get("name", "")
    return {
        "number": at,
        "type": kind if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,100}", kind) else "application/octet-stream",
        "charset": parameters.get("charset", "")[:40],
        "name": name[:500],
        "cid": _word(one[3] if len(one) > 3 else None).strip("<>")[:200],
        "encoding": _word(one[5] if len(one) > 5 else None).lower()[:30],
        "size": number(one[6] if len(one) > 6 else None),
        "is_attachment": disposition == "attachment",
        "is_flowed": parameters.get("format", "").lower() == "flowed",
        "length": 0,
    }


def _is_disposition(value: Value) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2 and isinstance(value[0], bytes)
    return is_pair and _word(value[0]).lower() in ("attachment", "inline") if isinstance(value, list) else False


def _pairs(value: Value) -> dict[str, str]:
    if not isinstance(value, list):
        return {}
    return {_word(name).lower().rstrip("*"): _word(held) for name, held in zip(value[::2], value[1::2], strict=False)}


def _word(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
