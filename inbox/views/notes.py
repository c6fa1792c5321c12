"""Notes for colleagues."""

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from inbox import notes, reading
from inbox.forms import NoteForm
from inbox.views.frame import Request, answer, refusing
from inbox.views.replies import complain


@require_POST
@refusing
def add(request: Request, pk: int) -> HttpResponse:
    """Put a note on the timeline."""
    conversation = reading.find(request.user, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return complain(request, pk, form)
    notes.add(conversation, by=request.user, text=form.cleaned_data["text"])
    return answer(request, pk, gettext("Note added"), writes=True)
