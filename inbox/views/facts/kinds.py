"""What the settings of roles and attributes share: how they answer."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from contacts.refused import Refused
from inbox.views.frame import Request


@dataclass(frozen=True, slots=True)
class Settings:
    """The page of the settings that a dialog belongs to."""

    url: str
    nav: str = "settings"
    conversation: int | None = None


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
