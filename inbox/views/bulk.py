"""The same done to many conversations of a list: those that were chosen, or all that are in view."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox import blocking, lists, noise, priorities, seen, snoozing, tagging, triage
from inbox.acted import AT_ONCE, Done
from inbox.forms import MoveForm
from inbox.models import Conversation
from inbox.numbers import row_numbers
from inbox.refusals import Conflict, NotAllowed
from inbox.views.frame import Request, refreshed, refuse, scope_of, undo_of
from inbox.views.snooze import SnoozeForm, offered
from inbox.views.tags import TagForm
from people.access import wants_fragment
from people.models import User
from people.presence import is_here


class GiveForm(forms.Form):
    """A colleague, or nobody."""

    to = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        required=False,
        error_messages={"invalid_choice": _("Choose one of these colleagues.")},
    )


class UrgencyForm(forms.Form):
    """One of the priorities."""

    to = forms.TypedChoiceField(choices=Conversation.Priority.choices, coerce=int)


def _unread(ids: list[int], by: User, said: Mapping[str, Any]) -> Done:
    deed = seen.unmark(ids, by=by)
    return Done(ids, gettext("Marked as unread"), deed=deed)


def _trust(ids: list[int], by: User, said: Mapping[str, Any]) -> Done:
    done = blocking.trust(ids, by=by)
    words = ngettext(
        "%(n)s back, its author not to be blocked", "%(n)s back, their authors not to be blocked", len(done.ids)
    )
    return Done(done.ids, words % {"n": len(done.ids)}, done.left, done.why, done.deed)


def _tag(ids: list[int], by: User, said: Mapping[str, Any]) -> Done:
    return tagging.tag(ids, add=said["new"].split(","), remove=said["off"].split(","), by=by)


Act = Callable[[list[int], User, Mapping[str, Any]], Done]
# What is done at once, and what asks in a dialog first: its form and its templates.
_AT_ONCE: Mapping[str, Act] = {
    "close": lambda ids, by, said: triage.close(ids, by=by),
    "reopen": lambda ids, by, said: triage.reopen(ids, by=by),
    "spam": lambda ids, by, said: noise.set_aside(ids, by=by),
    "back": lambda ids, by, said: noise.bring_back(ids, by=by),
    "trust": _trust,
    "take": lambda ids, by, said: triage.assign(ids, to=by, by=by),
    "unread": _unread,
    "priority": lambda ids, by, said: priorities.prioritise(ids, to=said["to"], by=by),
}
_ASKING: Mapping[str, tuple[type[forms.Form], Act]] = {
    "assign": (GiveForm, lambda ids, by, said: triage.assign(ids, to=said["to"], by=by)),
    "move": (
        MoveForm,
        lambda ids, by, said: triage.hand_over(ids, to=said["department"], by=by, reason=said["reason"]),
    ),
    "snooze": (SnoozeForm, lambda ids, by, said: snoozing.snooze(ids, until=said["until"], by=by)),
    "tag": (TagForm, _tag),
}
# After these the conversations are not where they were.
_LEAVES = ("close", "spam", "move", "snooze", "back", "trust", "reopen")


@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: Request, view: str) -> HttpResponse:
    """GET: what `do` asks first. POST: it is done to the conversations `ids`, or with `all` to those in view, unless
    something is searched for.

    What this person may not touch is left, and they are told.
    """
    asked = request.POST if request.method == "POST" else request.GET
    deed = asked.get("do", "")
    if deed not in _ASKING and (deed not in _AT_ONCE or request.method != "POST"):
        return refuse(request, gettext("Choose what to do with them."), status=422)
    form_class, act = _ASKING.get(deed) or (UrgencyForm if deed == "priority" else forms.Form, _AT_ONCE[deed])
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _dialog(request, view, deed, form)
    try:
        ids, is_more = _chosen(request, view)
        if not ids:
            return refuse(request, gettext("Choose at least one conversation."), status=422)
        if not form.is_valid():
            return _dialog(request, view, deed, form)
        done = act(ids, request.user, form.cleaned_data)
    except ValueError as error:
        form.add_error(next(iter(form.fields)), str(error))
        return _dialog(request, view, deed, form)
    except NotAllowed as error:
        if not request.htmx:
            raise PermissionDenied(str(error)) from error
        return refuse(request, str(error), status=403)
    except Conflict as error:
        return refuse(request, str(error))
    return _answer(request, view, done, leaves=deed in _LEAVES, is_more=is_more)


def _chosen(request: Request, view: str) -> tuple[list[int], bool]:
    """The conversations that are meant, and whether the view holds more of them than are taken at once.

    Raises Conflict where the list is another one than the view narrowed down: nobody has seen what all of it is.
    """
    if request.POST.get("all") == "1":
        scope = scope_of(request, view)
        if scope.filters.q or scope.filters.doubt:
            raise Conflict(
                gettext("All of this view would be more than this list shows. Choose the conversations that you mean.")
            )
        found = lists.narrowed(scope.view.conversations(request.user), scope)
        ids = list(dict.fromkeys(found.order_by("-last_message_at", "-pk").values_list("pk", flat=True)[: AT_ONCE + 1]))
        return ids[:AT_ONCE], len(ids) > AT_ONCE
    return row_numbers(request.POST.getlist("ids")), False


def _dialog(request: Request, view: str, deed: str, form: forms.Form) -> HttpResponse:
    if deed not in _ASKING:
        return refuse(request, gettext("Choose what to do with them."), status=422)
    here = reverse("view", args=[view])
    context: dict[str, Any] = {
        "form": form,
        "scope": (scope := scope_of(request, view)),
        "sidebar": scope.sidebar,
        "about": {
            "action": f"{reverse('bulk', args=[view])}{scope.query}",
            "back": here,
            "include": "#bulk",
            "do": deed,
            "ids": [] if wants_fragment(request) else (request.POST or request.GET).getlist("ids")[:AT_ONCE],
            "all": (request.POST or request.GET).get("all") == "1",
        },
        "chosen": form.data.get("department", ""),
    }
    if deed == "snooze":
        context |= offered(form)  # type: ignore[arg-type]
    if deed == "tag":
        context |= {"known": tagging.known(), "is_many": True}
    if deed == "assign":
        context |= {"people": _people(request.user)}
    page = "tags" if deed == "tag" else deed
    template = f"inbox/_{page}.html" if wants_fragment(request) else f"inbox/{page}.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _people(user: User) -> list[dict[str, Any]]:
    now = timezone.now()
    found = User.objects.filter(is_active=True).select_related("presence").order_by("name", "id")[:300]
    people = [{"id": one.pk, "name": str(one), "here": is_here(getattr(one, "presence", None), now)} for one in found]
    return sorted(people, key=lambda one: (one["id"] != user.pk, not one["here"]))


def _answer(request: Request, view: str, done: Done, *, leaves: bool, is_more: bool) -> HttpResponse:
    said = done.told()
    if is_more:
        more = gettext("These were the first %(n)s of the list. Do it again for the rest.") % {"n": AT_ONCE}
        said = f"{said} {more}" if said.endswith(".") else f"{said}. {more}"
    if not request.htmx:
        messages.success(request, said, extra_tags=undo_of(done.deed))
        return redirect("view", view)
    return refreshed(request, said, done.ids, deed=done.deed, leaves=leaves, clears=True)
