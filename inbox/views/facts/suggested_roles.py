"""Roles that rules suggest of a person: shown, and answered by whoever knows."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inbox import role_suggestions
from inbox.models import RoleSuggestion
from inbox.views.facts.frame import About, done, of_person, refuse, refusing
from inbox.views.frame import Request


@require_safe
@of_person
def show(request: Request, about: About) -> HttpResponse:
    """What is suggested of them and not answered yet; nothing where there is nothing."""
    return render(request, "inbox/facts/_suggested.html", _context(about))


@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    """It is so, and they have the role, or it is not so, and no rule asks again."""
    found = RoleSuggestion.objects.filter(pk=pk).select_related("identity", "kind").first()
    if found is None:
        raise Http404
    about = About.of(request, found.identity.contact_id)
    said = request.POST.get("answer")
    if said not in ("yes", "no"):
        return refuse(request, about, gettext("Say whether it is so or not."), status=422)

    def act() -> HttpResponse:
        words = _settle(request, about, found, is_so=said == "yes")
        response = done(request, about, words, ("roles",))
        if request.htmx:
            response.write(render_to_string("inbox/facts/_suggested_left.html", _context(about), request))
        return response

    return refusing(request, about, act)


def _settle(request: Request, about: About, found: RoleSuggestion, *, is_so: bool) -> str:
    named = {"name": about.name, "role": found.kind.name}
    if is_so:
        role_suggestions.accept(found.pk, by=request.user, at=timezone.now())
        return gettext("%(name)s is %(role)s now") % named
    role_suggestions.reject(found.pk, by=request.user)
    return gettext("%(name)s is not %(role)s, and no rule suggests it again") % named


def _context(about: About) -> dict[str, Any]:
    return {
        "suggested": role_suggestions.shown(about.person),
        "conversation": about.conversation,
        "place": about.conversation or about.person,
    }
