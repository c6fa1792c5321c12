"""Back-fills: started with a date, watched, paused, stopped."""

from collections.abc import Callable
from datetime import datetime, time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from connectors import backfills
from connectors.models import Channel
from people.access import Request, for_admins, wants_fragment


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def backfill(request: Request, pk: int) -> HttpResponse:
    """How far a channel's back-fill has come; POST starts one."""
    channel = get_object_or_404(Channel, pk=pk)
    if request.method == "POST":
        return _doing(request, channel, lambda: backfills.start(channel, since=_day(request), by=request.user))
    return _answer(request, channel)


@require_POST
@for_admins
def pause(request: Request, pk: int) -> HttpResponse:
    """Let it rest."""
    channel = get_object_or_404(Channel, pk=pk)
    return _doing(request, channel, lambda: backfills.pause(channel))


@require_POST
@for_admins
def resume(request: Request, pk: int) -> HttpResponse:
    """Let it go on."""
    channel = get_object_or_404(Channel, pk=pk)
    return _doing(request, channel, lambda: backfills.resume(channel))


@require_POST
@for_admins
def cancel(request: Request, pk: int) -> HttpResponse:
    """End it."""
    channel = get_object_or_404(Channel, pk=pk)
    return _doing(request, channel, lambda: backfills.cancel(channel, by=request.user))


def _day(request: Request) -> datetime:
    """The beginning of the day that was chosen. Raises Refused."""
    try:
        day = parse_date(request.POST.get("since", ""))
    except ValueError:
        day = None
    if day is None:
        raise backfills.Refused(gettext("Choose a day."))
    return timezone.make_aware(datetime.combine(day, time.min))


def _doing(request: Request, channel: Channel, do: Callable[[], object]) -> HttpResponse:
    try:
        do()
    except backfills.Refused as error:
        return _answer(request, channel, complaint=str(error))
    return _answer(request, channel)


def _answer(request: Request, channel: Channel, complaint: str = "") -> HttpResponse:
    if not wants_fragment(request):
        if complaint:
            messages.error(request, complaint)
        return redirect("channel", channel.pk)
    context = {"backfill": backfills.facts(channel), "complaint": complaint}
    return render(request, "connectors/_backfill_body.html", context, status=422 if complaint else 200)
