"""Files of a draft: put there as they are dropped or pasted, described, looked at, taken away."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inbox import attaching, files, reading
from inbox.models import DraftFile
from inbox.numbers import row_number
from inbox.views.frame import Request, refuse, refusing, view_behind
from inbox.views.media import POLICY


@require_POST
@refusing
def add(request: Request, pk: int) -> HttpResponse:
    """Put files to one's draft in a conversation; what is not taken says why, and the others stay."""
    conversation = reading.find(request.user, pk)
    given = request.FILES.getlist("attached")
    account = row_number(request.POST.get("account", ""))
    complaints = attaching.add(conversation, files.allowed(conversation, account), given, by=request.user)
    return _answer(request, pk, complaints, account)


@require_POST
@refusing
def describe(request: Request, pk: int) -> HttpResponse:
    """Keep what a picture shows."""
    attaching.describe(_find(request, pk), request.POST.get(f"alt-{pk}", ""))
    return HttpResponse(status=204)


@require_POST
@refusing
def remove(request: Request, pk: int) -> HttpResponse:
    """Take a file away from one's draft."""
    file = _find(request, pk)
    file.delete()
    return _answer(request, file.conversation_id, [])


@require_safe
def show(request: Request, pk: int) -> HttpResponse:
    """A small picture of a file of one's own draft, made anew. 404 for what is no picture that we would show."""
    file = DraftFile.objects.filter(pk=pk, user=request.user).first()
    small = files.thumbnail(file) if file else None
    if small is None:
        raise Http404
    response = HttpResponse(small, content_type="image/webp")
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _answer(request: Request, pk: int, complaints: list[str], account: int | None = None) -> HttpResponse:
    conversation = reading.find(request.user, pk)
    if not request.htmx:
        if complaints:
            return refuse(request, " ".join(complaints))
        return redirect("conversation", view_behind(request)[0], pk)
    limits = files.allowed(conversation, account)
    context = {"id": pk, "kept": files.told(conversation, limits.alt if limits else 0), "complaints": complaints}
    return render(request, "inbox/_files.html", context)


def _find(request: Request, pk: int) -> DraftFile:
    """A file of one's own draft, in a conversation that one may still see."""
    file = DraftFile.objects.filter(pk=pk, user=request.user).defer("content").first()
    if file is None:
        raise Http404(gettext("This file is not there any more."))
    return file
