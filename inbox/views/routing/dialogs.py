"""Dialogs and popovers of the rules: a form, and what becomes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from inbox.ruling import book as books
from inbox.ruling.drafting import Refused
from inbox.views.frame import Request
from inbox.views.routing.frame import revision_of
from people.access import wants_fragment
from routing.conditions import BadCondition


@dataclass(frozen=True, slots=True)
class Dialog:
    """The words of a dialog, where it leads back to, and what stands in it beside its form."""

    title: str
    submit: str
    back: str
    hint: str = ""
    danger: bool = False
    template: str = "inbox/routing/_dialog.html"
    more: Mapping[str, Any] | None = None


def fill(
    request: Request, form: forms.Form, act: Callable[[dict[str, Any]], HttpResponse], dialog: Dialog
) -> HttpResponse:
    """The dialog, or when it was filled in what `act` makes of it; with what was wrong beside the field."""
    if request.method == "POST" and form.is_valid():
        try:
            return act(form.cleaned_data)
        except BadCondition as error:
            form.add_error(None, error.remedy)
        except Refused as error:
            form.add_error(None, str(error))
    revision = revision_of(request) if request.method == "POST" else books.load().revision
    context = {
        "form": form,
        "dialog": dialog,
        "nav": "settings",
        "action": request.path,
        "revision": "" if revision is None else revision,
        **(dialog.more or {}),
    }
    template = dialog.template if wants_fragment(request) else "inbox/routing/alone.html"
    return render(request, template, context, status=422 if form.errors else 200)
