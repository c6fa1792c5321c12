"""The set-up of a new workspace, for its first admin."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inbox import tour
from inbox.views.frame import Request
from people import company
from people.access import for_admins


@require_safe
@for_admins
def show(request: Request) -> HttpResponse:
    """What is set up and what is not."""
    steps = tour.steps(company.begin_tour())
    left = [step for step in steps if step.is_open]
    context = {
        "steps": steps,
        "next": left[0].slug if left else "",
        "done": sum(step.is_done for step in steps),
        "is_over": not left,
        "is_toured": company.company_of(request.user).is_toured,
        "at": "welcome",
        "nav": "settings",
    }
    return render(request, "inbox/people/welcome.html", context)


@require_POST
@for_admins
def skip(request: Request) -> HttpResponse:
    """A step is left out; with `again=1` it is wanted after all."""
    step = request.POST.get("step", "")
    if step not in tour.STEPS:
        raise Http404
    company.mark(step, skipped=request.POST.get("again") != "1")
    return redirect("welcome")


@require_POST
@for_admins
def put_away(request: Request) -> HttpResponse:
    """The set-up shows no more by itself."""
    company.end_tour()
    messages.success(request, gettext("The set-up is put away. It stays under Settings, Set-up."))
    return redirect("inbox")
