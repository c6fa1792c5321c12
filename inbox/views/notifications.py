"""What a colleague was told: the bell, the page behind it, and what they want to be told."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox.cursors import Cursor
from inbox.models import Notification
from inbox.notifying import mailing, reading
from inbox.notifying.kinds import KINDS, MEDIA, wants
from inbox.numbers import row_number
from inbox.views.frame import Request
from people.access import wants_fragment


@require_safe
def index(request: Request) -> HttpResponse:
    """What I was told, newest first; htmx gets the lines that follow `before`, or how many came `after` those shown."""
    after = Cursor.parse(request.GET.get("after", ""))
    if after and wants_fragment(request):
        return render(request, "inbox/notifications/_news.html", {"n": reading.count(request.user, after)})
    now = timezone.now()
    before = Cursor.parse(request.GET.get("before", ""))
    told, more = reading.page(request.user, before, now)
    context = {"told": told, "more": more, "nav": "notifications", "newest": reading.newest(told) or Cursor(now, 0)}
    part = before is not None and wants_fragment(request)
    return render(request, f"inbox/notifications/{'_lines' if part else 'page'}.html", context)


@require_safe
def count(request: Request) -> HttpResponse:
    """How many I have not read, for the bell; and once, on one of my pages, what I was told this minute."""
    n = reading.unread(request.user)
    news = reading.news(request.user, timezone.now()) if n else None
    return render(request, "inbox/notifications/_count.html", {"n": n, "news": news})


@require_safe
def follow(request: Request, pk: int) -> HttpResponse:
    """To what a notification is about; it is read by that."""
    found = Notification.objects.filter(pk=pk, user=request.user).first()
    if found is None:
        raise Http404
    reading.mark_read(request.user, ids=[pk])
    return redirect("short", found.conversation_id) if found.conversation_id else redirect("notifications")


@require_POST
def read(request: Request) -> HttpResponse:
    """One (`id`) or all of mine are read."""
    given = request.POST.get("id", "")
    number = row_number(given)
    if given and number is None:
        raise Http404
    n = reading.mark_read(request.user, ids=[] if number is None else [number])
    messages.success(request, gettext("Read") if n else gettext("Nothing was unread."))
    return redirect("notifications")


class WantsForm(forms.Form):
    """What somebody wants to be told, and when not by e-mail."""

    quiet_from = forms.TimeField(
        label=_("From"), required=False, error_messages={"invalid": _("Write a time like 18:30.")}
    )
    quiet_until = forms.TimeField(
        label=_("until"), required=False, error_messages={"invalid": _("Write a time like 08:00.")}
    )
    quiet_weekends = forms.BooleanField(label=_("And on Saturdays and Sundays"), required=False)

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a beginning and another end."""
        said = super().clean() or {}
        if not self.errors and (said["quiet_from"] is None) != (said["quiet_until"] is None):
            missing = "quiet_from" if said["quiet_from"] is None else "quiet_until"
            self.add_error(missing, _("Quiet hours need a beginning and an end. Write both, or none."))
        elif not self.errors and said["quiet_from"] is not None and said["quiet_from"] == said["quiet_until"]:
            self.add_error("quiet_until", _("They end when they begin. Write another time, or leave both empty."))
        return said


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Request) -> HttpResponse:
    """GET: the matrix of what happens and how I am told, with my quiet hours. POST: it is as was chosen."""
    user = request.user
    start = {name: getattr(user, name) for name in ("quiet_from", "quiet_until", "quiet_weekends")}
    form = WantsForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_valid():
        user.notify = {kind: [one for one in MEDIA if f"{kind}:{one}" in request.POST] for kind in KINDS}
        for name, value in form.cleaned_data.items():
            setattr(user, name, value)
        user.save(update_fields=["notify", *form.cleaned_data])
        messages.success(request, gettext("Saved"))
        return redirect("my_notifications")
    chosen = request.POST if form.is_bound else None
    rows = [
        {
            "kind": name,
            "title": kind.title,
            "cells": [
                (one, f"{name}:{one}" in chosen if chosen is not None else one in wants(user, name)) for one in MEDIA
            ],
        }
        for name, kind in KINDS.items()
    ]
    context = {
        "rows": rows,
        "media": list(MEDIA.values()),
        "form": form,
        "at": "notifications",
        "nav": "me",
        "can_mail": mailing.is_possible(),
    }
    return render(request, "inbox/notifications/choose.html", context, status=422 if form.errors else 200)


@require_POST
def try_mail(request: Request) -> HttpResponse:
    """Send me an e-mail now, and say what became of it."""
    if not settings.EMAIL_URL:
        messages.error(request, gettext("This installation sends no e-mails: EMAIL_URL is not set. Ask an admin."))
    elif not request.user.email:
        messages.error(request, gettext("You have no e-mail address here. Write one in your profile."))
    else:
        _try(request)
    return redirect("my_notifications")


def _try(request: Request) -> None:
    try:
        mailing.send_trial(request.user)
    except OSError as error:
        said = gettext("The mail server did not take it: %(error)s") % {"error": str(error)[:300]}
        messages.error(request, said)
    else:
        messages.success(request, gettext("Sent to %(address)s") % {"address": request.user.email})
