"""Whether a person may be written to."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from contacts.contacting import forbidden
from inbox.facts import contacting
from inbox.facts.forms import ReasonForm
from inbox.views.facts.frame import About, Dialog, fill, of_person
from inbox.views.frame import Request


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def do_not_contact(request: Request, about: About) -> HttpResponse:
    """GET: asks why. POST: nobody writes to the person any more, or with `do=lift` (managers) they may again."""
    lifts = request.POST.get("do") == "lift"
    if request.method != "POST":
        lifts = forbidden(about.person) is not None
    if lifts and not request.user.is_manager:
        raise PermissionDenied(gettext("Only managers and admins lift this. Ask one of them."))
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        change = contacting.allow if lifts else contacting.forbid
        change(about.person, reason=said["reason"], by=request.user, at=timezone.now())
        words = gettext("%(name)s may be contacted again") if lifts else gettext("%(name)s is not to be contacted")
        messages.success(request, words % {"name": about.name})
        return HttpResponseClientRedirect(about.url) if request.htmx else redirect(about.url)

    return fill(request, about, form, act, _lifting(about) if lifts else _setting(about))


def _setting(about: About) -> Dialog:
    return Dialog(
        gettext("Do not contact %(name)s") % {"name": about.name},
        gettext("Do not contact"),
        hint=gettext("Nobody can reply to them on any network, and replies that wait are not sent."),
        danger=True,
        more={"do": "set"},
    )


def _lifting(about: About) -> Dialog:
    title = gettext("Contact %(name)s again") % {"name": about.name}
    return Dialog(title, gettext("Allow contact"), more={"do": "lift"})
