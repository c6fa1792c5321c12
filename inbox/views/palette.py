"""The palette's answers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inbox import palette
from inbox.views.frame import Request
from people.access import wants_fragment


@require_safe
def show(request: Request) -> HttpResponse:
    """What fits the letters, as the lines below the field; without htmx on a page of their own."""
    asked = palette.Asked.parse(request.GET)
    groups = palette.groups(request.user, asked)
    context = {"groups": groups, "asked": asked, "count": sum(len(one.options) for one in groups)}
    return render(
        request, "inbox/palette/_options.html" if wants_fragment(request) else "inbox/palette/page.html", context
    )
