"""Settings: the departments of the company, and which of them have to confirm before they speak over another one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from inbox import departments
from inbox.facts.forms import FactForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, attempt, saved
from inbox.views.frame import Request
from people.access import for_managers
from people.models import TRIAGE, Department

STARTERS = {
    "": _("Nothing yet: it learns from what you move there"),
    "hr": _("Jobs, applications and working conditions"),
    "product": _("Ideas, wishes and reports of faults"),
    "logistics": _("Deliveries, returns and shipping"),
    "billing": _("Invoices, payments and refunds"),
    "legal": _("Lawyers, data protection and safety"),
}
_LONGEST_WAIT = 60 * 24 * 60


class ConfirmForm(forms.Form):
    """The departments whose replies wait for a confirmation when another one has something open with the person."""

    must_confirm = forms.ModelMultipleChoiceField(
        Department.objects.exclude(slug=TRIAGE), to_field_name="slug", required=False
    )


class DepartmentForm(FactForm):
    """A department: what it is called and cares for, how it looks, and what the router knows of it from the start."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    about = forms.CharField(
        label=_("What it takes care of"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
        help_text=_("Colleagues see it when they hand something over."),
    )
    mark = forms.ChoiceField(label=_("Mark"), choices=Department.Mark.choices, initial=Department.Mark.HEXAGON)
    reply_minutes = forms.IntegerField(
        label=_("Minutes to a reply"),
        min_value=1,
        max_value=_LONGEST_WAIT,
        initial=240,
        help_text=_("Where no deadline says otherwise."),
    )
    undo_seconds = forms.IntegerField(
        label=_("Seconds in which a reply can be taken back"),
        required=False,
        min_value=5,
        max_value=30,
        help_text=_("Between 5 and 30. Empty: as for everybody."),
    )
    starter = forms.ChoiceField(
        label=_("What the router knows of it from the start"),
        required=False,
        choices=list(STARTERS.items()),
        help_text=_("Counts from the next training on."),
    )


class CloseForm(FactForm):
    """Who takes over."""

    to = forms.ModelChoiceField(
        Department.objects.none(),
        label=_("Its conversations go to"),
        to_field_name="slug",
        empty_label=None,
        error_messages={"required": _("Choose a department."), "invalid_choice": _("There is no such department.")},
    )

    def __init__(self, *args: Any, closing: Department, **options: Any) -> None:
        super().__init__(*args, **options)
        to = self.fields["to"]
        if isinstance(to, forms.ModelChoiceField):
            to.queryset = Department.objects.exclude(pk=closing.pk).order_by("position", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def index(request: Request) -> HttpResponse:
    """GET: every department with what is asked of it. POST: keep who has to confirm."""
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = form.cleaned_data["must_confirm"]
        Department.objects.filter(pk__in=chosen).update(must_confirm=True)
        Department.objects.exclude(pk__in=chosen).update(must_confirm=False)
        messages.success(request, gettext("Saved"))
        return redirect("departments")
    context = {"departments": departments.in_order(), "form": form, "at": "departments", "nav": "settings"}
    return render(request, "inbox/departments/index.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def new(request: Request) -> HttpResponse:
    """GET: asks for a department. POST: it is there."""
    form = DepartmentForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        department = departments.add(**said)
        return saved(request, _list().url, gettext("Department added: %(name)s") % {"name": department.name})

    return fill(request, _list(), form, act, Dialog(gettext("Add a department"), gettext("Add")))


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def edit(request: Request, slug: str) -> HttpResponse:
    """GET: the department to be changed. POST: it is as was chosen."""
    department = get_object_or_404(Department.objects.select_related("service"), slug=slug)
    service = getattr(department, "service", None)
    start = {name: getattr(department, name) for name in ("name", "about", "mark", "reply_minutes", "undo_seconds")}
    start["starter"] = service.starter if service else ""
    form = DepartmentForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        departments.change(slug, **said)
        return saved(request, _list().url, gettext("Saved"))

    return fill(request, _list(), form, act, Dialog(department.name, gettext("Save")))


@require_POST
@for_managers
def move(request: Request, slug: str) -> HttpResponse:
    """One place up, or with `way=down` down."""
    get_object_or_404(Department, slug=slug)
    return attempt(request, _list().url, lambda: departments.move(slug, up=request.POST.get("way") != "down"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def close(request: Request, slug: str) -> HttpResponse:
    """GET: who takes over, or what still names it. POST: it is gone, and its conversations are with them."""
    department = get_object_or_404(Department, slug=slug)
    form = CloseForm(request.POST if request.method == "POST" else None, closing=department)

    def act(said: dict[str, Any]) -> HttpResponse:
        moved = departments.remove(department, to=said["to"], by=request.user)
        text = ngettext(
            "%(name)s is closed. %(n)s conversation went to %(to)s.",
            "%(name)s is closed. %(n)s conversations went to %(to)s.",
            moved,
        ) % {"name": department.name, "n": moved, "to": said["to"].name}
        return saved(request, _list().url, text)

    names = departments.named_by(department)
    says = gettext("It is still named. Change this first: %(names)s.") % {"names": "; ".join(names)} if names else ""
    more = {"says": says or gettext("Everything that was said stays. Colleagues keep their other departments.")}
    title = gettext("Close %(name)s") % {"name": department.name}
    return fill(request, _list(), form, act, Dialog(title, gettext("Close it"), danger=True, more=more))


def _list() -> Settings:
    return Settings(reverse("departments"))
