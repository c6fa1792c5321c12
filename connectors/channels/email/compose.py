"""Our replies as mails. Pure; the same reply makes the same ids at every try.

Headers are put together from values without line breaks, so nobody can add any.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import Any

from connectors.channels.email import headers, senders
from connectors.channels.email.options import Options
from connectors.channels.email.tokens import Tokens
from connectors.clean import clean_name, clean_text
from connectors.protocol import ConnectorError, File, Outgoing

_ANSWERED = re.compile(r"(?:re|aw|sv|antw|odp|rif|vs|res?)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}")
_ID = re.compile(r"[\x21-\x7e]{1,900}")
_LINE, _FOLD = "\r\n", "\r\n "
# As many as fit into one header without anybody minding its length.
_MOST_REFERENCES = 20
_MAX_REFERENCES = 8_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is ready to leave: its id, whom it goes to, its bytes."""

    message_id: str
    recipients: tuple[str, ...]
    content: bytes


def letter(outgoing: Outgoing, options: Options, tokens: Tokens) -> Letter:
    """The mail that a reply becomes. Raises ConnectorError where there is nobody to send it to."""
    raw = outgoing.original.raw
    to = senders.answer_to(raw, outgoing.original.author_external_id)
    if not to:
        remedy = "Look at the mail in a mail program."
        raise ConnectorError("The mail names no address to answer to.", remedy=remedy, permanent=True)
    others = _others(raw, to) if outgoing.audience == "all" else ()
    message_id = id_of(outgoing, options, tokens)
    mail = _body(outgoing.text, outgoing.files)
    told = {
        "From": _address(options.name, options.address),
        "To": _address("", to),
        "Cc": f",{_FOLD}".join(_address("", one) for one in others),
        "Subject": _subject(raw),
        "Date": format_datetime(outgoing.queued_at),
        "Message-ID": f"<{message_id}>",
        "In-Reply-To": " ".join(_ids(raw)[-1:]),
        "References": _FOLD.join(_ids(raw)),
        "Reply-To": _reply_to(outgoing, options, tokens),
        "Auto-Submitted": "no",
        "X-Loop": tokens.mark(),
    }
    # Put together here, for Python's own folding tears long ids from their names.
    header = "".join(f"{name}: {value}\r\n" for name, value in told.items() if value)
    content = header.encode() + mail.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))
    return Letter(message_id, (to, *others), content)


def id_of(outgoing: Outgoing, options: Options, tokens: Tokens) -> str:
    """The Message-ID that a reply has at every try."""
    to = senders.answer_to(outgoing.original.raw, outgoing.original.author_external_id)
    thread = outgoing.original.thread_id
    return tokens.message_id(outgoing.client_key, thread, to, _domain(options.domain))


def _others(raw: Mapping[str, Any], to: str) -> tuple[str, ...]:
    listed = raw.get("others")
    values = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return tuple(one for _, one in headers.addresses(values, 20) if one != to)


def _body(text: str, files: Sequence[File]) -> MIMEBase:
    charset = Charset("utf-8")
    charset.body_encoding = QP
    words = MIMEText("", "plain", "us-ascii")
    del words["Content-Transfer-Encoding"]
    plain = clean_text(text).replace("\r\n", "\n").strip() + "\n"
    words.set_payload(plain, charset)
    del words["MIME-Version"]
    if not files:
        words["MIME-Version"] = "1.0"
        return words
    whole = MIMEMultipart("mixed")
    whole.attach(words)
    for file in files:
        whole.attach(_file(file))
    return whole


def _file(file: File) -> MIMEBase:
    kind = file.content_type.split(";")[0].strip().lower()
    kind = kind if _TYPE.fullmatch(kind) and not kind.startswith(("multipart/", "message/")) else ""
    part = MIMEBase(*(kind or "application/octet-stream").split("/"))
    del part["MIME-Version"]
    part.set_payload(file.content)
    encode_base64(part)
    name = clean_name(file.name).replace("/", "_") or "file"
    shown = name if name.isascii() else ("utf-8", "", name)
    part.add_header("Content-Disposition", "attachment", filename=shown)
    return part


def _address(name: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    plain = f"{local}@{_domain(domain)}"
    name = clean_name(name)
    if not name:
        return plain
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{plain}>'
    return f"{Header(name, 'utf-8').encode(linesep=_LINE)} <{plain}>"


def _domain(domain: str) -> str:
    """A domain as it stands in headers, in ASCII."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain.encode("ascii", "ignore").decode() or "localhost"


def _subject(raw: Mapping[str, Any]) -> str:
    subject = clean_name(str(raw.get("subject") or ""), 300)
    subject = subject if _ANSWERED.match(subject) else f"Re: {subject}".strip()
    return subject if subject.isascii() else Header(subject, "utf-8", header_name="Subject").encode(linesep=_LINE)


def _ids(raw: Mapping[str, Any]) -> list[str]:
    """What a reply refers to: the first mail of the thread, those before the last one, and the last one."""
    listed = raw.get("references")
    known = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    ids = [f"<{one}>" for one in (*known, str(raw.get("message_id") or "")) if _ID.fullmatch(one) and "<" not in one]
    ids = list(dict.fromkeys(ids))
    ids = ids if len(ids) <= _MOST_REFERENCES else [ids[0], *ids[1 - _MOST_REFERENCES :]]
    while sum(map(len, ids)) > _MAX_REFERENCES:
        del ids[1 if len(ids) > 1 else 0]
    return ids


def _reply_to(outgoing: Outgoing, options: Options, tokens: Tokens) -> str:
    if not options.plus:
        return ""
    address = tokens.address(outgoing.client_key, options.address)
    return "" if address == options.address else _address(options.name, address)
