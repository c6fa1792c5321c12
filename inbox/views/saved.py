"""Saved views: keeping a list under a name, changing it, and how many conversations each holds."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from inbox import counting, saving, sidebar
from inbox.lists import Scope
from inbox.models import SavedView
from inbox.saving import NotYours, TooMany
from inbox.views.frame import Request, scope_of, view_behind
from people.access import wants_fragment

LONGEST = 60


class SavedForm(forms.Form):
    """A name, and who has the view."""

    name = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": _("Give the view a name."),
            "max_length": _("A name has at most %(limit_value)d characters; this one has %(show_value)d."),
        },
    )
    is_shared = forms.BooleanField(required=False)
    renews = forms.BooleanField(required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, view: str) -> HttpResponse:
    """GET: asks for a name for the list as its address narrows it down. POST: keeps it, and goes there."""
    scope = scope_of(request, view)
    form = SavedForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        values = {"name": form.cleaned_data["name"], "is_shared": form.cleaned_data["is_shared"]}
        try:
            made = saving.save(base=_base(scope), query=scope.filters.saved, by=request.user, **values)
        except TooMany as error:
            form.add_error("name", str(error))
        else:
            return _done(request, gettext("Saved: %(name)s") % {"name": made.name}, f"v/{made.slug}")
    return _dialog(request, scope, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, slug: str) -> HttpResponse:
    """GET: its name and who has it. POST: changes that, and with `renews` its filters to those in the address."""
    view = get_object_or_404(saving.seen_by(request.user).select_related("by"), slug=slug)
    scope = scope_of(request, f"v/{slug}")
    if not saving.may_change(view, request.user):
        raise PermissionDenied(
            gettext("%(name)s saved this view. Only they or a manager can change it.") % {"name": view.by}
        )
    form = SavedForm(request.POST if request.method == "POST" else None, initial=vars(view))
    if form.is_valid():
        query = scope.filters.saved if form.cleaned_data["renews"] else None
        values = {"name": form.cleaned_data["name"], "is_shared": form.cleaned_data["is_shared"], "query": query}
        saving.change(view, by=request.user, **values)
        return _done(request, gettext("Saved: %(name)s") % {"name": view.name}, f"v/{slug}")
    return _dialog(request, scope, form, view)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, slug: str) -> HttpResponse:
    """GET: asks once. POST: takes the view away, of everybody who had it; conversations stay as they are."""
    view = get_object_or_404(saving.seen_by(request.user).select_related("by"), slug=slug)
    if request.method == "POST":
        try:
            saving.delete(view, by=request.user)
        except NotYours as error:
            raise PermissionDenied(str(error)) from error
        return _done(request, gettext("Deleted: %(name)s") % {"name": view.name}, "open")
    if not saving.may_change(view, request.user):
        raise PermissionDenied
    scope = scope_of(request, f"v/{slug}")
    context = {"scope": scope, "sidebar": scope.sidebar, "view": view}
    return render(request, f"inbox/views/{'_' if wants_fragment(request) else ''}delete.html", context)


@require_safe
def counts(request: Request) -> HttpResponse:
    """The sidebar's views again, with how many conversations the saved ones hold."""
    now = timezone.now()
    side = counting.counted(sidebar.load(request.user, now), request.user, now)
    return render(request, "inbox/views/_counted.html", {"sidebar": side, "slug": view_behind(request)[0]})


def _base(scope: Scope) -> str:
    return scope.view.saved.base if scope.view.saved else scope.view.slug


def _dialog(request: Request, scope: Scope, form: SavedForm, view: SavedView | None) -> HttpResponse:
    context: dict[str, Any] = {
        "scope": scope,
        "sidebar": scope.sidebar,
        "form": form,
        "view": view,
        "is_changed": bool(scope.query) and view is not None,
        "is_others": view is not None and view.by_id != request.user.pk,
        "longest": LONGEST,
    }
    template = f"inbox/views/{'_' if wants_fragment(request) else ''}save.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _done(request: Request, said: str, slug: str) -> HttpResponse:
    messages.success(request, said)
    if not request.htmx:
        return redirect("view", slug)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = redirect("view", slug)["Location"]
    return response
