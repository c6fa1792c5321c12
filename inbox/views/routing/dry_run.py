"""Dry runs: what a draft, or a version, would have done with the messages of the last days."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox.dryrun import asking, page
from inbox.models import DryRun
from inbox.views.frame import Request
from people.access import for_managers, wants_fragment
from routing.models import Ruleset

_RANGE = _("Give a number of days from 1 to %(most)d.") % {"most": asking.MOST_DAYS}


class DaysForm(forms.Form):
    """Over how many days, and of which version; without one of the draft."""

    days = forms.IntegerField(
        min_value=1,
        max_value=asking.MOST_DAYS,
        error_messages={"required": _RANGE, "invalid": _RANGE, "min_value": _RANGE, "max_value": _RANGE},
    )
    version = forms.IntegerField(required=False, min_value=1, max_value=2**62)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def index(request: Request) -> HttpResponse:
    """The newest dry run of the draft. POST asks for one over so many `days`.

    `version` asks about a version by its id instead, `?number=` by the number that people know it by.
    """
    if request.method != "POST":
        asked = request.GET.get("number", "")
        return _answer(request, _numbered(asked) if asked else _subject(request.GET.get("version", "")))
    form = DaysForm(request.POST)
    ruleset = _subject(request.POST.get("version", ""))
    if ruleset is None:
        return _answer(request, None, _("There are no rules yet. Add one first."))
    if not form.is_valid():
        return _answer(request, ruleset, next(iter(form.errors.values()))[0])
    try:
        asking.ask(ruleset, days=form.cleaned_data["days"], by=request.user)
    except asking.Busy as error:
        return _answer(request, ruleset, str(error))
    return _answer(request, ruleset)


@require_POST
@for_managers
def cancel(request: Request, pk: int) -> HttpResponse:
    """Stop one. What was found before it stays."""
    run = get_object_or_404(DryRun.objects.only("ruleset_id"), pk=pk)
    asking.cancel(pk)
    return _answer(request, page.subject(run.ruleset_id))


@require_safe
@for_managers
def examples(request: Request, pk: int) -> HttpResponse:
    """Messages that would go from one department to another: `?from=…&to=…`."""
    run = get_object_or_404(DryRun, pk=pk, state=DryRun.State.DONE)
    cell = page.cell(run, request.GET.get("from", ""), request.GET.get("to", ""))
    context = {"nav": "settings", "cell": cell, "list": cell["examples"], "run": run}
    template = "inbox/routing/_dry_run_examples.html" if wants_fragment(request) else "inbox/routing/dry_run_cell.html"
    return render(request, template, context)


def _subject(version: str) -> Ruleset | None:
    if not version:
        return page.subject()
    is_id = version.isascii() and version.isdecimal() and len(version) < 18
    found = page.subject(int(version)) if is_id else None
    if found is None:
        raise Http404
    return found


def _numbered(number: str) -> Ruleset:
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return get_object_or_404(Ruleset, number=int(number) if is_number else 0)


def _answer(request: Request, ruleset: Ruleset | None, complaint: object = "") -> HttpResponse:
    if request.method == "POST" and not request.htmx:
        if complaint:
            messages.error(request, str(complaint))
        response = redirect("dry_run")
        if ruleset is not None and ruleset.state != Ruleset.State.DRAFT:
            response["Location"] += f"?version={ruleset.pk}"
        return response
    context = {"nav": "settings", "dry_run": page.box(ruleset) | {"complaint": complaint}}
    template = "inbox/routing/_dry_run_box.html" if wants_fragment(request) else "inbox/routing/dry_run.html"
    return render(request, template, context, status=422 if complaint else 200)
