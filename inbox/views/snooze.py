"""Putting a conversation out of sight until a time."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from inbox import meanwhile, reading, snoozing
from inbox.models import Conversation
from inbox.moments import moment
from inbox.views.frame import Request, answer, dialog_context, refusing
from people.access import wants_fragment


class SnoozeForm(forms.Form):
    """A time: typed in words, chosen in a calendar, or one of those offered. The first that is there counts."""

    words = forms.CharField(max_length=60, required=False)
    at = forms.CharField(max_length=30, required=False)
    until = forms.CharField(max_length=40, required=False)

    def clean(self) -> dict[str, Any]:
        """`until` becomes the time that was meant, in the zone of whoever asks where it names none."""
        said = super().clean() or {}
        name = next((one for one in ("words", "at", "until") if said.get(one)), None)
        if name is None:
            if not self.errors:
                self.add_error("words", gettext("Choose a time, or type one."))
            return said
        found = _typed(said[name]) if name == "words" else _parsed(said[name])
        if found is None:
            self.add_error(
                name,
                gettext("No time is known by “%(words)s”. Type it as in: in 3 hours, fri 9am, 2026-12-24 14:00.")
                % {"words": said[name]},
            )
        said["until"] = found
        return said


def _typed(text: str) -> datetime | None:
    return moment(text, timezone.localtime(), get_language() or "en")


def _parsed(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
        return timezone.make_aware(found) if found and timezone.is_naive(found) else found
    except (ValueError, OverflowError):
        return None


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def snooze(request: Request, pk: int) -> HttpResponse:
    """GET: the times to choose from. POST: it is out of sight until then, or until the customer writes."""
    conversation = reading.find(request.user, pk)
    form = SnoozeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _dialog(request, conversation, form)
    try:
        done = snoozing.snooze(conversation, until=form.cleaned_data["until"], by=request.user)
    except ValueError as error:
        form.add_error("words", str(error))
        return _dialog(request, conversation, form)
    meanwhile.refuse_repeated(done.deed, pk, "snoozed", by=request.user)
    return answer(request, pk, done.said, deed=done.deed, leaves=True, closes_dialog=True)


def _dialog(request: Request, conversation: Conversation, form: SnoozeForm) -> HttpResponse:
    context = dialog_context(request, conversation) | offered(form)
    template = "inbox/_snooze.html" if wants_fragment(request) else "inbox/snooze.html"
    return render(request, template, context, status=422 if form.errors else 200)


def offered(form: SnoozeForm) -> dict[str, Any]:
    """What the dialog shows: the times, and what is wrong with what was said."""
    return {"form": form, "choices": snoozing.choices(timezone.now()), "zone": timezone.get_current_timezone_name()}
