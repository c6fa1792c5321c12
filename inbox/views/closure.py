"""Closing a conversation and opening it again."""

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from inbox import reading, triage
from inbox.views.frame import Request, answer, refusing


@require_POST
@refusing
def close(request: Request, pk: int) -> HttpResponse:
    """Nothing is left to do here."""
    triage.close(reading.find(request.user, pk), by=request.user)
    return answer(request, pk, gettext("Closed"), undo="reopen", leaves=True)


@require_POST
@refusing
def reopen(request: Request, pk: int) -> HttpResponse:
    """There is something to do after all."""
    triage.reopen(reading.find(request.user, pk), by=request.user)
    return answer(request, pk, gettext("Open again"), undo="close")
