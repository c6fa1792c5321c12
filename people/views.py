"""What managers decide about departments."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from people.access import Request, for_managers
from people.models import TRIAGE, Department


class ConfirmForm(forms.Form):
    """The departments whose replies wait for a confirmation when another one has something open with the person."""

    must_confirm = forms.ModelMultipleChoiceField(
        Department.objects.exclude(slug=TRIAGE), to_field_name="slug", required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def departments(request: Request) -> HttpResponse:
    """GET: every department with what is asked of it. POST: keep the choice."""
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = form.cleaned_data["must_confirm"]
        Department.objects.filter(pk__in=chosen).update(must_confirm=True)
        Department.objects.exclude(pk__in=chosen).update(must_confirm=False)
        messages.success(request, gettext("Saved"))
        return redirect("departments")
    shown = Department.objects.exclude(slug=TRIAGE).order_by("position", "id")
    context = {"departments": shown, "form": form, "at": "departments", "nav": "settings"}
    return render(request, "people/departments.html", context, status=422 if form.errors else 200)
