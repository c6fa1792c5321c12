"""All people as a file, for managers: a form that narrows them down, and the file itself as a stream."""

from django import forms
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contacts.crm.people import Chosen
from contacts.models import Attribute, RoleKind
from contacts.networks import networks
from inbox import people_export
from inbox.presentation import network_name
from inbox.views.frame import Request
from people.access import for_managers


class ExportForm(forms.Form):
    """Which people, and in what form."""

    format = forms.ChoiceField(
        choices=[(name, name) for name in people_export.FORMATS],
        error_messages={"invalid_choice": _("Choose CSV or JSON Lines.")},
    )
    role = forms.ModelChoiceField(RoleKind.objects.all(), to_field_name="slug", required=False)
    network = forms.CharField(max_length=30, required=False)
    tag = forms.CharField(max_length=50, required=False)
    attribute = forms.ModelChoiceField(Attribute.objects.all(), to_field_name="slug", required=False)
    value = forms.CharField(max_length=200, required=False)


@require_safe
@for_managers
def export(request: Request) -> HttpResponseBase:
    """The form; with `format`, the file."""
    form = ExportForm(request.GET) if "format" in request.GET else None
    if form is None or not form.is_valid():
        return _page(request, form)
    given = form.cleaned_data
    chosen = Chosen(
        role=given["role"].slug if given["role"] else "",
        tag=given["tag"],
        network=given["network"],
        attribute=given["attribute"].slug if given["attribute"] else "",
        value=given["value"],
    )
    response = StreamingHttpResponse(
        people_export.lines(given["format"], chosen), content_type=people_export.FORMATS[given["format"]]
    )
    name = f"contacts-{timezone.localdate().isoformat()}.{given['format']}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _page(request: Request, form: ExportForm | None) -> HttpResponse:
    context = {
        "nav": "contacts",
        "form": form,
        "roles": RoleKind.objects.order_by("position", "pk"),
        "networks": [(one, network_name(one)) for one in networks()],
        "attributes": Attribute.objects.order_by("position", "pk"),
    }
    return render(request, "inbox/imports/export.html", context, status=422 if form is not None else 200)
