"""Who works on a conversation."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from inbox import reading, triage
from inbox.forms import AssignForm, workers
from inbox.models import Conversation
from inbox.views.frame import Request, answer, dialog_context, refuse, refusing
from people.access import wants_fragment
from people.presence import is_here


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def assign(request: Request, pk: int) -> HttpResponse:
    """GET: the people to choose from. POST: give it to one of them, or without `to` to nobody."""
    conversation = reading.find(request.user, pk)
    if request.method != "POST":
        return _dialog(request, conversation)
    form = AssignForm(conversation, request.POST)
    if not form.is_valid():
        return refuse(request, str(form.errors["to"][0]), status=422)
    to = form.cleaned_data["to"]
    triage.assign(conversation, to=to, by=request.user)
    said = gettext("Assigned to %(name)s") % {"name": to} if to else gettext("Nobody is assigned")
    return answer(request, pk, said, closes_dialog=True)


def _dialog(request: Request, conversation: Conversation) -> HttpResponse:
    now = timezone.now()
    people = [
        {"id": one.pk, "name": str(one), "here": is_here(getattr(one, "presence", None), now)}
        for one in workers(conversation).select_related("presence")
    ]
    people.sort(key=lambda one: (one["id"] != request.user.pk, not one["here"]))
    context = dialog_context(request, conversation) | {"people": people, "assignee": conversation.assignee_id}
    return render(request, "inbox/_assign.html" if wants_fragment(request) else "inbox/assign.html", context)
