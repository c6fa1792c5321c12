"""Settings: our products and those of rivals, as people spell them."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.refused import Refused
from inbox import naming
from inbox.facts.forms import FactForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, saved
from inbox.views.frame import Request
from people.access import for_managers
from people.shares import grouped
from routing import products
from routing.models import Product

_WHOSE = [("", _("Ours")), ("1", _("A rival's"))]
_LONGEST_LIST = 100_000


class ProductForm(FactForm):
    """A product and how people spell it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=products.LONGEST,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Say what it is called.")},
    )
    words = forms.CharField(
        label=_("Other spellings"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea({"rows": 4, "dir": "auto", "spellcheck": "false"}),
        help_text=_("One on each line. Capitals, hyphens, # and @ make no difference."),
    )
    is_rival = forms.ChoiceField(label=_("Whose it is"), required=False, choices=_WHOSE)


class ListForm(FactForm):
    """Many products at once."""

    text = forms.CharField(
        label=_("Products"),
        max_length=_LONGEST_LIST,
        widget=forms.Textarea(
            {"rows": 10, "dir": "auto", "spellcheck": "false", "placeholder": "Halden 500: H500, Halden500"}
        ),
        help_text=_("A product on each line; after a colon its other spellings, with commas between them."),
        error_messages={"required": _("Nothing stands here. Write a product on each line.")},
    )
    is_rival = forms.ChoiceField(label=_("Whose they are"), required=False, choices=_WHOSE)


@require_safe
@for_managers
def index(request: Request) -> HttpResponse:
    """Both lists, with how often each was named lately."""
    named = naming.lately()
    rows = [
        {"id": one.pk, "name": one.name, "words": one.words, "is_rival": one.is_rival, "named": named.get(one.name, 0)}
        for one in Product.objects.order_by("name", "pk")
    ]
    groups = [(title, [row for row in rows if row["is_rival"] is rival]) for title, rival in _titles()]
    context = {
        "nav": "settings",
        "at": "products",
        "groups": groups,
        "any": bool(rows),
        "looked_at": grouped(naming.LOOKED_AT),
    }
    return render(request, "inbox/routing/products.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def new(request: Request) -> HttpResponse:
    """GET: asks for a product. POST: it is looked for from now on."""
    form = ProductForm(
        request.POST if request.method == "POST" else None, initial={"is_rival": request.GET.get("rival")}
    )

    def act(said: dict[str, Any]) -> HttpResponse:
        made = _refusing(products.add, [_given(said)], is_rival=bool(said["is_rival"]), by=request.user)
        return saved(request, _list().url, gettext("Added: %(name)s") % {"name": made[0].name})

    return fill(request, _list(), form, act, Dialog(gettext("Add a product"), gettext("Add")))


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def paste(request: Request) -> HttpResponse:
    """GET: asks for a list. POST: all of it is looked for from now on, or nothing where a line is wrong."""
    form = ListForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        made = _refusing(products.add, products.parse(said["text"]), is_rival=bool(said["is_rival"]), by=request.user)
        words = ngettext("%(n)s product added", "%(n)s products added", len(made)) % {"n": len(made)}
        return saved(request, _list().url, words)

    return fill(request, _list(), form, act, Dialog(gettext("Paste a list"), gettext("Add all")))


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def edit(request: Request, pk: int) -> HttpResponse:
    """GET: the product to be changed. POST: it is called and spelled like this now."""
    found = get_object_or_404(Product, pk=pk)
    start = {"name": found.name, "words": "\n".join(found.words), "is_rival": "1" if found.is_rival else ""}
    form = ProductForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        _refusing(products.change, pk, _given(said), is_rival=bool(said["is_rival"]))
        return saved(request, _list().url, gettext("Saved"))

    more = {"removal": reverse("product_remove", args=[pk])}
    return fill(request, _list(), form, act, Dialog(found.name, gettext("Save"), more=more))


@require_POST
@for_managers
def remove(request: Request, pk: int) -> HttpResponse:
    """It is looked for no more."""
    found = get_object_or_404(Product, pk=pk)
    products.delete(pk)
    return saved(request, _list().url, gettext("Taken away: %(name)s") % {"name": found.name})


def _given(said: dict[str, Any]) -> products.Given:
    return products.Given(said["name"], products.split(said["words"]))


def _refusing(act: Any, *args: Any, **options: Any) -> Any:
    try:
        return act(*args, **options)
    except products.BadProduct as error:
        raise Refused(str(error), field=error.field) from error


def _titles() -> list[tuple[str, bool]]:
    return [(gettext("Ours"), False), (gettext("Rivals'"), True)]


def _list() -> Settings:
    return Settings(reverse("products"))
