"""Settings: what contacts can be to the company."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts import criteria, role_kinds
from contacts.models import RoleKind
from inbox import marks
from inbox.facts.kind_forms import RoleKindForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, attempt, saved
from inbox.views.frame import Request
from people.access import for_admins

_TEMPLATE = "inbox/facts/_role_kind.html"


@require_safe
@for_admins
def index(request: Request) -> HttpResponse:
    """All roles, in their order, with what they are given by."""
    kinds = [
        {
            "id": one.pk,
            "name": one.name,
            "slug": one.slug,
            "icon": marks.icon(one.icon, "sm"),
            "tone": one.tone,
            "is_active": one.is_active,
            "criterion": _sentence(one),
        }
        for one in role_kinds.in_order()
    ]
    context = {"nav": "settings", "at": "role_kinds", "kinds": kinds}
    return render(request, "inbox/facts/role_kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def new(request: Request) -> HttpResponse:
    """GET: asks for a role. POST: it is there."""
    form = RoleKindForm(request.POST if request.method == "POST" else None, is_new=True)

    def act(said: dict[str, Any]) -> HttpResponse:
        look = {name: said[name] for name in ("name", "slug", "tone", "icon")}
        kind = role_kinds.add(criterion=form.criterion(), **look)
        return saved(request, _list().url, gettext("Role added: %(name)s") % {"name": kind.name})

    dialog = Dialog(gettext("Add a role"), gettext("Add"), template=_TEMPLATE)
    return fill(request, _list(), form, act, dialog)


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def edit(request: Request, pk: int) -> HttpResponse:
    """GET: the role to be changed. POST: it is as was chosen."""
    kind = get_object_or_404(role_kinds.in_order(), pk=pk)
    demanded = kind.criterion or {}
    start = {"name": kind.name, "tone": kind.tone, "icon": kind.icon, "is_active": kind.is_active, **demanded}
    form = RoleKindForm(request.POST if request.method == "POST" else None, is_new=False, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        look = {name: said[name] for name in ("name", "tone", "icon", "is_active")}
        role_kinds.change(pk, criterion=form.criterion(), **look)
        return saved(request, _list().url, gettext("Saved"))

    removal = "" if getattr(kind, "is_used", True) else reverse("role_kind_remove", args=[pk])
    more = {"removal": removal, "sentence": _sentence(kind)}
    return fill(request, _list(), form, act, Dialog(kind.name, gettext("Save"), template=_TEMPLATE, more=more))


@require_POST
@for_admins
def move(request: Request, pk: int) -> HttpResponse:
    """One place up, or with `way=down` down."""
    get_object_or_404(RoleKind, pk=pk)
    return attempt(request, _list().url, lambda: role_kinds.move(pk, up=request.POST.get("way") != "down"))


@require_POST
@for_admins
def remove(request: Request, pk: int) -> HttpResponse:
    """Delete a role that nobody ever had."""
    get_object_or_404(RoleKind, pk=pk)
    return attempt(request, _list().url, lambda: role_kinds.remove(pk), gettext("Deleted"))


def _list() -> Settings:
    return Settings(reverse("role_kinds"))


def _sentence(kind: RoleKind) -> str:
    if kind.criterion is None:
        return ""
    try:
        return criteria.sentence(criteria.parse(kind.criterion))
    except criteria.BadCriterion as error:
        return str(error)
