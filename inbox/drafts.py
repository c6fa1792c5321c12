"""What colleagues have begun to write: kept while they type, so that it survives a reload and others know of it.

A reply and a note are drafts apart, so that words for colleagues never stand where words for a customer go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from inbox.models import Conversation, Delivery, Draft, Note
from inbox.triage import NotAllowed, lock
from people.models import User

Mode = Draft.Mode
_TOLD = ("mode", "text", "at", "account", "macros")


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a draft: since when it is as it is (None: there is none), and other words that it replaced."""

    at: datetime | None
    replaced: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft: its words, the account that was chosen to say them, and the macros that went into them."""

    text: str
    at: datetime
    account: int | None = None
    macros: Sequence[int] = ()


@transaction.atomic
def save(
    conversation: Conversation,
    *,
    by: User,
    text: str,
    mode: str = Mode.REPLY,
    click: UUID | None = None,
    known: datetime | None = None,
    account: int | None = None,
    macros: Sequence[int] = (),
) -> Kept:
    """Keep the words that stand in the composer now; none of them forgets the draft. Raises NotAllowed.

    `click`: what their composer will send them by. Words that come after they were sent are no draft any more.
    `known`: of which draft these words are the next. Another one that stands here was written in another window; the
    newer words win, and the others come back in `replaced`, so that nothing is lost. `account` and `macros` as in
    `Begun`.
    """
    _may_write(conversation, by, mode)
    text = text.replace("\0", "")
    before = Draft.objects.select_for_update().filter(user=by, conversation_id=conversation.pk, mode=mode).first()
    if click is not None and _was_sent(mode, click):
        return Kept(None)
    if not text.strip():
        forget(conversation, by=by, mode=mode)
        return Kept(None)
    kept = {"text": text, "account": account, "macros": list(macros)}
    if before is not None and all(getattr(before, name) == value for name, value in kept.items()):
        return Kept(before.at)
    now = timezone.now()
    Draft.objects.update_or_create(user=by, conversation_id=conversation.pk, mode=mode, defaults={**kept, "at": now})
    is_other = before is not None and before.at != known and not text.startswith(before.text)
    return Kept(now, before.text if before is not None and is_other else "")


def forget(conversation: Conversation, *, by: User, mode: str = Mode.REPLY) -> None:
    """It was sent, or taken away."""
    Draft.objects.filter(user=by, conversation_id=conversation.pk, mode=mode).delete()


def of(user: User) -> ArraySubquery:
    """The drafts of a person in a conversation, as an annotation that `begun` reads; without a statement of its own."""
    theirs = Draft.objects.filter(conversation=OuterRef("pk"), user=user)
    return ArraySubquery(theirs.values(json=JSONObject(**{name: name for name in _TOLD})))


def begun(found: list[Mapping[str, Any]]) -> dict[str, Begun]:
    """What `of` found, by mode."""
    told = {}
    for one in found:
        at = parse_datetime(one["at"])
        if at is not None:
            told[str(one["mode"])] = Begun(str(one["text"]), at, one["account"], one["macros"])
    return told


def _may_write(conversation: Conversation, by: User, mode: str) -> None:
    if mode == Mode.REPLY:
        lock(conversation, by=by)
    elif not Conversation.objects.visible_to(by).there().filter(pk=conversation.pk).exists():
        raise NotAllowed(_("You can't see this conversation."))


def _was_sent(mode: str, click: UUID) -> bool:
    if mode == Mode.REPLY:
        return Delivery.objects.filter(click=click).exists()
    return Note.objects.filter(click=click).exists()
