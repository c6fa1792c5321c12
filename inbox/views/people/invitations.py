"""Settings: who is invited."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from contacts.refused import Refused
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings
from inbox.views.frame import Request
from inbox.views.people import links
from inbox.views.people.forms import InviteForm
from people import invitations
from people.access import for_admins
from people.invite import CannotInvite


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_admins
def new(request: Request) -> HttpResponse:
    """GET: asks whom. POST: the link by which they become a colleague."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    # From the set-up back to the set-up.
    behind = urlsplit(request.htmx.current_url or "").path if request.htmx else ""
    back = behind if behind == reverse("welcome") else reverse("people")

    def act(said: dict[str, Any]) -> HttpResponse:
        try:
            invitation, token = invitations.make(**said, by=request.user)
        except CannotInvite as error:
            raise Refused(str(error), field=error.field) from error
        return links.shown(request, invitation, token, back)

    more = {"chosen": [str(one) for one in form["departments"].value() or ()]}
    dialog = Dialog(
        gettext("Invite somebody"), gettext("Make the invitation"), template="inbox/people/_invite.html", more=more
    )
    return fill(request, Settings(back), form, act, dialog)


@require_POST
@never_cache
@for_admins
def renew(request: Request, pk: int) -> HttpResponse:
    """Another link for the same invitation; the one before stops working."""
    try:
        invitation, token = invitations.renew(pk, request.user)
    except invitations.LinkGone as error:
        raise Http404 from error
    return links.shown(request, invitation, token, reverse("people"))


@require_POST
@for_admins
def withdraw(request: Request, pk: int) -> HttpResponse:
    """The link works no more."""
    if not invitations.withdraw(pk):
        raise Http404
    messages.success(request, gettext("The invitation is withdrawn. Its link does not work any more."))
    return redirect("people")
