"""The board: work of all departments side by side, and moving it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from connectors.models import Channel
from inbox import lists, triage, undo
from inbox.acted import AT_ONCE, Done
from inbox.board import balance, columns
from inbox.models import Conversation
from inbox.numbers import row_number, row_numbers
from inbox.refusals import Conflict, NotAllowed
from inbox.rows import mate
from inbox.sidebar import Queue
from inbox.views.frame import Request, refreshed, refuse, scope_of
from people.access import for_managers, wants_fragment
from people.models import Department, User

# Why work most often belongs elsewhere, to choose from.
REASONS = (
    _("It is getting public attention."),
    _("Safety or legal."),
    _("Routing got it wrong."),
    _("The customer asked for it."),
)


@require_safe
def show(request: Request) -> HttpResponse:
    """The board; htmx gets its columns anew."""
    scope = scope_of(request, "open")
    chosen = request.GET.get("show", "all")
    chosen = chosen if chosen in columns.SHOWS else "all"
    names = {"all": gettext("All"), "risk": gettext("At risk"), "unassigned": gettext("Unassigned")}
    found = columns.board(scope, chosen)
    context = {
        "scope": scope,
        "sidebar": scope.sidebar,
        "board": found,
        "no_channel": not found.open and not Channel.objects.exists(),
        "show": chosen,
        "shows": names.items(),
        "nav": "board",
    }
    return render(request, "inbox/board/_columns.html" if wants_fragment(request) else "inbox/board/page.html", context)


class MoveForm(forms.Form):
    """Where to, and why. Onto a colleague of the same department no reason is needed."""

    to = forms.ModelChoiceField(
        Department.objects.order_by("position", "pk"),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": _("There is no such department.")},
    )
    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        required=False,
        error_messages={"invalid_choice": _("Choose one of these colleagues.")},
    )
    why = forms.CharField(required=False, max_length=200)
    reason = forms.CharField(required=False, max_length=1_000)

    def clean(self) -> dict[str, Any]:
        """A department needs a reason, chosen or written or both; one of department and person there must be."""
        said = super().clean() or {}
        said["reason"] = " ".join(filter(None, (said.get("why"), said.get("reason"))))
        if self.errors:
            return said
        if not said["to"] and not said["person"]:
            self.add_error("to", _("Choose a department."))
        elif said["to"] and said["person"] and not triage.able_in(said["to"], [said["person"].pk]):
            named = {"name": said["person"], "department": said["to"]}
            self.add_error("person", _("%(name)s is not in %(department)s. Choose the department alone.") % named)
        elif said["to"] and not said["reason"].strip():
            self.add_error("reason", _("Say why: whoever gets this sees your reason."))
        return said


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: Request) -> HttpResponse:
    """GET: what would move, and what would not, before it does. POST: it moves, and can be taken back at once.

    `ids`, and `to` (a department, with a `reason`), `person` (somebody of the department that owns them), or both.
    """
    asked = request.POST if request.method == "POST" else request.GET
    ids = _ids(asked.getlist("ids"))
    if not ids:
        return refuse(request, gettext("Choose at least one conversation."), status=422)
    form = MoveForm(request.POST) if request.method == "POST" else MoveForm(initial=asked.dict())
    if request.method != "POST" or not form.is_valid():
        return _preview(request, ids, form)
    try:
        done = _act(ids, request.user, form.cleaned_data)
    except NotAllowed as error:
        return refuse(request, str(error), status=403)
    except Conflict as error:
        return refuse(request, str(error))
    return _answer(request, [done])


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def share_out(request: Request) -> HttpResponse:
    """GET: who would get what, so that nobody has too much. POST: the chosen ones change hands."""
    if request.method == "POST":
        return _share(request)
    scope = scope_of(request, "open")
    found = columns.board(scope, "all").columns
    shifts = balance.propose(found, balance.movable(found))
    rows = lists.by_ids(scope, [one.conversation for one in shifts])
    people = {one.id: one for column in found for one in column.people}
    lines = [
        {"row": rows[one.conversation], "to": people[one.to], "giver": people.get(one.giver or 0)}
        for one in shifts
        if one.conversation in rows
    ]
    context = {"lines": lines, "most": balance.MOST, "nav": "board"}
    template = "inbox/board/_share.html" if wants_fragment(request) else "inbox/board/share.html"
    return render(request, template, context)


def _share(request: Request) -> HttpResponse:
    """Each person gets theirs in one deed. What somebody else has changed meanwhile is left."""
    wanted: dict[int, list[int]] = {}
    for pair in request.POST.getlist("shift")[: balance.MOST]:
        conversation, _colon, person = pair.partition(":")
        if len(numbers := row_numbers((conversation, person))) == 2:
            wanted.setdefault(numbers[1], []).append(numbers[0])
    people = User.objects.filter(is_active=True).in_bulk(wanted)
    done: list[Done] = []
    for pk in sorted(people):
        with suppress(Conflict, NotAllowed):
            done.append(triage.assign(wanted[pk], to=people[pk], by=request.user))
    if not done:
        return refuse(request, gettext("Nothing was moved: choose at least one that is still there."), status=422)
    return _answer(request, done)


@transaction.atomic
def _act(ids: list[int], by: User, said: Mapping[str, Any]) -> Done:
    """To a department and to a person are one deed: both happen, or neither, and both are taken back at once."""
    if said["to"] is None:
        return triage.assign(ids, to=said["person"], by=by)
    done = triage.hand_over(ids, to=said["to"], by=by, reason=said["reason"])
    if said["person"] is None:
        return done
    given = triage.assign(done.ids, to=said["person"], by=by)
    deed = undo.join([one.deed for one in (done, given) if one.deed], "move", done.said, by=by)
    return replace(given, left=done.left + given.left, why=given.why or done.why, deed=deed)


def _preview(request: Request, ids: list[int], form: MoveForm) -> HttpResponse:
    """The dialog: how many go where, which ones stay and why, and how much is open there then. Eight statements."""
    scope = scope_of(request, "open")
    rows = lists.by_ids(scope, ids)
    able = set(Conversation.objects.actionable_by(request.user).filter(pk__in=ids).values_list("pk", flat=True))
    to = form["to"].value() or ""
    target = scope.sidebar.by_slug().get(to)
    here = dict(Conversation.objects.filter(pk__in=ids).values_list("pk", "department"))
    meant = _person(form["person"].value())
    person = meant if meant is None or target is None or _works_in(target, meant) else None
    goes = [rows[pk] for pk in ids if pk in able and pk in rows and (target is None or here.get(pk) != target.id)]
    context = {
        "form": form,
        "ids": ids,
        "goes": goes,
        "stays": [
            {"row": rows[pk], "why": gettext("is there already") if pk in able else gettext("belongs to others")}
            for pk in ids
            if pk in rows and rows[pk] not in goes
        ],
        "target": target,
        "after": target.count + len(goes) if target else None,
        "sidebar": scope.sidebar,
        # Whom it was dropped on, and whether they get it where it goes.
        "meant": meant,
        "person": person,
        "mate": person and mate(person.pk, str(person)),
        "reasons": REASONS,
        "nav": "board",
        "back": request.headers.get("HX-Current-URL", "") or "/board/",
    }
    template = "inbox/board/_move.html" if wants_fragment(request) else "inbox/board/move.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _person(given: object) -> User | None:
    number = row_number(given)
    return User.objects.filter(pk=number).first() if number is not None else None


def _works_in(queue: Queue, person: User) -> bool:
    return bool(triage.able_in(Department.objects.get(pk=queue.id), [person.pk]))


def _answer(request: Request, done: list[Done]) -> HttpResponse:
    moved = sum(len(one.ids) for one in done)
    said = done[0].told() if len(done) == 1 else ngettext("%(n)s moved", "%(n)s moved", moved) % {"n": moved}
    deeds = [one.deed for one in done if one.deed]
    deed = undo.join(deeds, "assign", said, by=request.user) if deeds[1:] else next(iter(deeds), None)
    if not request.htmx:
        messages.success(request, said)
        return redirect("board")
    return refreshed(request, said, [pk for one in done for pk in one.ids], deed=deed, clears=True)


def _ids(given: list[str]) -> list[int]:
    found = row_numbers(one for part in given for one in part.split(","))
    return list(dict.fromkeys(found))[:AT_ONCE]
