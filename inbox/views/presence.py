"""Who is at a conversation: browsers say so, colleagues read what is being written, and somebody takes it over."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inbox import here, reading, rows, voice
from inbox.models import Conversation, Draft
from inbox.presentation import ago, full
from inbox.triage import NotAllowed
from inbox.views.frame import Request, answer, refusing, scope_of, view_behind
from people.access import wants_fragment


@require_POST
def say(request: Request) -> HttpResponse:
    """A browser says at which conversation its person is, and whether they write. Said every ten seconds."""
    number, doing = request.POST.get("conversation", ""), request.POST.get("doing", "")
    known = next((one for one in here.DOINGS if one == doing), None)
    if known is None or not (number.isascii() and number.isdigit() and len(number) < 19):
        return HttpResponse(status=422)
    if not Conversation.objects.visible_to(request.user).filter(pk=int(number)).exists():
        raise Http404
    here.say(int(number), by=request.user, doing=known)
    return HttpResponse(status=204)


@require_safe
def drafts(request: Request, pk: int) -> HttpResponse:
    """What colleagues have begun to answer, for reading. With `sending=1` whoever is about to send decides on it."""
    conversation = reading.find(request.user, pk)
    now = timezone.now()
    found = Draft.objects.filter(conversation=pk, mode=Draft.Mode.REPLY).exclude(user=request.user)
    told = [
        {
            "mate": rows.mate(one.user_id, str(one.user)),
            "text": one.text,
            "ago": ago(one.at, now),
            "full": full(one.at),
            "iso": one.at.isoformat(),
            "heard": voice.named("draft", one.pk),
        }
        for one in found.select_related("user").order_by("-at")[:5]
    ]
    name = request.GET.get("name", "")[:150].replace("\0", "")
    is_sending = request.GET.get("sending") == "1" and getattr(conversation, "may_act", False)
    context = {"pk": pk, "drafts": told, "name": name, "is_sending": is_sending}
    if wants_fragment(request):
        return render(request, "inbox/_drafts.html", context)
    scope = scope_of(request, view_behind(request)[0], current=pk)
    head = reading.head(conversation, scope, "whole")
    return render(request, "inbox/drafts.html", context | {"c": head, "sidebar": scope.sidebar, "scope": scope})


@require_POST
@refusing
def take_over(request: Request, pk: int) -> HttpResponse:
    """Somebody else answers from now on; whoever was writing is told, and keeps what they wrote."""
    conversation = reading.find(request.user, pk)
    if not getattr(conversation, "may_act", False):
        owner = conversation.department.name
        raise NotAllowed(gettext("This conversation belongs to %(owner)s.") % {"owner": owner})
    here.take_over(pk, by=request.user)
    return answer(request, pk, gettext("You answer this now. Whoever was writing is told."), closes_dialog=True)
