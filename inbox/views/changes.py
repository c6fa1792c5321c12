"""What an open page asks for when the live stream says that something changed."""

import time
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from inbox import changes, reading, warnings
from inbox.lists import Scope
from inbox.pace import pace
from inbox.views.conversations import mark_seen
from inbox.views.frame import Request, scope_of

_MOST = 200


@require_safe
def show(request: Request, view: str) -> HttpResponse:
    """Counts, the lines among `shown`, and the open conversation's news; which of `ids` are new goes in a header."""
    shown, others = _ids(request, "shown"), _ids(request, "ids")
    opened = _ids(request, "open")[:1]
    scope = scope_of(request, view, current=opened[0] if opened else None)
    parts = _reading(request, opened[0], scope) if opened else {}
    belonging = changes.matching(scope, [*shown, *others])
    context = {
        "sidebar": scope.sidebar,
        "scope": scope,
        "count": scope.count,
        "warnings": warnings.unheard(request.user, [*shown, *others], scope.now),
        "rows": changes.rows(scope, shown, belonging) if shown else [],
    }
    response = render(request, "inbox/_changes.html", parts | context)
    response["Live-Pace"] = pace.asked(request.user.pk, time.monotonic())
    if arrived := changes.arrivals(scope, others, belonging):
        trigger_client_event(response, "inbox:arrived", {"ids": sorted(arrived)})
    return response


def _reading(request: Request, pk: int, scope: Scope) -> dict[str, object]:
    try:
        conversation: Any = reading.find(request.user, pk)
    except Http404:
        return {}
    is_read = request.GET.get("reading") == "1"
    # Whoever marks as unread what is open wants to find it so, whatever they do there first. What was fetched before it
    # was opened is seen only now.
    if is_read and (conversation.seen_at is not None or request.GET.get("opened") == "1"):
        mark_seen(conversation, request)
    return changes.of_conversation(conversation, scope, changes.Shown.parse(request.GET), is_read=is_read)


def _ids(request: Request, name: str) -> list[int]:
    found = request.GET.get(name, "").split(",")
    return [int(one) for one in found if one.isdecimal() and len(one) < 19][:_MOST]
