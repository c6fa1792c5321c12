"""What is held on a person, to give to them; and erasing them."""

from typing import Any

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from inbox import erasure, export, person
from inbox.erasure.preview import MOST, Preview
from inbox.views.contacts import following
from inbox.views.frame import Request
from inbox.views.returning import go, refuse, tell
from people.access import for_managers, wants_fragment


class EraseForm(forms.Form):
    """The name of the person, typed again, and why."""

    name = forms.CharField(max_length=200, label=gettext_lazy("Type their name to confirm"))
    reason = forms.CharField(max_length=500, required=False, label=gettext_lazy("Why, if it should be kept"))

    def __init__(self, expected: str, data: Any = None) -> None:
        super().__init__(data)
        self.expected = expected

    def clean_name(self) -> str:
        """It has to be theirs; letters' case does not matter."""
        name: str = self.cleaned_data["name"]
        if name.strip().casefold() != self.expected.casefold():
            raise forms.ValidationError(
                gettext("“%(name)s” is not their name. Type “%(expected)s”.")
                % {"name": name.strip(), "expected": self.expected}
            )
        return name


@require_safe
@for_managers
@following
def download(request: Request, pk: int) -> HttpResponse | StreamingHttpResponse:
    """The choice of a format, or with `format` the file itself, as it is put together."""
    contact = person.find(pk)
    kind = request.GET.get("format", "")
    if kind not in ("json", "html"):
        return _dialog(request, "inbox/export/_dialog.html", {"p": contact})
    pieces = export.as_json(contact) if kind == "json" else export.as_html(contact)
    content_type = "application/json" if kind == "json" else "text/html; charset=utf-8"
    name = export.file_name(contact, timezone.now(), kind)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(pieces, content_type=content_type, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
@following
def erase(request: Request, pk: int) -> HttpResponse:
    """GET: what would go. POST: begin, once the name was typed."""
    contact = person.find(pk)
    if contact.is_us:
        return refuse(request, gettext("This is one of our own accounts. Disconnect its channel instead."))
    expected = contact.name.strip() or str(contact.pk)
    form = EraseForm(expected, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"p": contact, "form": form, "lines": _lines(erasure.preview(contact))}
        return _dialog(request, "inbox/erasure/_dialog.html", context, status=422 if form.errors else 200)
    try:
        erasure.begin(contact.pk, by=request.user, reason=form.cleaned_data["reason"])
    except erasure.NotFound as error:
        tell(request, "", trouble=str(error))
        return go(request, reverse("contacts"))
    tell(request, gettext("%(name)s is being erased. It is done in a moment.") % {"name": expected})
    return go(request, reverse("contacts"))


def _lines(counted: Preview) -> list[str]:
    def some(number: int, one: str, many: str) -> str:
        words = ngettext(one, many, number)
        return words % {"n": f"{number}+" if number >= MOST else number}

    lines = [
        some(counted.accounts, "%(n)s account", "%(n)s accounts"),
        some(counted.conversations, "%(n)s conversation", "%(n)s conversations"),
        some(counted.messages, "%(n)s message, theirs and ours", "%(n)s messages, theirs and ours"),
        some(counted.notes, "%(n)s note of colleagues", "%(n)s notes of colleagues"),
        some(counted.roles, "%(n)s role", "%(n)s roles"),
        some(counted.deals, "%(n)s deal", "%(n)s deals"),
        some(counted.values, "%(n)s attribute", "%(n)s attributes"),
    ]
    if counted.unsent:
        lines.append(
            some(
                counted.unsent,
                "%(n)s reply that has not left is stopped",
                "%(n)s replies that have not left are stopped",
            )
        )
    return lines


def _dialog(request: Request, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    context |= {"dialog": template, "nav": "contacts"}
    chosen = template if wants_fragment(request) else "inbox/merges/alone.html"
    return render(request, chosen, context, status=status)
