"""Settings: in what time replies are due, and what happens when they are nearly, or late."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import agreements, service_page
from inbox.service_forms import ExceptionForm, ServeForm, StepForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, attempt, saved
from inbox.views.frame import Request
from people.access import for_managers
from people.models import Department
from routing.models import Step, Target


@require_safe
@for_managers
def index(request: Request) -> HttpResponse:
    """The targets of all departments, the exceptions, and the steps as sentences."""
    context = service_page.deadlines() | {"nav": "settings", "at": "deadlines"}
    return render(request, "inbox/routing/deadlines.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def department(request: Request, slug: str) -> HttpResponse:
    """GET: how a department serves. POST: it does so from now on."""
    found = get_object_or_404(Department.objects.select_related("service"), slug=slug)
    service = getattr(found, "service", None)
    target = Target.objects.filter(department=found, priority=None, role="").first()
    start = {
        "first": found.reply_minutes,
        "later": target.next_minutes if target else found.reply_minutes,
        "calendar": service.calendar_id if service else None,
        "snoozed": service.pauses_when_snoozed if service else True,
        "elsewhere": service.pauses_elsewhere if service else False,
    }
    form = ServeForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        agreements.serve(found, **said)
        return saved(request, _list().url, _said())

    return fill(request, _list(), form, act, Dialog(found.name, gettext("Save")))


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def exception(request: Request) -> HttpResponse:
    """GET: asks for an exception. POST: it counts from now on."""
    form = ExceptionForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        agreements.except_for(**(said | {"role": said["role"].slug if said["role"] else ""}))
        return saved(request, _list().url, _said())

    return fill(request, _list(), form, act, Dialog(gettext("Add an exception"), gettext("Add")))


@require_POST
@for_managers
def exception_remove(request: Request, pk: int) -> HttpResponse:
    """It is none any more."""
    target = get_object_or_404(Target.objects.exclude(priority=None, role=""), pk=pk)
    return attempt(request, _list().url, lambda: agreements.take_back(target), _said())


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def step_new(request: Request) -> HttpResponse:
    """GET: asks for a step. POST: it is taken from now on."""
    return _step(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def step(request: Request, pk: int) -> HttpResponse:
    """GET: the step to be changed. POST: it is as was written."""
    return _step(request, get_object_or_404(Step.objects.select_related("to", "department"), pk=pk))


def _step(request: Request, found: Step | None) -> HttpResponse:
    start = {"amount": 15, "side": "before"}
    if found:
        start = {
            "amount": abs(found.minutes),
            "side": "before" if found.minutes < 0 else "after",
            "action": found.action,
            "to": found.to.slug if found.to else None,
            "department": found.department.slug if found.department else None,
        }
    form = StepForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        names = {name: said[name] for name in ("department", "action", "to")}
        agreements.lay_down(minutes=form.minutes(), step=found, **names)
        return saved(request, _list().url, gettext("Saved"))

    title, button = (gettext("Change a step"), gettext("Save")) if found else (gettext("Add a step"), gettext("Add"))
    return fill(request, _list(), form, act, Dialog(title, button))


@require_POST
@for_managers
def step_switch(request: Request, pk: int) -> HttpResponse:
    """Taken from now on, or not any more, as `on` says."""
    get_object_or_404(Step, pk=pk)
    is_on = request.POST.get("on") == "1"
    said = gettext("The step is taken from now on") if is_on else gettext("The step is not taken any more")
    return attempt(request, _list().url, lambda: Step.objects.filter(pk=pk).update(is_active=is_on), said)


@require_POST
@for_managers
def step_remove(request: Request, pk: int) -> HttpResponse:
    """It is gone."""
    found = get_object_or_404(Step, pk=pk)
    return attempt(request, _list().url, found.delete, gettext("Deleted"))


def _list() -> Settings:
    return Settings(reverse("deadlines"))


def _said() -> str:
    return gettext("Saved. The deadlines of open conversations follow within a minute.")
