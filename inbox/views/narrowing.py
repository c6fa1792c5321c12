"""The dialog in which a list is narrowed down; what is chosen there is an address of the list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inbox import narrowing_form
from inbox.views.frame import Request, scope_of
from people.access import wants_fragment


@require_safe
def show(request: Request, view: str) -> HttpResponse:
    """The filters of a view, with those chosen that its address holds."""
    scope = scope_of(request, view)
    context = {"scope": scope, "sidebar": scope.sidebar, "choices": narrowing_form.choices(scope)}
    return render(
        request, "inbox/views/_narrow.html" if wants_fragment(request) else "inbox/views/narrow.html", context
    )
