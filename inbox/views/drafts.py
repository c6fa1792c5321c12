"""What somebody has begun to write: kept while they type, looked at by their other windows."""

from dataclasses import asdict

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from inbox import drafts, reading
from inbox.forms import DraftForm
from inbox.views.frame import Request, refusing


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def draft(request: Request, pk: int) -> HttpResponse:
    """POST: keep what somebody has written so far. GET: what they have begun here, as JSON, for another window."""
    conversation = reading.find(request.user, pk)
    if request.method != "POST":
        begun = drafts.begun(getattr(conversation, "begun", []))
        return JsonResponse({mode: asdict(one) | {"at": one.at.isoformat()} for mode, one in begun.items()})
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    kept = drafts.save(conversation, by=request.user, **form.cleaned_data)
    at = kept.at.isoformat() if kept.at else ""
    if kept.replaced:
        return JsonResponse({"at": at, "replaced": kept.replaced})
    return HttpResponse(status=204, headers={"Draft-At": at})
