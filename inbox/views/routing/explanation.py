"""Why a message went where it did, and what if it read differently. For everybody who is signed in."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from inbox.dryrun.labels import Labels
from inbox.explaining import page, what_if
from inbox.ruling.names import Names
from inbox.views.frame import Request
from people.access import wants_fragment

_TOO_LONG = _("The text is too long to be tried. Shorten it to %(most)d characters.") % {"most": what_if.LONGEST}
_NO_DEPARTMENT = _("There is no such department. Choose one of the list.")


class WhatIfForm(forms.Form):
    """Another text, and who has the conversation."""

    text = forms.CharField(
        max_length=what_if.LONGEST,
        strip=False,
        error_messages={
            "required": _("Write a text to try."),
            "max_length": _TOO_LONG,
            "null_characters_not_allowed": _("The text holds a character that cannot be read. Take it out."),
        },
    )
    owner = forms.ChoiceField(required=False, error_messages={"invalid_choice": _NO_DEPARTMENT})

    def __init__(self, labels: Labels, *args: Any) -> None:
        super().__init__(*args)
        field = self.fields["owner"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", ""), *((slug, one.name) for slug, one in labels.departments.items())]


@require_safe
def explanation(request: Request, pk: int) -> HttpResponse:
    """The whole explanation of one message: a dialog for htmx, else a page."""
    message, decision = page.find(request.user, pk)
    names, labels = Names(), Labels()
    context = {"nav": "inbox", "m": page.context(message, decision, names, labels)}
    template = "inbox/routing/_explanation.html" if wants_fragment(request) else "inbox/routing/explanation.html"
    return render(request, template, context)


@require_safe
def trace(request: Request, pk: int) -> HttpResponse:
    """What every rule of then says of it, some at a time: `?from=` a place counted from 0."""
    _message, decision = page.find(request.user, pk)
    start = request.GET.get("from", "0")
    if decision is None or not (start.isascii() and start.isdecimal() and len(start) < 6):
        raise Http404
    found = page.trace(decision, Names(), int(start))
    context = {"nav": "inbox", "pk": pk, "start": int(start), **(found or {"trace": None})}
    template = "inbox/routing/_trace.html" if wants_fragment(request) else "inbox/routing/trace.html"
    return render(request, template, context)


@require_POST
def try_text(request: Request, pk: int) -> HttpResponse:
    """What the router of now would say of another text. Nothing is kept."""
    message, decision = page.find(request.user, pk)
    if decision is None:
        raise Http404
    names, labels = Names(), Labels()
    form = WhatIfForm(labels, request.POST)
    tried: dict[str, Any] = {}
    if form.is_valid():
        answer = what_if.ask(decision, text=form.cleaned_data["text"], owner=form.cleaned_data["owner"])
        tried = what_if.shown(answer, decision, names, labels)
    errors = [str(error) for found in form.errors.values() for error in found]
    context = {
        "nav": "inbox",
        "tried": tried,
        "errors": errors,
        "said": request.POST.get("text", "")[: what_if.LONGEST],
    }
    status = 422 if errors else 200
    if wants_fragment(request):
        return render(request, "inbox/routing/_tried_text.html", context, status=status)
    context["m"] = page.context(message, decision, names, labels)
    return render(request, "inbox/routing/explanation.html", context, status=status)
