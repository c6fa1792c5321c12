"""Setting conversations aside, reviewing what was set aside, and blocking whoever keeps writing."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from contacts.refused import Refused
from inbox import blocking, meanwhile, noise, reading
from inbox.models import Conversation
from inbox.views.frame import Request, answer, at_hand, dialog_context, refusing
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
    done = noise.set_aside(Conversation(pk=pk), by=request.user)
    meanwhile.refuse_repeated(done.deed, pk, "set_aside", by=request.user)
    return answer(request, pk, done.said, deed=done.deed, leaves=True)


@require_POST
@refusing
def trust(request: Request, pk: int) -> HttpResponse:
    """Not spam, and nobody shall block this person."""
    done = blocking.trust([at_hand(request, pk).pk], by=request.user)
    said = gettext("Back in the queue. This person will not be blocked.")
    return answer(request, pk, said, deed=done.deed)


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
