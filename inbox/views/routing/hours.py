"""Settings: when somebody works."""

from typing import Any
from zoneinfo import available_timezones

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import agreements, service_page
from inbox.service_forms import HoursForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, attempt, saved
from inbox.views.frame import Request
from people.access import for_managers
from routing.models import Calendar
from routing.openings import write_day, write_days

_WEEKDAY = "09:00–18:00"


@require_safe
@for_managers
def index(request: Request) -> HttpResponse:
    """All hours in words, and what they mean."""
    context = {"calendars": service_page.hours(timezone.now()), "nav": "settings", "at": "hours"}
    return render(request, "inbox/routing/hours.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def new(request: Request) -> HttpResponse:
    """GET: asks for hours. POST: departments can work by them."""
    week = {name: _WEEKDAY for name in HoursForm.days()[:5]}
    return _edit(request, None, {"time_zone": timezone.get_current_timezone_name(), **week})


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def edit(request: Request, pk: int) -> HttpResponse:
    """GET: the hours to be changed. POST: they are as was written."""
    found = get_object_or_404(Calendar, pk=pk)
    start = {name: getattr(found, name) for name in ("name", "time_zone", "country", "subdivision")}
    week = {name: write_day(day) for name, day in zip(HoursForm.days(), found.hours, strict=False)}
    return _edit(request, found, start | week | {"exceptions": write_days(found.exceptions)})


def _edit(request: Request, found: Calendar | None, start: dict[str, Any]) -> HttpResponse:
    form = HoursForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        names = ("name", "time_zone", "hours", "country", "subdivision", "exceptions")
        agreements.keep(found, **{name: said[name] for name in names})
        return saved(
            request, _list().url, gettext("Saved. The deadlines of open conversations follow within a minute.")
        )

    title, button = (found.name, gettext("Save")) if found else (gettext("Add hours"), gettext("Add"))
    more = {
        "zones": sorted(available_timezones()),
        "removal": reverse("hours_remove", args=[found.pk]) if found else "",
    }
    return fill(request, _list(), form, act, Dialog(title, button, template="inbox/routing/_hours.html", more=more))


@require_POST
@for_managers
def remove(request: Request, pk: int) -> HttpResponse:
    """They are gone, if nobody works by them."""
    found = get_object_or_404(Calendar, pk=pk)
    return attempt(request, _list().url, lambda: agreements.drop(found), gettext("Deleted"))


def _list() -> Settings:
    return Settings(reverse("hours"))
