"""Replies: sent with a click, taken back, tried again, settled."""

from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from inbox import reading, replies
from inbox.forms import ReplyForm, SettleForm
from inbox.models import Conversation, Message
from inbox.triage import Conflict
from inbox.views.conversations import complaint
from inbox.views.frame import Request, answer, refuse, refusing
from inbox.views.voice import overlapping
from inbox.voice import Overlapping


@require_POST
@refusing
def send(request: Request, pk: int) -> HttpResponse:
    """Queue a reply; it can be taken back until it leaves."""
    conversation = reading.find(request.user, pk)
    form = ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return complain(request, pk, form)
    written = {name: value for name, value in form.cleaned_data.items() if name != "mode"}
    try:
        sent = replies.queue(conversation, by=request.user, **written)
    except replies.Stale as error:
        return complain(request, pk, str(error), stale=error.message)
    except Overlapping as error:
        return overlapping(request, pk, error)
    except (replies.CannotReply, Conflict, ValueError) as error:
        return complain(request, pk, str(error))
    until = int(sent.delivery.send_after.timestamp() * 1000)
    return answer(request, pk, "", sent=sent, until=until, writes=True, leaves=written["close_after"])


@require_POST
@refusing
def undo(request: Request, pk: int) -> HttpResponse:
    """Take a reply back; its text returns to the composer."""
    message = _find(request, pk)
    if not replies.take_back(message, by=request.user):
        return refuse(request, gettext("Too late: it has left."))
    return answer(request, message.conversation_id, gettext("Taken back"), taken=message, writes=True)


@require_POST
@refusing
def retry(request: Request, pk: int) -> HttpResponse:
    """Send a reply again that failed."""
    message = _find(request, pk)
    replies.retry(message, by=request.user)
    return answer(request, message.conversation_id, gettext("Trying again"))


@require_POST
@refusing
def settle(request: Request, pk: int) -> HttpResponse:
    """Say what became of a reply of which the network would not tell."""
    message = _find(request, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return refuse(request, gettext("Choose one of the three."), status=422)
    replies.settle(message, by=request.user, outcome=form.cleaned_data["outcome"])
    return answer(request, message.conversation_id, gettext("Settled"))


def complain(request: Request, pk: int, why: Form | str, *, stale: Message | None = None) -> HttpResponse:
    """What is wrong with what was written, above the words, which stay where they are."""
    text = " ".join(str(line) for lines in why.errors.values() for line in lines) if isinstance(why, Form) else why
    if not request.htmx:
        return complaint(request, pk, text)
    newest = Message.objects.filter(conversation=pk).order_by("-pk").values_list("pk", flat=True).first()
    context = {"why": text, "id": pk, "stale": stale, "newest": newest}
    return render(request, "inbox/_complaint.html", context, status=409 if stale else 422)


def _find(request: Request, pk: int) -> Message:
    visible = Conversation.objects.visible_to(request.user)
    found = Message.objects.filter(pk=pk, conversation__in=visible, delivery__isnull=False)
    message = found.select_related("conversation__department", "delivery").first()
    if message is None:
        raise Http404
    return message
