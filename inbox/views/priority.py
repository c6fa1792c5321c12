"""How urgent a conversation is."""

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from inbox import priorities
from inbox.models import Conversation
from inbox.views.frame import Request, answer, at_hand, refuse, refusing

Priority = Conversation.Priority


class PriorityForm(forms.Form):
    """One of the priorities."""

    to = forms.TypedChoiceField(
        choices=Priority.choices,
        coerce=int,
        error_messages={"required": _("Choose a priority."), "invalid_choice": _("There is no such priority.")},
    )


@require_POST
@refusing
def prioritise(request: Request, pk: int) -> HttpResponse:
    """It is as urgent as was chosen; when its reply is due follows."""
    form = PriorityForm(request.POST)
    if not form.is_valid():
        at_hand(request, pk)
        return refuse(request, str(form.errors["to"][0]), status=422)
    done = priorities.prioritise(Conversation(pk=pk), to=form.cleaned_data["to"], by=request.user)
    return answer(request, pk, done.said, deed=done.deed)
