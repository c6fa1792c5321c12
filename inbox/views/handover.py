"""Handing a conversation over to another department."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from inbox import reading, triage
from inbox.forms import MoveForm
from inbox.models import Conversation
from inbox.views.frame import Request, answer, dialog_context, refusing
from people.access import wants_fragment


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def move(request: Request, pk: int) -> HttpResponse:
    """GET: the departments to choose from. POST: make one of them the owner, with the reason that was given.

    `was`: the number of the department that owned it when the choice was made.
    """
    form = MoveForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _dialog(request, reading.find(request.user, pk), form)
    said = form.cleaned_data
    was = {"department": said["was"]} if said["was"] else None
    done = triage.hand_over(Conversation(pk=pk), to=said["department"], by=request.user, reason=said["reason"], was=was)
    return answer(request, pk, done.said, deed=done.deed, leaves=True, closes_dialog=True, similar=True)


def _dialog(request: Request, conversation: Conversation, form: MoveForm) -> HttpResponse:
    context = dialog_context(request, conversation) | {"form": form, "chosen": form.data.get("department", "")}
    template = "inbox/_move.html" if wants_fragment(request) else "inbox/move.html"
    return render(request, template, context, status=422 if form.errors else 200)
