"""Closing a conversation and opening it again."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from inbox import meanwhile, triage
from inbox.models import Conversation
from inbox.views.frame import Request, answer, refusing


@require_POST
@refusing
def close(request: Request, pk: int) -> HttpResponse:
    """Nothing is left to do here."""
    done = triage.close(Conversation(pk=pk), by=request.user)
    meanwhile.refuse_repeated(done.deed, pk, "closed", by=request.user)
    return answer(request, pk, done.said, deed=done.deed, leaves=True)


@require_POST
@refusing
def reopen(request: Request, pk: int) -> HttpResponse:
    """There is something to do after all."""
    done = triage.reopen(Conversation(pk=pk), by=request.user)
    meanwhile.refuse_repeated(done.deed, pk, "reopened", by=request.user)
    return answer(request, pk, done.said, deed=done.deed)
