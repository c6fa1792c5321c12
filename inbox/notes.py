"""Notes: what colleagues write for colleagues."""

from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines, drafts, events, live, mentions
from inbox.models import Conversation, Note
from inbox.triage import Conflict, NotAllowed
from people.models import User


class Added(NamedTuple):
    """A note, and whom it calls upon. Not new: its click came twice."""

    note: Note
    called: mentions.Called
    is_new: bool = True


@transaction.atomic
def add(conversation: Conversation, *, by: User, text: str, click: UUID | None = None) -> Added:
    """Put a note on the timeline; every colleague may.

    One `click` is one note: the same again returns the same. Raises ValueError on an empty one, Conflict where the
    click was another note's, NotAllowed.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise ValueError(_("The note is empty."))
    if not Conversation.objects.visible_to(by).filter(pk=conversation.pk).exists():
        raise NotAllowed(_("You can't see this conversation."))
    called = mentions.find(text, but=by)
    drafts.forget(conversation, by=by, mode=drafts.Mode.NOTE)
    now = timezone.now()
    try:
        with transaction.atomic():
            note = Note.objects.create(conversation=conversation, author=by, text=text, click=click, created_at=now)
    except IntegrityError:
        return Added(_again(conversation, by, text, click), called, is_new=False)
    events.act(conversation, "note", by=by, at=now, note_id=note.pk, data={"mentions": called.spans})
    mentions.called(note, called.users)
    if conversation.paused_since:
        # The answer of a department that was asked to take part.
        deadlines.restate([conversation.pk], now)
    live.changed(conversations=[conversation.pk])
    return Added(note, called)


def _again(conversation: Conversation, by: User, text: str, click: UUID | None) -> Note:
    """The note of a click that came twice."""
    before = Note.objects.filter(click=click, conversation=conversation, author=by, text=text).first()
    if before is None:
        raise Conflict(_("This form was sent before, with another text. Reload the page."))
    return before
