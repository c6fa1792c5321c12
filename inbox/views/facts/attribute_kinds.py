"""Settings: what admins want to know of every contact."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts import attributes
from contacts.models import Attribute
from inbox.facts.forms import FactForm
from inbox.facts.kind_forms import AttributeForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, attempt, saved
from inbox.views.frame import Request
from people.access import for_admins
from people.shares import grouped

_COUNTED = 10_000


@require_safe
@for_admins
def index(request: Request) -> HttpResponse:
    """All attributes, in their order."""
    defined = Attribute.objects.order_by("position", "pk")
    context = {"nav": "settings", "at": "attribute_kinds", "defined": defined}
    return render(request, "inbox/facts/attribute_kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def new(request: Request) -> HttpResponse:
    """GET: asks for an attribute. POST: it is there."""
    form = AttributeForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        made = attributes.define(name=said["name"], kind=said["kind"], slug=said["slug"], choices=form.choices_said())
        return saved(request, _list().url, gettext("Attribute added: %(name)s") % {"name": made.name})

    return fill(request, _list(), form, act, Dialog(gettext("Add an attribute"), gettext("Add")))


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def edit(request: Request, pk: int) -> HttpResponse:
    """GET: the attribute to be changed. POST: it is called this now, and these are its choices."""
    found = get_object_or_404(Attribute, pk=pk)
    start = {"name": found.name, "choices": "\n".join(found.choices)}
    form = AttributeForm(request.POST if request.method == "POST" else None, of=found, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        attributes.change(pk, name=said["name"], choices=form.choices_said())
        return saved(request, _list().url, gettext("Saved"))

    hint = gettext("%(kind)s, found by %(slug)s: in searches.") % {
        "kind": found.get_kind_display(),
        "slug": found.slug,
    }
    return fill(request, _list(), form, act, Dialog(found.name, gettext("Save"), hint=hint))


@require_POST
@for_admins
def move(request: Request, pk: int) -> HttpResponse:
    """One place up, or with `way=down` down."""
    get_object_or_404(Attribute, pk=pk)
    return attempt(request, _list().url, lambda: attributes.move(pk, up=request.POST.get("way") != "down"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def remove(request: Request, pk: int) -> HttpResponse:
    """GET: says how much goes. POST: the attribute is deleted, and all that was said of it."""
    found = get_object_or_404(Attribute, pk=pk)

    def act(_said: dict[str, Any]) -> HttpResponse:
        attributes.delete(pk)
        return saved(request, _list().url, gettext("Deleted: %(name)s") % {"name": found.name})

    title = gettext("Delete %(name)s") % {"name": found.name}
    dialog = Dialog(title, gettext("Delete"), danger=True, more={"says": _goes(pk)})
    form = FactForm(request.POST if request.method == "POST" else None)
    return fill(request, _list(), form, act, dialog)


def _goes(attribute_id: int) -> str:
    n = attributes.usage(attribute_id, most=_COUNTED)
    if not n:
        return gettext("Nothing was ever said of it.")
    words = ngettext("%(n)s value goes with it.", "%(n)s values go with it.", n)
    shown = grouped(n)
    return words % {"n": shown if n < _COUNTED else f"{shown}+"} + " " + gettext("This cannot be undone.")


def _list() -> Settings:
    return Settings(reverse("attribute_kinds"))
