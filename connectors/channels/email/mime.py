"""What a mail holds, from its bytes. Pure; runs in a child process (connectors/isolation.py), for mails are hostile.

`read` is handed a whole mail, or of a large one the header and some parts (connectors/channels/email/large.py), and
gives plain JSON: headers, fresh text, quoted text, HTML, attachments. A mail whose parts nobody can make out still
gives its header: who wrote, when, about what.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

from connectors.channels.email import bounces, headers, quotes
from connectors.channels.email.parts import Part, from_mail, from_parts
from connectors.clean import clean_text
from connectors.wording import text_of

MAX_TEXT = 300_000
MAX_HTML = 1_000_000
UNREADABLE = "(The content of this mail cannot be read. Open it in a mail program.)"
_KEPT = (
    "authentication-results",
    "auto-submitted",
    "cc",
    "date",
    "from",
    "in-reply-to",
    "list-id",
    "message-id",
    "precedence",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-autoreply",
    "x-autorespond",
    "x-loop",
)


@dataclass(slots=True)
class _Body:
    """What is read of a mail, piece by piece: as plain text and as HTML, one of them empty where there is only the
    other."""

    plain: str = ""
    html: str = ""


def read(item: bytes) -> dict[str, Any]:
    """What the mail holds. The item is a line of JSON and then the mail, or its header and parts as the line says."""
    line, _, rest = item.partition(b"\n")
    how = json.loads(line)
    header, body = (rest[: how["header"]], b"") if "parts" in how else headers.split(rest)
    found: dict[str, Any] = {"headers": {}, "digest": _digest(header, body or str(how.get("size", "")).encode())}
    told = headers.read(header)
    found["headers"] = {name: told[name][:20] for name in _KEPT if name in told}
    try:
        root = from_parts(how["parts"], rest[how["header"] :]) if "parts" in how else from_mail(rest, how)
        return found | _content(root)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # The standard library's parser raises all of these over mails that are none.
        return found | {"text": UNREADABLE, "broken": type(error).__name__}


def _digest(header: bytes, body: bytes) -> str:
    """What makes two mails two although they claim the same id."""
    told = headers.read(header)
    claimed = "\n".join(told.get(name, [""])[0] for name in ("from", "date", "subject"))
    return sha256(claimed.encode(errors="replace") + b"\n" + sha256(body).digest()).hexdigest()[:12]


def _content(root: Part) -> dict[str, Any]:
    bodies = list(_bodies(root))
    text = "\n\n".join(filter(None, (body.plain.strip() or text_of(body.html) for body in bodies)))
    html = (
        "".join(body.html or f"<p>{_lines(body.plain)}</p>" for body in bodies) if any(b.html for b in bodies) else ""
    )
    fresh, quoted = quotes.split_text(clean_text(text[:MAX_TEXT]))
    if html:
        formatted, folded = quotes.split_html(html)
        if folded and not any(body.plain.strip() for body in bodies):
            fresh, quoted = text_of(formatted), text_of(folded)
        # Where only one of the two shows what is quoted, the page would say it twice.
        html = formatted if bool(folded) == bool(quoted) else ""
    attachments = [_attachment(part) for part in _leaves(root) if not _is_body(part)]
    return {
        "text": fresh[:MAX_TEXT],
        "quoted": quoted[:MAX_TEXT],
        "html": clean_text(html),
        "attachments": attachments,
        "bounce": bounces.read(root.source) if root.source is not None else None,
    }


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _attachment(part: Part) -> dict[str, Any]:
    extension = {"message/rfc822": ".eml", "text/calendar": ".ics"}.get(part.type, "")
    return {
        "part": part.number,
        "type": part.type,
        "name": part.name or f"attachment-{part.number}{extension}",
        "encoding": part.encoding,
        "size": part.size,
        "cid": part.cid,
    }


def _is_body(part: Part) -> bool:
    return part.type in ("text/plain", "text/html") and not part.is_attachment and not part.name


def _leaves(part: Part) -> Iterator[Part]:
    if not part.parts:
        yield part
    for inner in part.parts:
        yield from _leaves(inner)


def _bodies(part: Part) -> Iterator[_Body]:
    """The readable parts in order; of alternatives all in one."""
    if part.type == "multipart/alternative":
        inner = [body for one in part.parts for body in _bodies(one)]
        yield _Body(
            plain="\n\n".join(body.plain for body in inner if body.plain),
            html="".join(body.html for body in inner if body.html),
        )
    elif part.parts:
        for one in part.parts:
            yield from _bodies(one)
    elif _is_body(part) and part.content is not None:
        text = headers.decoded_bytes(part.content[: 4 * MAX_HTML], part.charset)
        if part.type == "text/html":
            yield _Body(html=text[:MAX_HTML])
        else:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            yield _Body(plain=flowing(text[:MAX_TEXT]) if part.is_flowed else text[:MAX_TEXT])


def flowing(text: str) -> str:
    """format=flowed (RFC 3676): a line that ends in a space goes on in the next."""
    out: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        inner = line[depth:].removeprefix(" ")
        if goes_on and out and depth == len(out[-1]) - len(out[-1].lstrip(">")):
            out[-1] += inner
        else:
            out.append(line[:depth] + (" " if depth else "") + inner)
        goes_on = inner.endswith(" ") and inner != "-- " and len(out[-1]) < MAX_TEXT
    return "\n".join(out)
