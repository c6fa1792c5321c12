"""Notes: what colleagues write for colleagues."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import deadlines, events, live
from inbox.models import Conversation, Note
from inbox.triage import NotAllowed
from people.models import User


@transaction.atomic
def add(conversation: Conversation, *, by: User, text: str) -> Note:
    """Put a note on the timeline; every colleague may. Raises ValueError on an empty one."""
    text = text.replace("\0", "").strip()
    if not text:
        raise ValueError(_("The note is empty."))
    if not Conversation.objects.visible_to(by).filter(pk=conversation.pk).exists():
        raise NotAllowed(_("You can't see this conversation."))
    now = timezone.now()
    note = Note.objects.create(conversation=conversation, author=by, text=text, created_at=now)
    events.act(conversation, "note", by=by, at=now, note_id=note.pk)
    if conversation.paused_since:
        # The answer of a department that was asked to take part.
        deadlines.restate([conversation.pk], now)
    live.changed(conversations=[conversation.pk])
    return note
