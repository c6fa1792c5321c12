"""Whom a person talks with: in brief beside their timeline, and as a page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from inbox import circle, person
from inbox.views.contacts import following
from inbox.views.frame import Request
from people.access import wants_fragment


@require_safe
@following
def show(request: Request, pk: int) -> HttpResponse:
    """The page; htmx gets the strongest few for the contact page."""
    contact = person.find(pk)
    now = timezone.now()
    if wants_fragment(request):
        return render(
            request, "inbox/_circle.html", circle.context(contact, circle.Narrowed(), now, most=circle.IN_BRIEF)
        )
    narrowed = circle.Narrowed.parse(request.GET)
    return render(request, "inbox/circle.html", circle.context(contact, narrowed, now) | {"nav": "contacts"})
