"""Settings: macros. Everybody sees those that they can use; managers write them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import macros, variables
from inbox.macro_forms import MacroForm, start
from inbox.models import Macro
from inbox.presentation import ago
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, saved
from inbox.views.frame import Request
from people.access import for_managers

_TEMPLATE = "inbox/macros/_macro.html"


@require_safe
def index(request: Request) -> HttpResponse:
    """The macros that somebody can use; managers see all."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = macros.visible_to(request.user).select_related("department").order_by("name", "pk")
    if words:
        found = found.filter(name__icontains=words) | found.filter(text__icontains=words)
    now = timezone.now()
    rows = [
        {"one": one, "does": ", ".join(macros.does(one.actions)), "used": _used(one, now)}
        for one in found[: macros.MOST]
    ]
    context = {"nav": "settings", "at": "macros", "rows": rows, "words": words}
    return render(request, "inbox/macros/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def new(request: Request) -> HttpResponse:
    """GET: asks for a macro. POST: it is there."""
    form = MacroForm(request.POST if request.method == "POST" else None)

    def act(_said: dict[str, Any]) -> HttpResponse:
        macro = macros.save(form.written(Macro()), by=request.user)
        return saved(request, _list().url, gettext("Macro added: %(name)s") % {"name": macro.name})

    dialog = Dialog(gettext("Add a macro"), gettext("Add"), template=_TEMPLATE, more=_more())
    return fill(request, _list(), form, act, dialog)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def edit(request: Request, pk: int) -> HttpResponse:
    """GET: the macro to be changed. POST: it is as was written."""
    macro = get_object_or_404(Macro.objects.select_related("department"), pk=pk)
    title = macro.name
    form = MacroForm(request.POST if request.method == "POST" else None, initial=start(macro))

    def act(_said: dict[str, Any]) -> HttpResponse:
        macros.save(form.written(macro), by=request.user)
        return saved(request, _list().url, gettext("Saved"))

    more = _more() | {"removal": reverse("macro_delete", args=[pk])}
    return fill(request, _list(), form, act, Dialog(title, gettext("Save"), template=_TEMPLATE, more=more))


@require_POST
@for_managers
def delete(request: Request, pk: int) -> HttpResponse:
    """It is gone; what it was used for stays."""
    get_object_or_404(Macro, pk=pk).delete()
    return saved(request, _list().url, gettext("Macro deleted"))


def _more() -> dict[str, Any]:
    named = [{"name": f"{{{name}}}", "about": about} for name, about in variables.KNOWN.items()]
    return {"variables": named, "fallback": "{customer.first_name|there}"}


def _used(macro: Macro, now: Any) -> str:
    if not macro.used or macro.used_at is None:
        return gettext("never used")
    return ngettext("used once, %(ago)s", "used %(n)s times, last %(ago)s", macro.used) % {
        "n": macro.used,
        "ago": ago(macro.used_at, now),
    }


def _list() -> Settings:
    return Settings(reverse("macros"))
