"""Notes pinned on a person."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from contacts.models import Pin
from inbox.facts import pins
from inbox.facts.forms import PinForm
from inbox.views.facts.frame import About, Dialog, done, fill, of_person, refusing
from inbox.views.frame import Request

_CHANGED = ("pins",)


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def add(request: Request, about: About) -> HttpResponse:
    """GET: asks for the note. POST: pins it."""
    form = PinForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        pins.add(about.contact, text=said["text"], by=request.user, at=timezone.now())
        return done(request, about, gettext("Pinned"), _CHANGED)

    return fill(request, about, form, act, Dialog(gettext("Pin a note"), gettext("Pin")))


@require_http_methods(["GET", "HEAD", "POST"])
def pin(request: Request, pk: int) -> HttpResponse:
    """GET: the note to be changed. POST: it has other words."""
    found = get_object_or_404(Pin, pk=pk)
    about = About.of(request, found.contact_id)
    form = PinForm(request.POST if request.method == "POST" else None, initial={"text": found.text})

    def act(said: dict[str, Any]) -> HttpResponse:
        pins.edit(pk, text=said["text"])
        return done(request, about, gettext("Saved"), _CHANGED)

    more = {"removal": reverse("pin_remove", args=[pk])}
    dialog = Dialog(gettext("Pinned note"), gettext("Save"), more=more)
    return fill(request, about, form, act, dialog)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    """Take a note away; what it said stays on the timeline."""
    about = About.of(request, get_object_or_404(Pin, pk=pk).contact_id)

    def act() -> HttpResponse:
        pins.remove(pk, by=request.user, at=timezone.now())
        return done(request, about, gettext("Taken away"), _CHANGED)

    return refusing(request, about, act)
