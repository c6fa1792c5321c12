"""Who works on a conversation."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from inbox import meanwhile, reading, triage
from inbox.forms import AssignForm, workers
from inbox.models import Conversation
from inbox.numbers import row_number
from inbox.views.frame import Request, answer, at_hand, dialog_context, refuse, refusing
from people.access import wants_fragment
from people.presence import is_here


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def assign(request: Request, pk: int) -> HttpResponse:
    """GET: the people to choose from. POST: give it to one of them, or without `to` to nobody.

    `was`: who had it when the choice was made.
    """
    if request.method != "POST":
        return _dialog(request, reading.find(request.user, pk))
    form = AssignForm(pk, request.POST)
    if not form.is_valid():
        at_hand(request, pk)
        return refuse(request, str(form.errors["to"][0]), status=422)
    done = triage.assign(Conversation(pk=pk), to=form.cleaned_data["to"], by=request.user, was=_was(request))
    return answer(request, pk, done.said, deed=done.deed, closes_dialog=True)


@require_POST
@refusing
def take(request: Request, pk: int) -> HttpResponse:
    """Whoever asks works on it from now on."""
    done = triage.assign(Conversation(pk=pk), to=request.user, by=request.user, was=_was(request))
    meanwhile.refuse_repeated(done.deed, pk, "assigned", by=request.user)
    return answer(request, pk, done.said, deed=done.deed)


def _was(request: Request) -> dict[str, Any] | None:
    said = request.POST.get("was")
    if said is None:
        return None
    return {"assignee": row_number(said)}


def _dialog(request: Request, conversation: Conversation) -> HttpResponse:
    now = timezone.now()
    people = [
        {"id": one.pk, "name": str(one), "here": is_here(getattr(one, "presence", None), now)}
        for one in workers(conversation.pk).select_related("presence")
    ]
    people.sort(key=lambda one: (one["id"] != request.user.pk, not one["here"]))
    context = dialog_context(request, conversation) | {"people": people, "assignee": conversation.assignee_id}
    return render(request, "inbox/_assign.html" if wants_fragment(request) else "inbox/assign.html", context)
