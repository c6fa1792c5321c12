"""Trying a message on the rules, and a pattern on itself. Nothing is kept."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from inbox.ruling import book as books
from inbox.ruling.names import Names
from inbox.ruling.page import Asked
from inbox.ruling.trial import attempt
from inbox.ruling.trial_forms import TrialForm
from inbox.views.frame import Request
from inbox.views.routing.frame import context
from people.access import for_managers
from routing.conditions import BadCondition, check


@require_POST
@for_managers
def trial(request: Request) -> HttpResponse:
    """Where a message would go, and what every rule says of it."""
    names, book = Names(), books.load()
    form = TrialForm(request.POST, names=names)
    tried: Any = {"error": form.problem}
    if form.is_valid():
        tried = attempt(form.signals(), book, form.cleaned_data["rule"], names)
    status = 200 if form.is_valid() else 422
    if request.htmx:
        return render(request, "inbox/routing/_tried.html", {"tried": tried}, status=status)
    rule = form.cleaned_data.get("rule")
    parts = context(book, Asked(rule if rule and book.rule(rule) else None))
    parts["trial"] |= {name: request.POST.get(name, "") for name in ("text", "network", "kind", "author", "followers")}
    return render(request, "inbox/routing/rules.html", parts | {"tried": tried}, status=status)


@require_POST
@for_managers
def pattern(request: Request) -> HttpResponse:
    """Whether a pattern can be used, while it is being written."""
    try:
        check({"field": "text", "op": "matches", "value": request.POST.get("value", "")})
    except BadCondition as error:
        return render(request, "inbox/routing/_pattern.html", {"wrong": error.remedy})
    return render(request, "inbox/routing/_pattern.html", {"fine": gettext("This pattern can be used.")})
