"""The mapping of a generic channel, drawn field by field on a recorded delivery."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from connectors import drawing
from connectors.incoming import Rejected
from connectors.models import Channel, Receipt
from inbox.drain import retry
from people.access import Request, for_admins, wants_fragment


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def mapping(request: Request, pk: int) -> HttpResponse:
    """The form on a delivery. POST shows what becomes of it, or saves and takes in what had to wait."""
    channel = get_object_or_404(Channel, pk=pk)
    if not drawing.can_draw(channel):
        raise Http404
    found = drawing.samples(channel)
    sample = _chosen(request, found)
    if request.method != "POST":
        return _answer(request, channel, found, sample, drawing.stored(channel))
    rules = drawing.entered(request.POST)
    if request.POST.get("do") != "save":
        return _answer(request, channel, found, sample, rules)
    try:
        waiting = drawing.save(channel, rules)
    except Rejected:
        return _answer(request, channel, found, sample, rules, status=422)
    n = retry(waiting)
    said = gettext("The mapping is saved")
    if n:
        said += ". " + ngettext("%(n)s delivery is taken in now", "%(n)s deliveries are taken in now", n) % {"n": n}
    messages.success(request, said)
    return redirect("channel", pk)


def _chosen(request: Request, found: list[Receipt]) -> Receipt | None:
    """The delivery that somebody draws on; the newest one by default."""
    wanted = request.POST.get("sample") or request.GET.get("sample") or ""
    return next((one for one in found if str(one.pk) == wanted), found[0] if found else None)


def _answer(
    request: Request, channel: Channel, found: list[Receipt], sample: Receipt | None, rules: Any, status: int = 200
) -> HttpResponse:
    context = {"nav": "settings", "at": "channels", "channel": channel, "samples": found, "sample": sample}
    context |= {"drawn": drawing.draw(channel, rules, sample), "is_fresh": request.method != "POST" and not rules}
    template = "connectors/_drawn.html" if wants_fragment(request) else "connectors/mapping.html"
    return render(request, template, context, status=status)
