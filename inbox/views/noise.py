"""Setting conversations aside, reviewing what was set aside, and blocking whoever keeps writing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from contacts.refused import Refused
from inbox import blocking, noise, reading
from inbox.models import Conversation
from inbox.triage import Conflict, NotAllowed
from inbox.views.frame import Request, answer, dialog_context, refuse, refusing, scope_of
from inbox.views.lists import found, listing
from people.access import wants_fragment


class BlockForm(forms.Form):
    """Whom or what to block, why, and for those whom many share that it is meant."""

    what = forms.CharField(max_length=600, error_messages={"required": _("Choose what to block.")})
    reason = forms.CharField(required=False, max_length=1_000)
    is_sure = forms.BooleanField(required=False)


@require_POST
@refusing
def spam(request: Request, pk: int) -> HttpResponse:
    """Nobody needs to read this."""
    noise.set_aside([reading.find(request.user, pk).pk], by=request.user)
    return answer(request, pk, gettext("Set aside as spam"), undo="reopen", leaves=True)


@require_POST
@refusing
def trust(request: Request, pk: int) -> HttpResponse:
    """Not spam, and nobody shall block this person."""
    blocking.trust([reading.find(request.user, pk).pk], by=request.user)
    return answer(request, pk, gettext("Back in the queue. This person will not be blocked."))


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def block(request: Request, pk: int) -> HttpResponse:
    """GET: what can be blocked. POST: it is, and the conversation is set aside."""
    conversation = reading.find(request.user, pk)
    offered = {one.key: one for one in blocking.choices(conversation, request.user)}
    form = BlockForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _dialog(request, conversation, form, offered)
    said = form.cleaned_data
    choice = offered.get(said["what"])
    if choice is None:
        form.add_error("what", gettext("This cannot be blocked from here. Choose something of the list."))
        return _dialog(request, conversation, form, offered)
    try:
        blocking.block(
            choice, by=request.user, reason=said["reason"], is_sure=said["is_sure"], conversation=conversation
        )
    except Refused as error:
        form.add_error("is_sure" if error.field == "is_sure" else "what", str(error))
        return _dialog(request, conversation, form, offered)
    told = gettext("Blocked: %(who)s") % {"who": choice.label}
    return answer(request, pk, told, leaves=True, closes_dialog=True)


def _dialog(
    request: Request, conversation: Conversation, form: BlockForm, offered: dict[str, blocking.Choice]
) -> HttpResponse:
    context = dialog_context(request, conversation) | {
        "form": form,
        "offered": list(offered.values()),
        "chosen": form.data.get("what", next(iter(offered))),
    }
    template = "inbox/noise/_block.html" if wants_fragment(request) else "inbox/noise/block.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
def decide(request: Request) -> HttpResponse:
    """Several at once, of what was set aside: `back` and `trust` bring them back, `spam` takes that back."""
    asked, deed = request.POST.getlist("ids"), request.POST.get("do", "")
    ids = [int(one) for one in asked if one.isascii() and one.isdecimal() and len(one) < 19]
    acts: dict[str, Any] = {"back": noise.bring_back, "trust": blocking.trust, "spam": noise.set_aside}
    if not ids or deed not in acts:
        return refuse(request, gettext("Choose at least one conversation."), status=422)
    try:
        done = acts[deed](ids, by=request.user)
    except NotAllowed as error:
        if not request.htmx:
            raise PermissionDenied(str(error)) from error
        return refuse(request, str(error), status=403)
    except Conflict as error:
        return refuse(request, str(error))
    said = _said(deed, len(done), len(set(ids)) - len(done))
    if not request.htmx:
        messages.success(request, said)
        return redirect("view", "aside")
    scope = scope_of(request, "aside")
    context = listing(scope, found(scope)) | {"said": said, "undo": done if deed != "spam" else []}
    return render(request, "inbox/noise/_decided.html", context)


def _said(deed: str, done: int, left: int) -> str:
    if deed == "spam":
        told = ngettext("%(n)s set aside again", "%(n)s set aside again", done)
    elif deed == "trust":
        told = ngettext("%(n)s back, its author not to be blocked", "%(n)s back, their authors not to be blocked", done)
    else:
        told = ngettext("%(n)s back in its queue", "%(n)s back in their queues", done)
    more = ngettext("%(n)s was left as it is.", "%(n)s were left as they are.", left) % {"n": left} if left else ""
    return f"{told % {'n': done}}. {more}".strip() if more else told % {"n": done}
