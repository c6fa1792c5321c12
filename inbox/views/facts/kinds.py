"""What the settings of roles and attributes share: who may open them, and how they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect

from contacts.refused import Refused
from inbox.views.frame import Request

Page = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Settings:
    """The page of the settings that a dialog belongs to."""

    url: str
    nav: str = "settings"
    conversation: int | None = None


def for_admins(view: Page) -> Page:
    """Lets admins through and tells others that this page is theirs."""

    @wraps(view)
    def wrapped(request: Request, **kwargs: Any) -> HttpResponse:
        if not request.user.is_admin:
            raise PermissionDenied(gettext("Only admins open the settings."))
        return view(request, **kwargs)

    return wrapped


def saved(request: Request, url: str, said: str) -> HttpResponse:
    """Back to the list, which says what was done."""
    messages.success(request, said)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def attempt(request: Request, url: str, act: Callable[[], object], said: str = "") -> HttpResponse:
    """Do it, and lead back to the list; with what was in the way, if something was."""
    try:
        act()
    except Refused as error:
        messages.error(request, str(error))
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    return saved(request, url, said) if said else redirect(url)
