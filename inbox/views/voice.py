"""One voice: what others have open with the person, above the composer; promises."""

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from inbox import marks, promises, reading, voice
from inbox.models import Conversation, Promise
from inbox.presentation import ago, full
from inbox.views.conversations import complaint
from inbox.views.frame import Request, answer, refuse, refusing
from inbox.voice import Overlap, Overlapping, Standing


@require_safe
def show(request: Request, pk: int) -> HttpResponse:
    """What others have open with this person, and what is promised to them. For htmx, inside of the composer."""
    conversation = reading.find(request.user, pk)
    now = timezone.now()
    may_act = getattr(conversation, "may_act", False)
    standing = voice.look(conversation, request.user) if may_act else Standing([], asks=False)
    made = [promises.told(one, now) for one in promises.open_with(conversation.identity.contact_id)[:10]]
    return render(request, "inbox/_voice_answer.html", shown(pk, standing, now) | {"promises": made})


@require_POST
@refusing
def settle(request: Request, pk: int) -> HttpResponse:
    """A promise was kept, or is taken back."""
    promise = Promise.objects.select_related("conversation__department").filter(pk=pk).first()
    if promise is None or not Conversation.objects.visible_to(request.user).filter(pk=promise.conversation_id).exists():
        raise Http404
    outcome = request.POST.get("outcome")
    if outcome not in ("kept", "withdrawn"):
        return refuse(request, gettext("Say whether the promise was kept or is taken back."), status=422)
    promises.settle(promise, by=request.user, kept=outcome == "kept")
    said = gettext("Promise kept") if outcome == "kept" else gettext("Promise taken back")
    response = answer(request, promise.conversation_id, said)
    # The list of promises asks again, wherever it stands on the page.
    return trigger_client_event(response, "voiced")


def overlapping(request: Request, pk: int, error: Overlapping) -> HttpResponse:
    """A reply was held back: what others have open, above the words, which stay where they are."""
    context = shown(pk, error.standing, timezone.now())
    if not request.htmx:
        return complaint(request, pk, str(error), voice=context)
    return render(request, "inbox/_voice_held.html", context | {"why": str(error)}, status=409)


def shown(conversation_id: int, standing: Standing, now: datetime) -> dict[str, Any]:
    """The banner above a composer."""
    overlaps = [_told(one, now) for one in standing.overlaps]
    return {"id": conversation_id, "overlaps": overlaps, "asks": standing.asks}


def _told(one: Overlap, now: datetime) -> dict[str, Any]:
    return {
        "one": one,
        "mark": marks.department(one.department.mark, one.department.name),
        "ago": "" if now - one.since < timedelta(minutes=1) else ago(one.since, now),
        "full": full(one.since),
    }
