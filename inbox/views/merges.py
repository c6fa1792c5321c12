"""Reviewing who may be one person: the suggestions, the merges that were made, the pairs that were told apart."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from contacts import suggest
from contacts.models import Merge
from inbox import merges, merging, reading, suggestions
from inbox.merge_forms import DecisionForm
from inbox.views.frame import Request
from inbox.views.returning import back, refuse, tell
from people.access import wants_fragment

# Failures that are told by name; more are counted.
_NAMED = 3


@require_safe
def review(request: Request) -> HttpResponse:
    """Pairs of persons that may be one, best first, narrowed down by network and by kind of reason."""
    before = suggestions.parse(request.GET.get("before", ""))
    network = request.GET.get("network", "").replace("\0", "")[:30]
    reason = request.GET.get("reason", "")
    reason = reason if reason in suggestions.KINDS else ""
    pairs, after = suggestions.page(timezone.now(), before=before, network=network, reason=reason)
    context = {
        "pairs": pairs,
        "next_url": _address("merges", network=network, reason=reason, before=after) if after else "",
        "network": network,
        "networks": suggestions.networks(network),
        "reason": reason,
        "kinds": suggestions.KINDS.items(),
    }
    if wants_fragment(request):
        return render(request, "inbox/merges/_pairs.html" if before else "inbox/merges/_review.html", context)
    return render(request, "inbox/merges/review.html", context | _frame("review"))


@require_safe
def done(request: Request) -> HttpResponse:
    """The merges that were made, newest first."""
    origin = request.GET.get("by", "")
    origin = origin if origin in merges.ORIGINS else ""
    before = _number(request.GET.get("before", ""))
    lines, after = merges.page(timezone.now(), before=before, origin=origin)
    context = {
        "lines": lines,
        "next_url": _address("merges_done", by=origin, before=after) if after else "",
        "origin": origin,
        "origins": [("", gettext("All")), *merges.ORIGINS.items()],
    }
    if wants_fragment(request) and before:
        return render(request, "inbox/merges/_lines.html", context)
    return render(request, "inbox/merges/done.html", context | _frame("done"))


@require_safe
def rejected(request: Request) -> HttpResponse:
    """The pairs of which a colleague said that they are not the same."""
    before = _number(request.GET.get("before", ""))
    lines, after = suggestions.rejected(before, timezone.now())
    context = {"lines": lines, "next_url": _address("merges_rejected", before=after) if after else ""}
    if wants_fragment(request) and before:
        return render(request, "inbox/merges/_rejected.html", context)
    return render(request, "inbox/merges/rejected.html", context | _frame("rejected"))


@require_safe
def same_person(request: Request, pk: int) -> HttpResponse:
    """The account that may belong to the person of a conversation as well, for the card beside it."""
    person = reading.find(request.user, pk).identity.contact_id
    found = suggestions.of_person(person, timezone.now())
    return render(request, "inbox/_same_account.html", {"same_person": found})


@require_POST
def decide(request: Request) -> HttpResponse:
    """One suggestion or several accepted or rejected, each by itself: what fails is told by name."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return refuse(request, str(next(iter(form.errors.values()))[0]), status=422)
    ids, same = form.cleaned_data["ids"], form.cleaned_data["same"]
    names = suggestions.names(ids)
    made: list[Merge] = []
    settled: list[int] = []
    failed: list[str] = []
    for pk in ids:
        try:
            if same:
                made.append(suggest.accept(pk, by=request.user, at=timezone.now(), merge=merging.merge))
            else:
                suggest.reject(pk, by=request.user, at=timezone.now())
            settled.append(pk)
        except (suggest.Decided, merging.CannotMerge) as error:
            failed.append(gettext("%(pair)s: %(why)s") % {"pair": names.get(pk, f"#{pk}"), "why": error})
    return _answer(request, ids, _said(made, settled, same=same, names=names), made, failed)


def _said(made: list[Merge], settled: list[int], *, same: bool, names: dict[int, str]) -> str:
    if len(made) == 1:
        return merges.said(made[0])
    if same:
        return ngettext("%(n)s pair merged", "%(n)s pairs merged", len(made)) % {"n": len(made)} if made else ""
    if len(settled) == 1:
        return gettext("%(pair)s are not the same") % {"pair": names.get(settled[0], "")}
    n = len(settled)
    return ngettext("%(n)s pair is not the same", "%(n)s pairs are not the same", n) % {"n": n} if settled else ""


def _answer(request: Request, ids: list[int], said: str, made: list[Merge], failed: list[str]) -> HttpResponse:
    undo = reverse("merge_undo", args=[made[0].pk]) if len(made) == 1 else ""
    trouble = _trouble(failed)
    if not request.htmx:
        tell(request, said, undo=undo, trouble=trouble)
        return redirect(back(request, reverse("contact", args=[made[0].into_id]) if len(made) == 1 else ""))
    context: dict[str, Any] = {"ids": ids, "said": said, "undo": undo, "trouble": trouble, "count": suggestions.count()}
    return render(request, "inbox/merges/_decided.html", context | {"several": len(made) > 1})


def _trouble(failed: list[str]) -> str:
    if not failed:
        return ""
    told = " ".join(failed[:_NAMED])
    rest = len(failed) - _NAMED
    if rest <= 0:
        return told
    more = ngettext("And %(n)s more.", "And %(n)s more.", rest) % {"n": rest}
    return gettext("%(told)s %(more)s") % {"told": told, "more": more}


def _frame(tab: str) -> dict[str, Any]:
    return {"tab": tab, "count": suggestions.count(), "nav": "contacts"}


def _address(name: str, **query: Any) -> str:
    kept = {key: value for key, value in query.items() if value}
    return reverse(name, query=kept)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
