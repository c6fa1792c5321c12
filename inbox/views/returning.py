"""Where somebody goes on after an action, and what they are told there."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from inbox.views.frame import Request


def page_behind(request: Request) -> str:
    """The address of our page on which a button was pressed, without host; empty where it cannot be told."""
    url = request.htmx.current_url if request.htmx else request.headers.get("Referer", "")
    if not url or not url_has_allowed_host_and_scheme(url, {request.get_host()}):
        return ""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def back(request: Request, default: str = "") -> str:
    """Where to go after an action: where somebody came from, unless that was a dialog that has a page of its own."""
    page = page_behind(request)
    is_dialog = page.partition("?")[0].endswith(("/merge/", "/split/", "/undo/")) or "/merge/" in page
    return default or (reverse("merges") if is_dialog or not page else page)


def tell(request: Request, said: str, *, undo: str = "", trouble: str = "") -> None:
    """Leave a message for the next page; `undo`: the address that takes it back, offered on the message."""
    if said:
        messages.success(request, said, extra_tags=undo)
    if trouble:
        messages.error(request, trouble)


def go(request: Request, url: str) -> HttpResponse:
    """The browser goes to another page, whoever asked: a form, or htmx."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def refuse(request: Request, why: str, status: int = 409) -> HttpResponse:
    """An action that could not be done, and why, for the person who asked for it."""
    if request.htmx:
        return render(request, "inbox/_refused.html", {"why": why}, status=status)
    messages.error(request, why)
    return redirect(back(request))
