"""Tags of a person."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from contacts import tags as known_tags
from contacts.refused import Refused
from inbox.facts import sections, tags
from inbox.views.facts.frame import About, done, of_person, refuse
from inbox.views.frame import Request

_CHANGED = ("tags",)


@require_POST
@of_person
def add(request: Request, about: About) -> HttpResponse:
    """File the person under a word."""
    name = request.POST.get("name", "")
    try:
        tag = tags.add(about.contact, name=name, by=request.user, at=timezone.now())
    except Refused as error:
        if not request.htmx:
            return refuse(request, about, str(error))
        wrong = {"facts": sections(about.person, request.user, _CHANGED), "changed": _CHANGED, "said": ""}
        wrong |= {"tag_error": str(error), "tag_value": name[:60]}
        return render(request, "inbox/facts/_done.html", wrong, status=422)
    return done(request, about, gettext("Tag added") if tag else gettext("The tag is there already"), _CHANGED)


@require_POST
@of_person
def remove(request: Request, about: About) -> HttpResponse:
    """Take a tag away; twice does nothing."""
    name = request.POST.get("name", "")[:100]
    tags.remove(about.contact, name=name, by=request.user, at=timezone.now())
    return done(request, about, gettext("Tag taken away"), _CHANGED)


@require_safe
def suggest(request: Request) -> HttpResponse:
    """Tags in use that begin like what is being typed, as options."""
    found = known_tags.known(request.GET.get("name", "")[:100])
    return render(request, "inbox/facts/_tag_names.html", {"names": found})
