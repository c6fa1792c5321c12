"""All versions of the rules: who put what in force, when and why; and an old one in force again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from inbox.ruling import drafting, faults, versions
from inbox.ruling.names import Names
from inbox.ruling.rule_forms import ReasonForm
from inbox.views.frame import Request
from inbox.views.routing.dialogs import Dialog, fill
from inbox.views.routing.frame import editing
from people.access import for_managers


@require_safe
@for_managers
def history(request: Request) -> HttpResponse:
    """Versions, the newest first, each with how it differs from the one before; `?before=` a number."""
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    context = {"nav": "settings", **versions.page(start, Names())}
    return render(request, "inbox/routing/history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def restore(request: Request, number: int) -> HttpResponse:
    """GET: what would change, and the question why. POST: the old version is in force again, as a new one."""
    old = versions.find(number)
    if old is None:
        raise Http404
    names = Names()
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        version = drafting.roll_back(request.user, number, said["reason"])
        words = {"old": number, "new": version.number}
        messages.success(request, gettext("Version %(old)d is in force again, as version %(new)d") % words)
        back = reverse("routing_history")
        return HttpResponseClientRedirect(back) if request.htmx else redirect(back)

    dialog = Dialog(
        gettext("Put version %(number)d in force again") % {"number": number},
        gettext("Put in force"),
        reverse("routing_history"),
        hint=gettext("A draft stays as it is."),
        template="inbox/routing/_publish.html",
        more={"differences": versions.from_now_to(old, names), "errors": faults.look_at(old, names)},
    )
    return fill(request, form, act, dialog)
