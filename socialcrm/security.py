"""What everybody sees to by themselves: their second factor, and where they are logged in."""

from typing import Any
from uuid import UUID

from allauth.account.views import PasswordChangeView
from allauth.mfa.totp import views as totp
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from inbox import accounts
from inbox.views.frame import Request
from people import sessions
from people.changes import record
from people.company import company_of


@require_safe
def show(request: Request) -> HttpResponse:
    """The page."""
    factors = accounts.factors_of(request.user)
    context = {
        "log_ins": accounts.log_ins(request.user, timezone.now(), request.session.session_key),
        "has_factor": "totp" in factors,
        "is_needed": company_of(request.user).needs_second_factor,
        "at": "security",
        "nav": "me",
    }
    return render(request, "account/security.html", context)


@require_POST
def end(request: Request, uuid: UUID) -> HttpResponse:
    """Log out of one other browser. Twice is once."""
    sessions.end(request.user.pk, only=uuid, but=request.session.session_key)
    messages.success(request, gettext("That browser is logged out"))
    return redirect("security")


@require_POST
def end_others(request: Request) -> HttpResponse:
    """Log out everywhere else."""
    n = sessions.end(request.user.pk, but=request.session.session_key)
    text = ngettext("%(n)s other browser is logged out", "%(n)s other browsers are logged out", n)
    messages.success(request, text % {"n": n})
    return redirect("security")


class PasswordView(PasswordChangeView):  # type: ignore[misc]
    """Changes one's own password."""

    def form_valid(self, form: Any) -> HttpResponse:
        """It is changed; whoever came in with the old one is out."""
        response: HttpResponse = super().form_valid(form)
        user: Any = self.request.user
        sessions.end(user.pk, but=self.request.session.session_key)
        return response

    def get_default_success_url(self) -> str:
        """Where one came from."""
        return reverse("security")


class ActivateView(totp.ActivateTOTPView):  # type: ignore[misc]
    """Sets the second factor up, and keeps that it was."""

    def form_valid(self, form: Any) -> HttpResponse:
        """It is there; other browsers, which came in without it, are logged out."""
        response: HttpResponse = super().form_valid(form)
        user: Any = self.request.user
        record(user, "factor_on", user)
        sessions.end(user.pk, but=self.request.session.session_key)
        return response


class DeactivateView(totp.DeactivateTOTPView):  # type: ignore[misc]
    """Takes the second factor away, and keeps that it was."""

    def form_valid(self, form: Any) -> HttpResponse:
        """It is gone; other browsers, which still take it to be there, are logged out."""
        response: HttpResponse = super().form_valid(form)
        user: Any = self.request.user
        record(user, "factor_off", user)
        accounts.forget_factor(self.request.session)
        sessions.end(user.pk, but=self.request.session.session_key)
        return response
