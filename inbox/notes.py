"""Notes: what colleagues write for colleagues."""

from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines, drafts, events, live, mentions
from inbox.models import Conversation, Note
from inbox.refusals import Conflict
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
    click was another note's, Http404 where there is no such conversation.
    """
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise ValueError(_("The note is empty."))
    current = Conversation.objects.visible_to(by).there().filter(pk=conversation.pk).first()
    if current is None:
        raise Http404
    called = mentions.find(text, but=by)
    drafts.forget(current, by=by, mode=drafts.Mode.NOTE)
    now = timezone.now()
    try:
        with transaction.atomic():
            note = Note.objects.create(conversation=current, author=by, text=text, click=click, created_at=now)
    except IntegrityError:
        return Added(_again(current, by, text, click), called, is_new=False)
    events.act(current, "note", by=by, at=now, note_id=note.pk, data={"mentions": called.spans})
    mentions.called(note, called.users)
    if current.paused_since:
        # The answer of a department that was asked to take part.
        deadlines.restate([current.pk], now)
    live.changed(conversations=[current.pk])
    return Added(note, called)


def _again(conversation: Conversation, by: User, text: str, click: UUID | None) -> Note:
    """The note of a click that came twice."""
    before = Note.objects.filter(click=click, conversation=conversation, author=by, text=text).first()
    if before is None:
        raise Conflict(_("This form was sent before, with another text. Reload the page."))
    return before
