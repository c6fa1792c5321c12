"""More like the one that was just moved: shown, and moved with it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox import changes, reading, similar
from inbox.acted import Done
from inbox.models import Conversation
from inbox.presentation import ago
from inbox.similar import Found
from inbox.triage import Conflict
from inbox.views.frame import Request, refuse, scope_of, undo_of, view_behind
from people.access import wants_fragment


class StillThere(forms.TypedMultipleChoiceField):
    """Those of the chosen that can be chosen yet: what somebody took up meanwhile does not hold up the others."""

    def to_python(self, value: Any) -> list[str]:
        """Raises ValidationError where some were chosen, and none of them is there any more."""
        said = super().to_python(value)
        kept = [one for one in said if self.valid_value(one)]
        if said and not kept:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return kept


class ChosenForm(forms.Form):
    """Which of them go too, and why."""

    chosen = StillThere(
        coerce=int,
        error_messages={
            "required": _("Choose one at least."),
            "invalid_choice": _("What you chose is not there any more. Choose one of these at least."),
        },
    )
    reason = forms.CharField(
        max_length=1000, error_messages={"required": _("Say why: whoever gets this sees your reason.")}
    )

    def __init__(self, found: Found, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["chosen"]
        field.choices = [(one.conversation, one.name) for one in found.alike]


@require_http_methods(["GET", "HEAD", "POST"])
def alike(request: Request, pk: int) -> HttpResponse:
    """GET: those that are like it, to choose from; with `brief`, how many. POST: the chosen ones go where it went."""
    conversation = reading.find(request.user, pk)
    found = similar.find(conversation, by=request.user)
    if "brief" in request.GET:
        return render(request, "inbox/routing/_similar_brief.html", {"pk": pk, "found": found})
    if found is None:
        return refuse(request, gettext("Nobody has moved this conversation, so there is nothing to move with it."))
    form = ChosenForm(found, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _dialog(request, conversation, found, form)
    said = form.cleaned_data
    try:
        done = similar.move(said["chosen"], found, by=request.user, reason=said["reason"])
    except Conflict as error:
        return refuse(request, str(error))
    return _moved(request, pk, done)


def _dialog(request: Request, conversation: Conversation, found: Found, form: ChosenForm) -> HttpResponse:
    now = timezone.now()
    chosen = set(request.POST.getlist("chosen")) if form.is_bound else None
    context = {
        "pk": conversation.pk,
        "found": found,
        "form": form,
        "reason": form.data.get("reason", "") if form.is_bound else found.origin.reason,
        "alike": [
            {
                "pk": one.conversation,
                "text": one.text,
                "name": one.name,
                "ago": ago(one.at, now),
                "is_chosen": one.is_close if chosen is None else str(one.conversation) in chosen,
                "percent": round(one.likeness * 100),
            }
            for one in found.alike
        ],
    }
    template = "inbox/routing/_similar.html" if wants_fragment(request) else "inbox/routing/similar.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _moved(request: Request, pk: int, done: Done) -> HttpResponse:
    slug, current = view_behind(request)
    if not request.htmx:
        messages.success(request, done.told(), extra_tags=undo_of(done.deed))
        return redirect("conversation", slug, pk)
    scope = scope_of(request, slug, current)
    context = {
        "sidebar": scope.sidebar,
        "scope": scope,
        "count": scope.view.count(scope.sidebar),
        "rows": changes.rows(scope, done.ids, changes.matching(scope, done.ids)),
        "said": done.told(),
        "deed": done.deed,
    }
    return render(request, "inbox/routing/_similar_moved.html", context)
