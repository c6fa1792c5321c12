"""Who may log in, and how: by user name and password, and nobody signs up by themselves."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import redis
import structlog
from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions import middleware as sessions
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an admin or by `manage.py make_user`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


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


@login_not_required
def login(request: HttpRequest) -> HttpResponseBase:
    """The log-in page; closed while nobody counts the attempts, or passwords could be guessed without end."""
    try:
        response: HttpResponseBase = account.login(request)
    except redis.RedisError as error:
        log.warning("log_in_closed", error=str(error))
        return render(request, "503.html", status=503)
    return response
