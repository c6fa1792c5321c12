"""Settings: colleagues, what they take on, and which departments give new conversations to whoever is there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from inbox import colleagues
from inbox.facts.forms import FactForm
from inbox.models import Conversation
from inbox.releasing import release
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, saved
from inbox.views.frame import Request
from inbox.views.routing.people_forms import AssignsForm, ColleagueForm, WholeColleagueForm
from people import invitations
from people.access import for_managers
from people.models import Department, User

_FIELDS = ("name", "email", "capacity", "languages", "skills", "role", "is_active")


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def index(request: Request) -> HttpResponse:
    """GET: everybody. POST: keep which departments give new conversations to whoever is there."""
    form = AssignsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        colleagues.choose(form.cleaned_data["assigns"])
        messages.success(request, gettext("Saved"))
        return redirect("people")
    people = colleagues.roster(timezone.now())
    departments = Department.objects.select_related("service").order_by("position", "pk")
    context = {
        "people": people,
        "here": sum(one["here"] for one in people),
        "departments": departments,
        "form": form,
        "invited": invitations.waiting() if request.user.is_admin else (),
        "now": timezone.now(),
        "at": "people",
        "nav": "settings",
    }
    return render(request, "inbox/routing/people.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def edit(request: Request, pk: int) -> HttpResponse:
    """GET: what a colleague takes on, can do and belongs to. POST: it is as was chosen."""
    user = get_object_or_404(User, pk=pk)
    start = {name: getattr(user, name) for name in _FIELDS}
    start["departments"] = list(user.departments.values_list("pk", flat=True))
    kind = WholeColleagueForm if request.user.is_admin else ColleagueForm
    form = kind(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        colleagues.change(user, said, by=request.user)
        return saved(request, _list().url, gettext("Saved: %(name)s") % {"name": user})

    more = {"chosen": [str(one) for one in form["departments"].value() or ()]}
    dialog = Dialog(str(user), gettext("Save"), template="inbox/routing/_colleague.html", more=more)
    return fill(request, _list(), form, act, dialog)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def give_away(request: Request, pk: int) -> HttpResponse:
    """GET: asks. POST: what a colleague has open goes back to its queues, and from there to others."""
    user = get_object_or_404(User, pk=pk)
    states = (Conversation.State.OPEN, Conversation.State.SNOOZED)
    count = Conversation.objects.filter(assignee=user, state__in=states).count()

    def act(said: dict[str, Any]) -> HttpResponse:
        n = release(user, by=request.user, now=timezone.now())
        text = ngettext("%(n)s conversation is free for others", "%(n)s conversations are free for others", n)
        return saved(request, _list().url, text % {"n": n})

    says = ngettext(
        "%(n)s conversation goes back to its queue. Where new conversations are given to whoever is there, somebody "
        "else gets it at once.",
        "%(n)s conversations go back to their queues. Where new conversations are given to whoever is there, somebody "
        "else gets them at once.",
        count,
    )
    title = gettext("Give what %(name)s has to others") % {"name": user}
    dialog = Dialog(title, gettext("Give to others"), more={"says": says % {"n": count}})
    return fill(request, _list(), FactForm(request.POST if request.method == "POST" else None), act, dialog)


def _list() -> Settings:
    return Settings(reverse("people"))
