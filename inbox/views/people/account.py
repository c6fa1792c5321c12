"""Settings: a colleague's log-in. Where they are logged in, their second factor, and what was done to it by whom."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import accounts, colleagues
from inbox.models import Conversation
from inbox.rows import mate
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, saved
from inbox.views.frame import Request
from inbox.views.people import links
from inbox.views.people.forms import SwitchForm
from people import invitations
from people.access import for_admins
from people.models import User


@require_safe
@for_admins
def show(request: Request, pk: int) -> HttpResponse:
    """The page of a colleague's log-in."""
    user = get_object_or_404(User, pk=pk)
    now = timezone.now()
    context = {
        "one": user,
        "mate": mate(user.pk, str(user)),
        "departments": user.departments.order_by("position", "pk"),
        "log_ins": accounts.log_ins(user, now, request.session.session_key),
        "factors": accounts.factors_of(user),
        "changes": accounts.changes_of(user),
        "is_me": user.pk == request.user.pk,
        "at": "people",
        "nav": "settings",
    }
    return render(request, "inbox/people/account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def switch(request: Request, pk: int) -> HttpResponse:
    """GET: asks. POST: they may log in again, or not any more."""
    user = get_object_or_404(User, pk=pk)
    form = SwitchForm(request.POST if request.method == "POST" else None, initial={"on": not user.is_active})
    back = _page(pk)

    def act(said: dict[str, Any]) -> HttpResponse:
        n = colleagues.switch(user, on=said["on"], by=request.user)
        return saved(request, back.url, _switched(user, said["on"], n))

    title = gettext("Switch off the log-in of %(name)s") if user.is_active else gettext("Let %(name)s log in again")
    dialog = Dialog(
        title % {"name": user},
        gettext("Switch off") if user.is_active else gettext("Switch on"),
        danger=user.is_active,
        more={"says": _warning(user)},
    )
    return fill(request, back, form, act, dialog)


@require_POST
@never_cache
@for_admins
def reset(request: Request, pk: int) -> HttpResponse:
    """A link by which they choose a new password."""
    user = get_object_or_404(User, pk=pk)
    if not user.is_active:
        return _refused(request, pk, gettext("Switch the log-in on first: who may not log in needs no password."))
    invitation, token = invitations.make_reset(user, request.user)
    return links.shown(request, invitation, token, _page(pk).url)


@require_POST
@for_admins
def log_out(request: Request, pk: int) -> HttpResponse:
    """They are logged out everywhere."""
    user = get_object_or_404(User, pk=pk)
    n = accounts.log_out(user, by=request.user)
    text = ngettext("%(name)s was logged out of %(n)s browser", "%(name)s was logged out of %(n)s browsers", n)
    messages.success(request, text % {"name": user, "n": n})
    return redirect("person_account", pk)


@require_POST
@for_admins
def take_factor(request: Request, pk: int) -> HttpResponse:
    """They log in with their password alone, until they set a second factor up again."""
    user = get_object_or_404(User, pk=pk)
    if not accounts.take_factor(user, by=request.user):
        return _refused(request, pk, gettext("%(name)s has no second factor.") % {"name": user})
    messages.success(
        request, gettext("The second factor of %(name)s is gone, and they are logged out.") % {"name": user}
    )
    return redirect("person_account", pk)


def _switched(user: User, on: bool, n: int) -> str:
    if on:
        return gettext("%(name)s may log in again") % {"name": user}
    text = ngettext(
        "%(name)s may not log in any more. %(n)s conversation went back to its queue.",
        "%(name)s may not log in any more. %(n)s conversations went back to their queues.",
        n,
    )
    return text % {"name": user, "n": n}


def _warning(user: User) -> str:
    """What happens besides."""
    if not user.is_active:
        return gettext("They log in with the password that they had. Make a link for a new one if they forgot it.")
    states = (Conversation.State.OPEN, Conversation.State.SNOOZED)
    n = Conversation.objects.filter(assignee=user, state__in=states).count()
    text = ngettext(
        "They are logged out at once, and %(n)s conversation goes back to its queue. What they wrote stays, drafts "
        "included.",
        "They are logged out at once, and %(n)s conversations go back to their queues. What they wrote stays, drafts "
        "included.",
        n,
    )
    return text % {"n": n}


def _refused(request: Request, pk: int, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("person_account", pk)


def _page(pk: int) -> Settings:
    return Settings(reverse("person_account", args=[pk]))
