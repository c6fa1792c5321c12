"""Where an answer or a note is written: who will read it, from which account, what fits, until when, what is begun."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone
from django.utils.translation import gettext

from connectors.protocol import Capability
from connectors.registry import CONNECTORS
from inbox import drafts, files, later, marks, replies
from inbox.answering import Sender
from inbox.forms import LONGEST
from inbox.presentation import full, network_name, span

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.models import Message

# A window in which a reply must leave is told with warmth where so little of it is left.
_SHORT = timedelta(hours=3)


def composer(conversation: Any, seen: int, newest: "Message | None" = None) -> dict[str, Any]:
    """Where an answer is written, or the reason why none can be. `conversation` is as `reading.find` returns it, `seen`
    the newest message on the page, `newest` that of the customer, where it is known."""
    senders = _senders(conversation, newest)
    sender = replies.chosen(senders, conversation)
    able = sender.able if sender else _able(conversation) if conversation.may_act else None
    can_reply = bool(able and able.can_reply)
    return {
        "can_reply": can_reply,
        "reason": able.reason if able else "",
        "reach": _reach(conversation, sender) if sender else "",
        "accounts": [_account(one, conversation, sender) for one in senders] if len(senders) > 1 else (),
        # Where only another account can answer, there is no choice, and it is said all the same.
        "only": sender.channel.pk if sender and len(senders) == 1 and sender.channel != conversation.channel else "",
        "public": bool(able and able.public),
        "limit": able.text_limit if able else None,
        "longest": LONGEST,
        "counts": CONNECTORS[conversation.channel.network].counts if able and able.text_limit else "",
        "window": _window(able.until, timezone.now()) if able and able.until else None,
        "audiences": able.audiences if able else (),
        "notice": able.notice if able else "",
        "files": files.enclosable(able.files) if able and able.files else None,
        "kept": files.told(conversation, able.files.alt) if able and able.files else (),
        "splits": able.splits if able else "",
        "later": later.choices(timezone.now()),
        "account": sender.name if sender else conversation.channel.account,
        "network": marks.network(conversation.identity.network),
        "network_name": network_name(conversation.identity.network),
        **begun(conversation, can_reply),
        "seen": seen,
        "click": uuid4(),
    }


def begun(conversation: Any, can_reply: bool) -> dict[str, Any]:
    """What was begun here: `mode` the one that was written in last, `draft` its words, `drafts` those of each mode."""
    found: dict[str, dict[str, Any]] = {
        mode: {"text": one.text, "at": one.at.isoformat(), "macros": one.macros}
        for mode, one in drafts.begun(conversation.begun).items()
    }
    last = max((mode for mode in found if mode == "note" or can_reply), key=lambda mode: found[mode]["at"], default="")
    mode = last or ("reply" if can_reply else "note")
    return {"mode": mode, "draft": found.get(mode, {"text": ""})["text"], "drafts": found}


def _senders(conversation: Any, newest: "Message | None") -> list[Sender]:
    """The accounts that can answer here, the usual one first; nothing where this person may not, or nobody may."""
    if not conversation.may_act or conversation.forbidden is not None:
        return []
    return replies.senders(conversation, newest)


def _able(conversation: Any) -> Capability:
    """Where there is no account to ask: why nobody can answer."""
    if conversation.forbidden is not None:
        return Capability(can_reply=False, reason=replies.not_to_be_contacted(conversation.forbidden))
    return replies.capability(conversation)


def _account(one: Sender, conversation: Any, chosen: Sender | None) -> dict[str, Any]:
    """An account as the composer offers it: who will read the reply, and how much fits."""
    return {
        "id": one.channel.pk,
        "reach": _reach(conversation, one),
        "limit": one.able.text_limit,
        "is_chosen": one is chosen,
    }


def _reach(conversation: Any, sender: Sender) -> str:
    """Who will read a reply, and from which account it comes."""
    name = conversation.identity.contact.name or str(conversation.identity)
    named = {
        "account": sender.channel.account,
        "network": network_name(conversation.identity.network),
        "name": name,
    }
    if sender.able.public and named["account"]:
        return gettext("Public reply as %(account)s on %(network)s") % named
    if sender.able.public:
        return gettext("Public reply on %(network)s") % named
    if named["account"]:
        return gettext("Only %(name)s can read it, from %(account)s") % named
    return gettext("Only %(name)s can read it") % named


def _window(until: "datetime", now: "datetime") -> dict[str, Any]:
    """Until when a reply is taken, and how long that is."""
    left = until - now
    return {"until": full(until), "left": span(left), "short": left < _SHORT}
