"""Who may log in, and how: by user name and password, and nobody signs up by themselves."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import redis
import structlog
from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.base import views as mfa
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions import middleware as sessions
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from connectors.protocol import ConnectorError
from inbox import accounts
from people import company
from people.models import User

log = structlog.get_logger(__name__)

# What somebody needs to set one up, and to leave.
_WITHOUT_SECOND_FACTOR = {
    "security",
    "session_end",
    "sessions_end",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "account_logout",
    "account_change_password",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an admin or by `manage.py make_user`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether somebody has to set up a second factor before they go on to this page."""
    user: Any = request.user
    name = request.resolver_match.url_name if request.resolver_match else ""
    return name not in _WITHOUT_SECOND_FACTOR and accounts.lacks_factor(user, request.session)


class SessionMiddleware(sessions.SessionMiddleware):
    """Sessions that know where their browser is, and when it was last there."""

    def process_request(self, request: HttpRequest) -> None:
        """Brings the session, and tells it who asks."""
        super().process_request(request)
        session: Any = request.session
        session.meet(client_ip(request), request.headers.get("User-Agent", ""))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keeps what changed, and now and then that the browser was there."""
        answer = super().process_response(request, response)
        session: Any = getattr(request, "session", None)
        if session is not None and response.status_code < 500:
            session.note()
        return answer


def client_ip(request: HttpRequest) -> str:
    """From where somebody asks, through as many proxies as are trusted; empty where nobody can tell."""
    try:
        return str(AccountAdapter().get_client_ip(request))
    except PermissionDenied:
        return ""


class EveryPageMiddleware(LoginRequiredMiddleware):
    """Leads to the log-in, and from there back to a page: to no part of one and to no action.

    A part that htmx asks for would come back as the log-in inside of a page, or, where nothing is swapped, as nothing
    at all; so htmx is told to go there with the whole page.
    """

    def handle_no_permission(  # type: ignore[override]
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """The log-in page, with the way back."""
        htmx = request.headers.get("HX-Request") == "true"
        if not htmx and request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
        address = urlsplit(page if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL))
        there = redirect_to_login(address._replace(scheme="", netloc="", fragment="").geturl())
        return HttpResponse(status=401, headers={"HX-Redirect": there.url}) if htmx else there

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """The log-in for strangers, and, where everybody needs a second factor, its set-up for those without one."""
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        if answer is not None or not getattr(view_func, "login_required", True):
            return answer
        if not lacks_second_factor(request):
            return None
        there = reverse("security")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=401, headers={"HX-Redirect": there})
        return redirect(there)


def counted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A way in that is closed while nobody counts the attempts, or secrets could be guessed without end."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except redis.RedisError as error:
            log.warning("log_in_closed", error=str(error))
            return render(request, "503.html", status=503)

    return wrapped


@login_not_required
@counted
def login(request: HttpRequest) -> HttpResponseBase:
    """The log-in page."""
    return _welcomed(request, account.login(request))


@login_not_required
@counted
def confirm(request: HttpRequest) -> HttpResponseBase:
    """The second half of a log-in, for those who have a second factor."""
    try:
        return _welcomed(request, mfa.authenticate(request))
    except ConnectorError as error:
        log.error("second_factor_unreadable", error=str(error))
        return render(request, "account/unreadable.html", status=503)


def _welcomed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The first admin of a new workspace begins with its set-up, not with an empty inbox."""
    if response.status_code != 302 or not isinstance(request.user, User) or not request.user.is_admin:
        return response
    there = response.headers.get("Location", "")
    if there not in (reverse("home"), reverse("inbox")) or User.objects.filter(is_sample=True).exists():
        return response
    return redirect("welcome") if company.is_untouched() else response
