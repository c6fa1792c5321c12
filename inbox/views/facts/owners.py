"""Who looks after a person in each department."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from contacts.owners import current
from contacts.owners import of_person as said_of
from inbox.facts import owners
from inbox.facts.forms import OwnersForm
from inbox.views.facts.frame import About, Dialog, done, fill, of_person
from inbox.views.frame import Request
from people.models import TRIAGE, Department, User


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def choose(request: Request, about: About) -> HttpResponse:
    """GET: the people of each department to choose from. POST: those who were chosen look after the person."""
    choices = _choices()
    now = {one.department_id: one.user_id for one in current(said_of(about.person)) if one.user_id}
    form = OwnersForm(choices, now, *([request.POST] if request.method == "POST" else []))
    departments = {one.pk: one for one in choices}
    colleagues = {one.pk: one for people in choices.values() for one in people}

    def act(_said: dict[str, Any]) -> HttpResponse:
        with transaction.atomic():
            for department, to in form.changes().items():
                chosen = colleagues[to] if to else None
                owners.set_owner(about.contact, departments[department], chosen, by=request.user, at=timezone.now())
        return done(request, about, gettext("Saved"), ("owners",))

    hint = gettext("Whoever works on a conversation with them.")
    title = gettext("Who looks after %(name)s") % {"name": about.name}
    return fill(request, about, form, act, Dialog(title, gettext("Save"), hint=hint))


def _choices() -> dict[Department, list[User]]:
    """For each department its people, then those who manage all. Three statements."""
    departments = Department.objects.exclude(slug=TRIAGE).order_by("position", "pk")
    people = list(User.objects.filter(is_active=True).prefetch_related("departments").order_by("name", "pk"))
    members = {one.pk: {department.pk for department in one.departments.all()} for one in people}
    return {
        department: [
            *(one for one in people if department.pk in members[one.pk]),
            *(one for one in people if one.is_manager and department.pk not in members[one.pk]),
        ]
        for department in departments
    }
