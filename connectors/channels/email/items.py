"""From what a mail holds to what it tells: who says what, in answer to what. Pure."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.channels.email import bounces, headers, senders
from connectors.channels.email.options import Options
from connectors.channels.email.tokens import Tokens
from connectors.fields import email_address
from connectors.incoming import Incoming
from connectors.parse import parse

MAX_MEDIA = 25 * 1024 * 1024
NO_TEXT = "(This mail has no text.)"
# A mail may have waited that long at a server; whatever claims to be older is dated by its arrival.
_LONGEST_WAY = timedelta(days=7)
_AHEAD = timedelta(minutes=10)
_MOST_KEPT = 20
_KINDS = ("image", "video", "audio")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies at its server."""

    folder: str
    validity: int
    uid: int
    at: datetime | None
    size: int


@dataclass(frozen=True, slots=True)
class Items:
    """Reads mails for one channel."""

    options: Options
    tokens: Tokens

    def item(self, mail: dict[str, Any], place: Place) -> dict[str, Any] | None:
        """The mail as docs/import.md writes messages; None for mails of our own that came back."""
        told: dict[str, list[str]] = mail["headers"]
        ids = headers.message_ids(told.get("message-id", ())[:1])
        name, address = self._author(told)
        if self._is_own(told, ids, address):
            return None
        own_id = headers.named(ids[0]) if ids else ""
        thread, parent = self._thread(told, own_id or f"hash:{mail['digest']}")
        verdict = senders.judged(told, self.options.judge, address)
        is_forged = verdict.get("verdict") == "fail"
        item = {
            # Some programs give every mail the same id; none shall vanish for that.
            "external_id": f"{own_id}#{mail['digest']}" if own_id else f"hash:{mail['digest']}",
            "kind": "email",
            "author": {
                "external_id": (senders.UNCONFIRMED if is_forged else "") + (address or "unknown"),
                "handle": address,
                "name": name,
                "email": address if verdict.get("verdict") == "pass" and email_address(address) else "",
            },
            "posted_at": self._posted_at(told, place).isoformat(),
            "title": headers.first(told, "subject"),
            "text": mail["text"],
            "html": mail.get("html", ""),
            "quoted": mail.get("quoted", ""),
            "automatic": bool(senders.automatic(told) or mail.get("bounce")),
            "thread_id": thread,
            "parent_id": parent,
            "raw": self._raw(told, ids, address, verdict, place),
        }
        self._attach(item, mail, place, ids)
        if mail.get("bounce"):
            self._tell_bounce(item, mail["bounce"])
        if not item["text"].strip() and not item["attachments"]:
            item["text"] = NO_TEXT
        return item

    def incoming(self, item: dict[str, Any]) -> Incoming:
        """The same, checked. Raises Rejected."""
        return parse(item, network="email")

    def _author(self, told: dict[str, list[str]]) -> tuple[str, str]:
        """Name and address of whoever wrote: of a form on our own site, which sends in our name, whom it names."""
        wrote = headers.addresses(told.get("from", ()), 1) or headers.addresses(told.get("sender", ()), 1)
        name, address = wrote[0] if wrote else ("", "")
        if address in self.options.own:
            others = [one for one in headers.addresses(told.get("reply-to", ()), 5) if one[1] not in self.options.own]
            name, address = others[0] if others else (name, address)
        return name, address

    def _is_own(self, told: dict[str, list[str]], ids: list[str], address: str) -> bool:
        mark = self.tokens.mark()
        came_back = bool(mark) and any(mark in value for value in told.get("x-loop", ()))
        return came_back or address in self.options.own or bool(ids and self.tokens.read(ids[0]))

    def _thread(self, told: dict[str, list[str]], own_id: str) -> tuple[str, str]:
        """(thread, parent): by a mail of ours that is answered, or else by what the mail refers to."""
        answered = headers.message_ids(told.get("in-reply-to", ()))
        references = headers.message_ids(told.get("references", ()))
        for one in [*answered, *reversed(references)]:
            if (reply := self.tokens.read(one)) is not None:
                return reply.thread_id, reply.external_id
        for _, address in headers.addresses((*told.get("to", ()), *told.get("cc", ()))):
            if (reply := self.tokens.answered(address)) is not None:
                # Its thread is that of the mail that it answers, which is known by this name.
                return "", reply.external_id
        parent = (answered or references[-1:] or [""])[0]
        root = (references or answered or [""])[0]
        return (headers.named(root), headers.named(parent)) if root else (own_id, "")

    def _posted_at(self, told: dict[str, list[str]], place: Place) -> datetime:
        """When it was sent by its own word, as far as that agrees with when it arrived."""
        arrived = place.at or datetime.now(UTC)
        sent = headers.date((told.get("date") or [""])[0])
        return sent if sent and arrived - _LONGEST_WAY <= sent <= arrived + _AHEAD else arrived

    def _raw(
        self, told: dict[str, list[str]], ids: list[str], address: str, verdict: dict[str, str], place: Place
    ) -> dict[str, Any]:
        references = headers.message_ids(told.get("references", ())) or headers.message_ids(told.get("in-reply-to", ()))
        reply_to = [one for _, one in headers.addresses(told.get("reply-to", ()), 1) if one not in self.options.own]
        known = {address, *reply_to, *self.options.own}
        others = [one for _, one in headers.addresses((*told.get("to", ()), *told.get("cc", ()))) if one not in known]
        raw = {
            "message_id": ids[0] if ids else "",
            "references": references
            if len(references) <= _MOST_KEPT
            else [references[0], *references[1 - _MOST_KEPT :]],
            "subject": headers.first(told, "subject")[:500],
            "reply_to": reply_to[0] if reply_to and reply_to[0] != address else "",
            "others": [one for one in dict.fromkeys(others) if not self.tokens.answered(one)][:_MOST_KEPT],
            "authentication": verdict,
            "automatic": senders.automatic(told),
            "uid": place.uid,
            "size": place.size,
        }
        return {name: value for name, value in raw.items() if value}

    def _attach(self, item: dict[str, Any], mail: dict[str, Any], place: Place, ids: list[str]) -> None:
        """Attachments as addresses that `Connector.media` knows; of the largest only that they are there."""
        item["attachments"] = []
        left = []
        for one in mail.get("attachments", ()):
            if one["size"] > MAX_MEDIA * (1.4 if one["encoding"] == "base64" and place.size >= MAX_MEDIA else 1):
                left.append(f"[{one['name']} ({one['size'] / 1e6:.1f} MB) was left at the mail server.]")
                continue
            kind = one["type"].partition("/")[0]
            item["attachments"].append(
                {"url": media_url(place, one, ids), "kind": kind if kind in _KINDS else "file", "name": one["name"]}
            )
        item["text"] = "\n\n".join(filter(None, [item["text"], *left]))

    def _tell_bounce(self, item: dict[str, Any], bounce: dict[str, Any]) -> None:
        """A report about a mail of ours belongs to the conversation with whom it did not reach."""
        item["quoted"] = "\n\n".join(filter(None, (item["text"], item["quoted"])))
        item["text"] = bounces.in_words(bounce)
        item["html"] = ""
        item["raw"]["bounce"] = bounce
        reply = self.tokens.read(bounce["message_id"])
        if reply is None:
            return
        item["thread_id"], item["parent_id"] = reply.thread_id, reply.external_id
        # Who got a mail of ours could report failures in anybody's name, but for this.
        if self.tokens.went_to(bounce["message_id"], bounce["recipient"]):
            item["author"] = {"external_id": bounce["recipient"].lower(), "handle": bounce["recipient"].lower()}


def media_url(place: Place, part: dict[str, Any], ids: list[str]) -> str:
    """An attachment's address: where it lies, and how to find it should the server number its mails anew."""
    told = [place.folder, place.validity, place.uid, part["part"], (ids or [""])[0][:300], part["encoding"]]
    packed = json.dumps([*told, part["type"], part["name"][:100]], separators=(",", ":")).encode()
    return "media:" + urlsafe_b64encode(packed).rstrip(b"=").decode()


def media_place(url: str) -> list[Any] | None:
    """What `media_url` wrote; None for anything else."""
    packed = url.removeprefix("media:")
    try:
        told = json.loads(urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (Error, ValueError, RecursionError):
        return None
    shape = [str, int, int, str, str, str, str, str]
    is_ours = isinstance(told, list) and [type(one) for one in told] == shape
    return told if is_ours and all(digit.isdigit() for digit in told[3].split(".")) else None
