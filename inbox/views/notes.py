"""Notes for colleagues, and whom they can call upon."""

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from inbox import callable_colleagues, macro_acts, notes
from inbox.forms import NoteForm
from inbox.models import Conversation
from inbox.triage import Conflict
from inbox.views.frame import Request, answer, refusing
from inbox.views.replies import complain
from inbox.views.using_macros import numbers


@require_POST
@refusing
def add(request: Request, pk: int) -> HttpResponse:
    """Put a note on the timeline."""
    conversation = Conversation(pk=pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return complain(request, pk, form)
    words = {"text": form.cleaned_data["text"], "click": form.cleaned_data["click"]}
    chosen = macro_acts.find(request.user, conversation, numbers(request, "note_macro"))
    try:
        # What its macros say happens with it, or neither does.
        with transaction.atomic():
            added = notes.add(conversation, by=request.user, **words)
            ran = macro_acts.run(conversation, chosen if added.is_new else [], by=request.user)
    except (Conflict, ValueError) as error:
        return complain(request, pk, str(error))
    return answer(request, pk, " ".join([said(added), *ran.failed]), writes=True, deed=ran.deed, leaves=ran.closed)


def said(added: notes.Added) -> str:
    """What became of a note: who was called upon, and who will not hear of it."""
    told, off = len(added.called.users), added.called.off
    first = gettext("Note added")
    if told:
        first = ngettext("Note added. %(n)d colleague is told.", "Note added. %(n)d colleagues are told.", told) % {
            "n": told
        }
    if not off:
        return first
    second = ngettext(
        "%(names)s is switched off and will not see it.", "%(names)s are switched off and will not see it.", len(off)
    ) % {"names": ", ".join(off)}
    return gettext("%(first)s. %(second)s") % {"first": first.rstrip("."), "second": second}


@require_safe
def colleagues(request: Request) -> HttpResponse:
    """Whom a note can call upon, as JSON. With `q` those whose name begins with it, for companies of thousands."""
    found = callable_colleagues.listed(request.GET.get("q", ""), now=timezone.now())
    return JsonResponse(found)
