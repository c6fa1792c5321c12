"""Merging two persons, and separating them again: the dialogs, each with a look at what comes of it."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from contacts import suggest
from contacts.models import Identity, Merge
from inbox import merge_preview, merges, merging, splitting, suggestions
from inbox.merge_forms import FrontForm
from inbox.person import find
from inbox.persons import Person, in_order, persons, roots
from inbox.search import people
from inbox.views.contacts import following
from inbox.views.frame import Request
from inbox.views.returning import back, go, page_behind, refuse, tell
from people.access import wants_fragment

# Suggestions of a person that are looked through for the one that is about two given persons.
_LOOKED_AT = 20
# Persons that are shown to choose from.
_FOUND = 10
_TOO_LARGE = 2**63  # no id is


@require_safe
@following
def search(request: Request, pk: int) -> HttpResponse:
    """Whom to merge a person with: who they may be as well, or who is found by name, handle or e-mail address."""
    now = timezone.now()
    one = _named(pk)
    q = request.GET.get("q", "").replace("\0", "").strip()[:100]
    known = people.find_others(q, without=one.id, size=_FOUND)
    found = in_order(known.ids, now)
    context = {"one": one, "q": q, "found": found, "is_partial": known.is_partial}
    if request.GET.get("part") == "found" and wants_fragment(request):
        return render(request, "inbox/merges/_found.html", context)
    context["suggested"] = suggestions.of_person(one.id, now, size=5) if not q else []
    return _dialog(request, "search", context)


@require_http_methods(["GET", "HEAD", "POST"])
@following
def merge(request: Request, pk: int, other: int) -> HttpResponse:
    """GET: what the two would be as one. POST: make them one, with the one in front that was chosen."""
    now = timezone.now()
    one, second = _both(pk, other, now)
    problem = merge_preview.problem(one, second)
    if problem or second is None:
        return _refused(request, one, problem, status=409 if request.method == "POST" else 200)
    pair = _suggested(one, second)
    if request.method != "POST":
        return _preview(request, one, second, pair, now)
    form = FrontForm([one.id, second.id], request.POST)
    if not form.is_valid():
        return _preview(request, one, second, pair, now, complaint=str(form.errors["front"][0]))
    front = form.cleaned_data["front"]
    part = second.id if front == one.id else one.id
    try:
        if pair:
            done = suggest.accept(pair.id, by=request.user, at=now, merge=merging.merge, into=front)
        else:
            done = merging.merge(part, front, by=request.user, at=now)
    except (merging.CannotMerge, suggest.Decided) as error:
        return _refused(request, one, str(error), status=409)
    tell(request, merges.said(done), undo=reverse("merge_undo", args=[done.pk]))
    return go(request, _after(request, front))


@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: Request, pk: int) -> HttpResponse:
    """Take a merge back. Of one that is older than a day it is shown before what goes where."""
    found = merges.find(pk) if pk < _TOO_LARGE else None
    if found is None:
        raise Http404
    now = timezone.now()
    is_old = now - found.at > merge_preview.FRESH
    if request.method != "POST" or (is_old and "sure" not in request.POST and not found.undone_at):
        return _parting(request, found, now)
    try:
        merging.unmerge(pk, by=request.user, at=now)
    except merging.CannotMerge as error:
        return refuse(request, str(error))
    said = merges.separated(found)
    if request.htmx and page_behind(request).partition("?")[0] == reverse("merges"):
        return render(request, "inbox/merges/_undone.html", {"said": said})
    tell(request, said)
    return go(request, back(request))


@require_http_methods(["GET", "HEAD", "POST"])
@following
def split(request: Request, pk: int) -> HttpResponse:
    """GET: a person's accounts and how each came here, or with `identity` what would go with one. POST: separate it."""
    now = timezone.now()
    one = _named(pk)
    chosen = (request.POST if request.method == "POST" else request.GET).get("identity", "")
    if request.method != "POST" and not chosen:
        return _dialog(request, "split", {"one": one, "accounts": splitting.accounts(one.id, now)})
    if not chosen.isdecimal() or int(chosen) >= _TOO_LARGE:
        accounts = splitting.accounts(one.id, now)
        complaint = gettext("Choose the account that is somebody else's.")
        return _dialog(request, "split", {"one": one, "accounts": accounts, "complaint": complaint}, status=422)
    identity = get_object_or_404(Identity.objects.select_related("contact"), pk=int(chosen), contact=one.id)
    if request.method != "POST":
        parting = merge_preview.of_identity(identity, now)
        return _dialog(request, "apart", {"one": one, "identity": identity, "parting": parting})
    try:
        left = merging.split(identity.pk, by=request.user, at=now)
    except merging.CannotMerge as error:
        return refuse(request, str(error))
    tell(request, gettext("%(account)s stands alone now") % {"account": identity})
    return go(request, _after(request, _stays(one.id, left)))


