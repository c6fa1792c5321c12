"""What somebody said, prepared for its card or line: words, what they answer, attachments, whether they have left."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from inbox import later, marks, mentions
from inbox.models import Conversation, Delivery
from inbox.presentation import address, clock, face, full, hue, initials, network_name, numbers_in, rich
from inbox.rows import mate, who
from inbox.timeline import FILES, QUIET, SHOWN
from people.models import User

Entry = dict[str, Any]
State = Delivery.State

IN_WORDS = {
    "mention": gettext_lazy("public mention"),
    "post": gettext_lazy("public post"),
    "comment": gettext_lazy("comment"),
    "review": gettext_lazy("review"),
    "direct": gettext_lazy("direct message"),
    "email": gettext_lazy("e-mail"),
}
QUIET_WORDS = {
    "mention": gettext_lazy("Mentioned us"),
    "post": gettext_lazy("Posted"),
    "comment": gettext_lazy("Commented"),
    "review": gettext_lazy("Reviewed"),
    "direct": gettext_lazy("Wrote"),
    "email": gettext_lazy("Mailed"),
}
ATTACHMENTS = {
    "image": ("image", gettext_lazy("Picture")),
    "video": ("video", gettext_lazy("Video")),
    "gif": ("video", gettext_lazy("Animation")),
    "audio": ("volume-2", gettext_lazy("Sound")),
}
# Kinds that a browser plays.
PLAYED = frozenset({"video", "gif", "audio"})
# Lines of a message that are shown at first, however short they are.
_LINES = 120
# Numbers of conversations that are looked up for the notes of one page.
_NUMBERS = 500
# Of two texts, how much is compared to tell whether they are the same post.
_COMPARED, _SAME = 400, 160
_UNSENT = frozenset({State.QUEUED, State.SENDING, State.HELD, State.FAILED, State.UNCONFIRMED, State.AWAITING_APPROVAL})


class Marked(Protocol):
    """A department as far as its mark and name go."""

    @property
    def name(self) -> str: ...
    @property
    def mark(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """To whom and when a timeline is told, and how: in the light of the conversation at hand (`here`), which is told
    in full, or as lines, newest first, with `cards` the only events in full."""

    reader: User
    base: str  # the view in which conversations open
    events: str  # where a single entry is fetched
    departments: Mapping[int, Marked]
    now: datetime
    here: int | None = None
    seen_at: datetime | None = None
    may_act: bool = False
    as_lines: bool = False
    cards: frozenset[int] = frozenset()


def message(values: dict[str, Any], telling: Telling, in_full: bool) -> Entry:
    """A message of the customer, or a reply of ours. `in_full`: with all of its text and what it repeats."""
    text, network = values["text"] or "", network_name(values["identity__network"])
    shown = len(text) if in_full else _start(text)
    is_in = values["message__direction"] == "in"
    author = mate(values["message__author_id"], values["message__author__name"] or values["message__author__username"])
    name = who(values) if is_in else (author["name"] if author else _account(values) or values["channel__name"])
    is_deleted = values["message__deleted_at"] is not None
    return {
        "message_id": values["message_id"],
        "side": "in" if is_in else "out",
        "name": name,
        "initials": initials(name),
        "face": face(values["identity_id"], values["identity__avatar_url"] or "") if is_in else "",
        "hue": hue(values["identity__contact_id"]) if is_in else hue(f"user-{author['id']}") if author else 6,
        "what": _what(values, is_in),
        "title": values["message__title"],
        "text": rich(text[:shown]),
        "cut": len(text) > shown,
        "quoted": rich(values["quoted"]) if in_full and values["quoted"] else "",
        "has_quoted": bool(values["quoted"]) and not in_full,
        "has_html": bool(values["html"]),
        "automatic": values["message__automatic"],
        "proof": _proof(values) if values["message__kind"] == "email" else None,
        "language": values["message__language"],
        "link": values["message__url"] if address(values["message__url"]) else "",
        "network_name": network,
        "open_on": gettext("Open on %(network)s") % {"network": network},
        "context": [] if is_deleted else _contexts(values),
        "answers": (values["answers"] or {}).get("id"),
        **_files(values),
        "edited": full(values["message__edited_at"]) if values["message__edited_at"] else "",
        "deleted": full(values["message__deleted_at"]) if is_deleted else "",
        "new": is_in and _is_new(values, telling),
        "delivery": _delivery(values, telling),
        "in_trouble": values["message__delivery__state"] in (State.FAILED, State.UNCONFIRMED),
    }


def message_line(values: dict[str, Any]) -> Entry:
    """The same on a line."""
    is_in = values["message__direction"] == "in"
    author = mate(values["message__author_id"], values["message__author__name"] or values["message__author__username"])
    us = author["first"] if author else _account(values) or values["channel__name"]
    return {
        "side": "in" if is_in else "out",
        "lead": str(QUIET_WORDS[values["message__kind"]]) if is_in else us,
        "said": "" if is_in else gettext("answered"),
        "line": " ".join((values["message__title"] or (values["text"] or "")[:QUIET]).split()) or gettext("No text"),
        "deleted": values["message__deleted_at"] is not None,
        "icon": marks.network(values["identity__network"]) if is_in else marks.icon("corner-up-left"),
    }


def named(events: Iterable[dict[str, Any]], telling: Telling) -> frozenset[int]:
    """The conversations that notes among these name by their numbers, as far as the reader may see them. One statement,
    none where no note has a number."""
    found: set[int] = set()
    for values in events:
        if values["kind"] == "note":
            found |= numbers_in(values["note__text"] or "")
    if not found:
        return frozenset()
    visible = Conversation.objects.visible_to(telling.reader).filter(pk__in=sorted(found)[:_NUMBERS])
    return frozenset(visible.values_list("pk", flat=True))


def note(values: dict[str, Any], conversations: Collection[int]) -> Entry:
    """A note of a colleague. `conversations`: those of which the numbers lead there."""
    author = _noted_by(values)
    name = author["name"] if author else gettext("A former colleague")
    return {
        "side": "note",
        "name": name,
        "initials": initials(name),
        "hue": hue(f"user-{author['id']}") if author else 6,
        "text": mentions.shown(values["note__text"], values["data"].get("mentions"), conversations),
    }


def note_line(values: dict[str, Any]) -> Entry:
    """The same on a line."""
    author = _noted_by(values)
    return {
        "side": "note",
        "lead": author["first"] if author else gettext("A former colleague"),
        "said": gettext("noted"),
        "line": " ".join(values["note__text"][:QUIET].split()),
        "deleted": False,
        "icon": marks.icon("lock"),
    }


def _noted_by(values: dict[str, Any]) -> Entry | None:
    return mate(values["note__author_id"], values["note__author__name"] or values["note__author__username"])


def _what(values: dict[str, Any], is_in: bool) -> str:
    if not is_in:
        account = _account(values)
        said = gettext("as %(account)s") % {"account": account} if account else gettext("answered")
        return f"{said}, {part}" if (part := _part(values)) else said
    if values["message__parent_id"] and values["message__kind"] in ("mention", "post"):
        return gettext("replied")
    return str(IN_WORDS[values["message__kind"]])


def _account(values: dict[str, Any]) -> str:
    """The account that we spoke as, which need not be the one that the conversation is with."""
    return values["message__delivery__channel__account"] or values["channel__account"] or ""


def _part(values: dict[str, Any]) -> str:
    """Which of the posts it is that a long reply was divided into."""
    part = values["message__raw__part"]
    return gettext("%(n)s of %(of)s") % part if isinstance(part, dict) and {"n", "of"} <= part.keys() else ""


def _is_new(values: dict[str, Any], telling: Telling) -> bool:
    return values["conversation_id"] == telling.here and telling.seen_at is not None and values["at"] > telling.seen_at


def _context(one: dict[str, Any]) -> Entry:
    quoted = one.get("relation") == "quoted"
    author, text = str(one.get("author", "")), str(one.get("text", ""))
    lead = gettext("Quotes %(name)s") if quoted else gettext("In reply to %(name)s")
    url = str(one.get("url", ""))
    return {
        "lead": lead % {"name": author or gettext("a post")},
        "said": _squeezed(text),
        "text": rich(text if len(text) <= 600 else text[:599] + "…"),
        "url": url if address(url) else "",
    }


def _contexts(values: dict[str, Any]) -> list[Entry]:
    """The posts that a message answers or quotes: as the network sent them along, else what we have of it ourselves."""
    if answered := values["answers"]:
        return [] if answered["is_gone"] else [_answered(answered)]
    return [_context(one) for one in values["message__context"]]


def unlike(context: list[Entry], above: dict[str, Any]) -> list[Entry]:
    """Without the posts that are the message right above."""
    said = _squeezed(above["text"] or "")
    return [one for one in context if not said or one["said"] != said]


def _squeezed(text: str) -> str:
    return " ".join(text[:_COMPARED].split())[:_SAME]


def _answered(one: dict[str, Any]) -> Entry:
    if one["direction"] == "out":
        return _context(one) | {"lead": gettext("In reply to us")}
    return _context(one | {"author": one["handle"] or one["name"]})


def _files(values: dict[str, Any]) -> Entry:
    """The first attachments: pictures to look at side by side, and the others below; `more`: how many there are yet."""
    files = [_attachment(values["message_id"], position, one) for position, one in enumerate(values["files"] or ())]
    return {
        "pictures": [one for one in files if one["picture"]],
        "attachments": [one for one in files if not one["picture"]],
        "more_files": max(0, (values["file_count"] or 0) - FILES),
        "more_url": f"{reverse('viewer', args=[values['message_id']])}?at={FILES}",
    }


def _start(text: str) -> int:
    """How much of a message is shown at first: so many characters, in so many lines."""
    start = text[: SHOWN + 1]
    lines = start.split("\n", _LINES)
    return SHOWN if len(lines) <= _LINES else len(start) - len(lines[-1])


def _attachment(message_id: int, position: int, one: dict[str, Any]) -> Entry:
    """An attachment: a picture through us to look at, a file of the connector's own to download, else where it lies."""
    url, kind = str(one.get("url", "")), str(one.get("kind", ""))
    shape, word = ATTACHMENTS.get(kind, ("paperclip", gettext_lazy("File")))
    ours = reverse("attachment", args=[message_id, position])
    return {
        "icon": marks.icon(shape),
        "word": str(one.get("name") or word),
        "alt": str(one.get("alt", "")),
        "picture": ours if kind == "image" else "",
        "playable": ours if kind in PLAYED else "",
        "kind": kind,
        "view": f"{reverse('viewer', args=[message_id])}?at={position}",
        "download": ours if url.startswith("media:") else "",
        "url": url if address(url) else "",
        "host": address(url),
    }


