"""Who may log in, and how: by user name and password, and nobody signs up by themselves."""

import redis
import structlog
from allauth.account import views as account
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

log = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an admin or by `manage.py make_user`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False


@login_not_required
def login(request: HttpRequest) -> HttpResponseBase:
    """The log-in page; closed while nobody counts the attempts, or passwords could be guessed without end."""
    try:
        response: HttpResponseBase = account.login(request)
    except redis.RedisError as error:
        log.warning("log_in_closed", error=str(error))
        return render(request, "503.html", status=503)
    return response