def _stays(person: int, left: int) -> int:
    """The person that is looked at after an account has left: where it took the name along, those that stayed."""
    if person != left:
        return person
    last = Merge.objects.filter(into=left, undone_at__isnull=False).order_by("-undone_at", "-pk").first()
    return roots([last.part_id]).get(last.part_id, left) if last else left


def _named(pk: int) -> Person:
    """A person with no more than their name. One statement; raises Http404, or Moved for a part of another one."""
    found = find(pk)
    name = found.name or str(found.identities.order_by("pk").first() or gettext("No name"))
    return Person(found.pk, name, found.created_at, found.is_us)


def _both(pk: int, other: int, now: datetime) -> tuple[Person, Person | None]:
    """A person and another one, with all that a page shows of them; the other by the contact that stands for them, or
    None where there is nobody any more. Eight statements. Raises Http404, or Moved for a part of another one."""
    one = find(pk).pk
    root = roots([other]).get(other) if other < _TOO_LARGE else None
    people = persons([one, root] if root else [one], now)
    if one not in people:  # it went this very moment
        raise Http404
    return people[one], people.get(root) if root else None


def _suggested(one: Person, other: Person) -> suggest.Pair | None:
    pairs = suggest.of_person(one.id, size=_LOOKED_AT)
    return next((pair for pair in pairs if other.id in (pair.first, pair.second)), None)


def _preview(
    request: Request, one: Person, other: Person, pair: suggest.Pair | None, now: datetime, complaint: str = ""
) -> HttpResponse:
    context = {
        "one": one,
        "other": other,
        "preview": merge_preview.of_two(one, other, now),
        "suggestion": suggestions.pair_of(pair, {one.id: one, other.id: other}) if pair else None,
        "complaint": complaint,
    }
    return _dialog(request, "preview", context, status=422 if complaint else 200)


def _refused(request: Request, one: Person, problem: str, status: int) -> HttpResponse:
    return _dialog(request, "refused", {"one": one, "problem": problem}, status=status)


def _parting(request: Request, found: Merge, now: datetime) -> HttpResponse:
    context: dict[str, Any] = {"merge": found, "line": merges.line(found, now), "back": back(request)}
    if found.undone_at is None:
        context["parting"] = merge_preview.of_unmerge(found, now)
    return _dialog(request, "undo", context)


def _dialog(request: Request, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A dialog for htmx; a page of its own for whoever comes by a link."""
    context |= {"dialog": f"inbox/merges/_{name}.html", "nav": "contacts"}
    template = context["dialog"] if wants_fragment(request) else "inbox/merges/alone.html"
    return render(request, template, context, status=status)


def _after(request: Request, person: int) -> str:
    """Where somebody goes on: on the person's page, unless they came from a list or a conversation."""
    page = page_behind(request)
    return reverse("contact", args=[person]) if not page or page.startswith("/contacts/") else page