def _proof(values: dict[str, Any]) -> Entry | None:
    """What the server that received an e-mail found out about its sender (SPF, DKIM, DMARC)."""
    found = values["message__raw__authentication"]
    if not isinstance(found, dict) or found.get("verdict") not in ("pass", "fail"):
        return None
    checks = ", ".join(f"{name.upper()} {found[name]}" for name in ("spf", "dkim", "dmarc") if name in found)
    return {"passed": found["verdict"] == "pass", "checks": checks}


def _delivery(values: dict[str, Any], telling: Telling) -> Entry | None:
    """Where an unsent reply stands; nothing for one that has arrived or was never ours to send."""
    state = values["message__delivery__state"]
    if state not in _UNSENT:
        return None
    until = values["message__delivery__send_after"]
    is_tried = state == State.QUEUED and bool(values["message__delivery__error"])
    is_later = state == State.QUEUED and values["message__delivery__is_later"] and not is_tried
    left = max(0, int((until - telling.now) / timedelta(seconds=1)))
    return {
        "state": str(state),
        "held": state == State.HELD,
        # Of several posts that wait for the same time, the first has the buttons for all.
        "follows": is_later and _part(values) != "" and values["message__raw__part"]["n"] != 1,
        "goes": later.told(until, telling.now) if is_later else "",
        "full": full(until),
        "can_undo": state == State.QUEUED and not is_tried and not is_later and until > telling.now,
        "until": int(until.timestamp() * 1000),
        "left": left,
        "again": clock(until) if is_tried else "",
        "error": values["message__delivery__error"],
        "remedy": values["message__delivery__remedy"],
        "network": network_name(values["identity__network"]),
        "may_act": telling.may_act,
    }
