"""The list of people, and the page of one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from inbox import person, timeline
from inbox.contact_page import Reader, context, part
from inbox.entries import entry
from inbox.person import Moved
from inbox.views.frame import Request, wants_fragment

View = Callable[..., HttpResponse]


def following(view: View) -> View:
    """Leads from a contact that is part of another one since a merge to the page of the person."""

    @wraps(view)
    def wrapped(request: Request, pk: int, **others: Any) -> HttpResponse:
        try:
            return view(request, pk, **others)
        except Moved as moved:
            match: Any = request.resolver_match
            return HttpResponseRedirect(reverse(match.url_name, kwargs={**match.kwargs, "pk": moved.to}))

    return wrapped


@require_safe
@following
def show(request: Request, pk: int) -> HttpResponse:
    """A person's page; htmx gets the timeline as it is narrowed, or with `before` or `after` a part of it."""
    contact = person.find(pk)
    reader = Reader.of(request.user, contact.pk, request.GET)
    if wants_fragment(request):
        going_on = "before" in request.GET or "after" in request.GET
        template = "inbox/_history_entries.html" if going_on else "inbox/_history.html"
        return render(request, template, part(contact, reader))
    return render(request, "inbox/contact.html", context(contact, reader))


@require_safe
@following
def event(request: Request, pk: int, event: int) -> HttpResponse:
    """One entry of a person's timeline, opened with all of its text, or with `closed=1` as a line again."""
    contact = person.find(pk)
    values = timeline.one(contact.pk, event)
    if values is None:
        raise Http404
    is_open = request.GET.get("closed") != "1"
    reader = Reader.of(request.user, contact.pk, request.GET)
    told = entry(values, reader.telling(), is_open=is_open, in_full=True)
    told["versions"] = timeline.versions(values) if is_open else []
    return render(request, "inbox/_event.html", {"e": told})
