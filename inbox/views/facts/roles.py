"""Roles of a person: given, ended, undone."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from contacts.models import Role, RoleKind
from contacts.roles import of_person as roles_of
from contacts.roles import start_of
from inbox.facts import roles
from inbox.facts.forms import ReasonForm, RoleForm
from inbox.models import Message
from inbox.views.facts.frame import About, Dialog, Undo, done, fill, of_person, refusing
from inbox.views.frame import Request

_CHANGED = ("roles",)


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def give(request: Request, about: About) -> HttpResponse:
    """GET: the roles to choose from. POST: the person is one of them."""
    taken = [one.kind_id for one in roles_of(about.person) if one.until is None]
    form = RoleForm(request.POST if request.method == "POST" else None, taken=taken if request.method != "POST" else ())

    def act(said: dict[str, Any]) -> HttpResponse:
        now = timezone.now()
        role = roles.give(
            about.contact,
            said["kind"],
            since=start_of(said["since"], now),
            reason=said["reason"],
            by=request.user,
            at=now,
            evidence=_evidence(about),
        )
        words = gettext("%(name)s is %(role)s now") % {"name": about.name, "role": role.kind.name}
        return done(request, about, words, _CHANGED, undo=_undo(role, "given"))

    return fill(request, about, form, act, Dialog(gettext("Give a role"), gettext("Give the role")))


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def end(request: Request, about: About, kind: int) -> HttpResponse:
    """GET: asks why. POST: the person is this no longer."""
    found = get_object_or_404(RoleKind, pk=kind)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        ended = roles.end(about.contact, found, reason=said["reason"], by=request.user, at=timezone.now())
        words = gettext("%(name)s is no longer %(role)s") % {"name": about.name, "role": found.name}
        return done(request, about, words, _CHANGED, undo=_undo(ended[0], "ended"))

    title = gettext("%(name)s is no longer %(role)s") % {"name": about.name, "role": found.name}
    return fill(request, about, form, act, Dialog(title, gettext("End the role")))


@require_POST
def undo(request: Request, pk: int) -> HttpResponse:
    """Undo one change of a role, `given` or `ended`; the timeline keeps both."""
    role = Role.objects.filter(pk=pk).select_related("kind").first()
    what = request.POST.get("change")
    if role is None:
        raise Http404
    about = About.of(request, role.contact_id)

    def act() -> HttpResponse:
        now = timezone.now()
        named = {"name": about.name, "role": role.kind.name}
        if what == "ended":
            roles.reopen(pk, by=request.user, at=now)
            return done(request, about, gettext("%(name)s is %(role)s again") % named, _CHANGED)
        roles.take_back(pk, by=request.user, at=now)
        return done(request, about, gettext("%(role)s was taken back") % named, _CHANGED)

    return refusing(request, about, act)


def _undo(role: Role, change: str) -> Undo:
    return Undo(reverse("role_undo", args=[role.pk]), {"change": change})


def _evidence(about: About) -> dict[str, Any]:
    """Where it can be read: the conversation, and in it what they said last."""
    if about.conversation is None:
        return {}
    said = Message.objects.filter(conversation=about.conversation, direction=Message.Direction.IN)
    newest = said.order_by("-posted_at", "-id").values_list("pk", flat=True).first()
    return {"conversation": about.conversation, "messages": [newest] if newest else []}
