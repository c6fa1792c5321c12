"""Macros in the composer: what can be used here, and one of them filled in."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from inbox.views.frame import Request


@require_safe
def listed(request: Request, pk: int) -> HttpResponse:
    """What can be used in a conversation, as JSON."""
    return JsonResponse({"all": []})
