"""Replies: sent with a click, taken back, sent at another time, tried again, settled."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from inbox import macro_acts, outbox, reading, replies
from inbox.composing import composer
from inbox.forms import SettleForm
from inbox.later import choices, told
from inbox.models import Conversation, Message
from inbox.numbers import row_number
from inbox.posts import posts
from inbox.sending_forms import LaterForm, SendForm
from inbox.sending_forms import when as chosen_time
from inbox.triage import Conflict
from inbox.views.conversations import complaint
from inbox.views.frame import Request, answer, dialog_context, refuse, refusing
from inbox.views.using_macros import numbers
from inbox.views.voice import overlapping
from inbox.voice import Overlapping


@require_POST
@refusing
def send(request: Request, pk: int) -> HttpResponse:
    """Queue a reply; it can be taken back until it leaves."""
    conversation = Conversation(pk=pk)
    form = SendForm(request.POST, request.FILES)
    if not form.is_valid():
        return complain(request, pk, form)
    written = {name: value for name, value in form.cleaned_data.items() if name != "mode"}
    chosen = macro_acts.find(request.user, conversation, numbers(request, "reply_macro"))
    if any(one.actions.get("close") for one in chosen):
        written["close_after"] = True
    try:
        # What its macros say happens with it, or neither does.
        with transaction.atomic():
            sent = replies.queue(conversation, by=request.user, **written)
            ran = macro_acts.run(conversation, chosen if sent.is_new else [], by=request.user)
    except replies.Stale as error:
        return complain(request, pk, str(error), stale=error.message)
    except Overlapping as error:
        return overlapping(request, pk, error)
    except replies.CannotAnswer as error:
        return complain(request, pk, str(error), composer=composer(reading.find(request.user, pk), 0))
    except (replies.CannotReply, Conflict, ValueError) as error:
        return complain(request, pk, str(error))
    leaving: dict[str, Any] = {
        "sent": sent.message,
        "writes": True,
        "leaves": written["close_after"],
        "answers": sent.answers,
    }
    leaving["warnings"] = [{"text": why, "url": reverse("short", args=[pk])} for why in ran.failed]
    if written["at"]:
        leaving["goes"] = told(written["at"], timezone.now())
    else:
        leaving["until"] = int(sent.message.delivery.send_after.timestamp() * 1000)
    said = gettext("Goes out %(when)s") % {"when": leaving["goes"]} if "goes" in leaving else ""
    return answer(request, pk, said, **leaving)


@require_POST
def parts(request: Request, pk: int) -> HttpResponse:
    """The posts that a text over the limit would go out as, as the network counts; nothing for one that fits."""
    conversation = reading.find(request.user, pk)
    text, numbered = request.POST.get("text", ""), request.POST.get("numbered") == "1"
    account = row_number(request.POST.get("account", ""))
    found = posts(conversation, text, numbered=numbered, account=account)
    return render(request, "inbox/_parts.html", {"id": pk} | found)


@require_POST
@refusing
def undo(request: Request, pk: int) -> HttpResponse:
    """Take a reply back."""
    return take_back(request, _find(request, pk))


@refusing
def take_back(request: Request, message: Message) -> HttpResponse:
    """Its text returns to the composer."""
    if not replies.take_back(message, by=request.user):
        return refuse(request, gettext("Too late: it has left."))
    # Who closed it with the reply has gone on to the next one, and comes back to the words.
    returns = message.delivery.close_after
    return answer(request, message.conversation_id, gettext("Taken back"), writes=True, returns=returns)


@require_POST
@refusing
def retry(request: Request, pk: int) -> HttpResponse:
    """Send a reply again that failed."""
    message = _find(request, pk)
    outbox.retry(message, by=request.user)
    return answer(request, message.conversation_id, gettext("Trying again"))


@require_POST
@refusing
def settle(request: Request, pk: int) -> HttpResponse:
    """Say what became of a reply of which the network would not tell."""
    message = _find(request, pk)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return refuse(request, gettext("Choose one of the three."), status=422)
    outbox.settle(message, by=request.user, outcome=form.cleaned_data["outcome"])
    return answer(request, message.conversation_id, gettext("Settled"))


@require_POST
@refusing
def now(request: Request, pk: int) -> HttpResponse:
    """Let a reply leave that waits for its time, or was held back."""
    message = _find(request, pk)
    outbox.send_now(message, by=request.user)
    return answer(request, message.conversation_id, gettext("Sending"))


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def later(request: Request, pk: int) -> HttpResponse:
    """GET: when a reply that waits is to leave. POST: it leaves then."""
    message = _find(request, pk)
    form = LaterForm(request.POST or None)
    conversation: Any = reading.find(request.user, message.conversation_id)
    context = dialog_context(request, conversation)
    why = ""
    if request.method == "POST":
        try:
            at = chosen_time(form)
        except ValueError as error:
            why = str(error)
        else:
            outbox.send_at(message, by=request.user, at=at)
            said = gettext("Goes out %(when)s") % {"when": told(at, timezone.now())}
            return answer(request, conversation.pk, said, closes_dialog=True)
    context |= {
        "message": message.pk,
        "choices": choices(timezone.now()),
        "why": why,
        "own": request.POST.get("later_at"),
    }
    template = "inbox/_later.html" if request.htmx else "inbox/later.html"
    return render(request, template, context, status=422 if why else 200)


@require_POST
@refusing
def discard(request: Request, pk: int) -> HttpResponse:
    """Throw a reply away that waits, was held back or failed."""
    message = _find(request, pk)
    outbox.discard(message, by=request.user)
    return answer(request, message.conversation_id, gettext("Discarded"))


def complain(
    request: Request,
    pk: int,
    why: Form | str,
    *,
    stale: Message | None = None,
    composer: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """What is wrong with what was written, above the words, which stay where they are. `composer`: who can answer now,
    where that is others than the page shows."""
    text = " ".join(str(line) for lines in why.errors.values() for line in lines) if isinstance(why, Form) else why
    if not request.htmx:
        return complaint(request, pk, text)
    newest = Message.objects.filter(conversation=pk).order_by("-pk").values_list("pk", flat=True).first()
    context = {"why": text, "id": pk, "stale": stale, "newest": newest, "composer": composer}
    return render(request, "inbox/_complaint.html", context, status=409 if stale else 422)


def _find(request: Request, pk: int) -> Message:
    visible = Conversation.objects.visible_to(request.user)
    found = Message.objects.filter(pk=pk, conversation__in=visible, delivery__isnull=False)
    message = found.select_related("conversation__department", "delivery").first()
    if message is None:
        raise Http404
    return message
