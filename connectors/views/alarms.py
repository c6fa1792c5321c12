"""Alarms of channels, put away by whoever has read them."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from connectors import alarms
from people.access import Request, for_admins, wants_fragment


@require_POST
@for_admins
def read(request: Request) -> HttpResponse:
    """Put an alarm away until there is something new to say."""
    alarms.put_away(request.session, request.POST.get("key", "")[:300])
    if wants_fragment(request):
        return render(request, "connectors/_alarms.html")
    return redirect("channels")
