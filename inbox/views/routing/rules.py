"""The managers' rules: the list, one of them open, and what is done with a whole rule."""

from typing import Any

from django.core import signing
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox.ruling import changing
from inbox.ruling.examples import offered
from inbox.ruling.names import Names
from inbox.ruling.page import Asked
from inbox.ruling.rule_forms import NameForm, NewRuleForm, PlaceForm
from inbox.views.frame import Request
from inbox.views.routing.dialogs import Dialog, fill
from inbox.views.routing.frame import changed, editing, find, revision_of, shown
from people.access import for_managers

_SALT = "deleted rule"
# Of what a toast can bring back, in seconds.
_KEPT = 24 * 3600


@require_safe
@for_managers
def index(request: Request) -> HttpResponse:
    """All rules in order; with `?q=` those with these words, with `?from=` those from a place on."""
    return shown(request, Asked.parse(request.GET))


@require_safe
@for_managers
def show(request: Request, rule: int) -> HttpResponse:
    """One rule open beside the list."""
    find(rule)
    return shown(request, Asked.parse(request.GET, rule))


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def new(request: Request) -> HttpResponse:
    """GET: asks for a rule in its simplest form. POST: it stands last in the draft, and opens."""
    form = NewRuleForm(request.POST if request.method == "POST" else None, names=Names())

    def act(said: dict[str, Any]) -> HttpResponse:
        pk = changing.add(request.user, revision_of(request), form.rule())
        return changed(request, gettext("Rule added: %(name)s") % {"name": said["name"]}, rule=pk)

    return fill(request, form, act, Dialog(gettext("Add a rule"), gettext("Add"), reverse("routing")))


@require_POST
@editing
def begin(request: Request) -> HttpResponse:
    """Begin with ready-made examples: those whose names are posted."""
    chosen = [one for one in offered(Names()) if one["key"] in request.POST.getlist("example")]
    first = changing.add_examples(request.user, revision_of(request), chosen)
    said = gettext("The examples are in the draft. Nothing changes until you publish it.")
    return changed(request, said, rule=first)


@require_POST
@editing
def switch(request: Request, rule: int) -> HttpResponse:
    """On with `on=1`, else off."""
    _book, found = find(rule)
    on = request.POST.get("on") == "1"
    changing.switch(request.user, revision_of(request), rule, on=on)
    words = gettext("%(name)s is on in the draft") if on else gettext("%(name)s is off in the draft")
    return changed(request, words % {"name": found["name"]})


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def place(request: Request, rule: int) -> HttpResponse:
    """GET: asks for a place. POST: `way=up` or `down` one step, or `to=` a place counted from 1."""
    book, found = find(rule)
    if request.method == "POST" and request.POST.get("way") in ("up", "down"):
        to = book.places[rule] + (1 if request.POST["way"] == "down" else -1)
        changing.place(request.user, revision_of(request), rule, to)
        return changed(request, focus=f"rule-{rule}")
    last = len(book.rules)
    form = PlaceForm(request.POST if request.method == "POST" else None, last=last, now=book.places[rule] + 1)

    def act(said: dict[str, Any]) -> HttpResponse:
        changing.place(request.user, revision_of(request), rule, said["to"] - 1)
        moved = gettext("%(name)s is now number %(n)d") % {"name": found["name"], "n": said["to"]}
        return changed(request, moved, focus=f"rule-{rule}")

    return fill(request, form, act, Dialog(gettext("Move to a place"), gettext("Move"), reverse("rule", args=[rule])))


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def rename(request: Request, rule: int) -> HttpResponse:
    """GET: the name to be changed. POST: it is called like this."""
    _book, found = find(rule)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": found["name"]})

    def act(said: dict[str, Any]) -> HttpResponse:
        changing.revise(request.user, revision_of(request), rule, lambda one: one | {"name": said["name"]})
        return changed(request)

    return fill(request, form, act, Dialog(gettext("Rename"), gettext("Save"), reverse("rule", args=[rule])))


@require_POST
@editing
def copy(request: Request, rule: int) -> HttpResponse:
    """The same once more below it, switched off."""
    find(rule)
    pk = changing.copy(request.user, revision_of(request), rule)
    return changed(request, gettext("Copied. The copy is off until you switch it on."), rule=pk)


@require_POST
@editing
def remove(request: Request, rule: int) -> HttpResponse:
    """Out of the draft; the toast brings it back."""
    book, found = find(rule)
    changing.remove(request.user, revision_of(request), rule)
    kept = signing.dumps({"rule": found, "place": book.places[rule]}, salt=_SALT, compress=True)
    undo = {"url": reverse("rule_restore"), "fields": {"kept": kept}}
    return changed(request, gettext("%(name)s is deleted in the draft") % {"name": found["name"]}, rule=0, undo=undo)


@require_POST
@editing
def restore(request: Request) -> HttpResponse:
    """A rule that was deleted stands where it stood."""
    try:
        kept = signing.loads(request.POST.get("kept", ""), salt=_SALT, max_age=_KEPT)
    except (signing.BadSignature, ValueError) as error:
        raise changing.Refused(gettext("The rule cannot be brought back any more.")) from error
    changing.restore(request.user, revision_of(request), kept["rule"], kept["place"])
    return changed(request, gettext("%(name)s is back") % {"name": kept["rule"]["name"]}, rule=kept["rule"]["id"])
