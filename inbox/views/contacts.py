"""The list of people, and the page of one."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from contacts import suggest
from contacts.models import RoleKind
from contacts.networks import networks
from inbox import contact_list, person, strip, timeline
from inbox import topics as person_topics
from inbox import ways as person_ways
from inbox.contact_list import LETTERS, Asked, Place
from inbox.contact_page import Reader, context, part
from inbox.contact_page import news as page_news
from inbox.entries import entry
from inbox.person import Moved
from inbox.presentation import network_name, span
from inbox.views.frame import Request
from people.access import wants_fragment

View = Callable[..., HttpResponseBase]
# Open suggestions are counted no further.
SUGGESTIONS = 50


@require_safe
def index(request: Request) -> HttpResponse:
    """People by name; with `after`, htmx gets the lines that follow and puts them below."""
    place = Place.parse(request.GET.get("after", ""))
    asked = Asked.parse(request.GET)
    page = contact_list.page(asked, place)
    context: dict[str, Any] = {
        "rows": contact_list.rows(page.ids, timezone.now()),
        "is_partial": page.is_partial,
        "next_url": reverse("contacts") + asked.query(after=page.next) if page.next else "",
    }
    if wants_fragment(request) and place:
        return render(request, "inbox/_people_rows.html", context)
    return render(request, "inbox/contacts.html", context | _frame(asked))


def _frame(asked: Asked) -> dict[str, Any]:
    url = reverse("contacts")
    kinds = RoleKind.objects.filter(is_active=True).order_by("position", "pk").values_list("slug", "name")
    return {
        "nav": "contacts",
        "asked": asked,
        "roles": [
            (name, url + asked.query(role="" if slug == asked.role else slug), slug == asked.role)
            for slug, name in kinds
        ],
        "networks": [
            (slug, url + asked.query(network="" if slug == asked.network else slug), slug == asked.network)
            for slug in networks()
        ],
        "letters": [
            (letter.upper(), url + asked.query(**{"from": letter}), letter == asked.start) for letter in LETTERS
        ],
        "others_url": url + asked.query(**{"from": "~"}),
        "start_url": url + asked.query(**{"from": ""}),
        "everybody_url": url + asked.query(everybody="" if asked.everybody else "1"),
        "untagged_url": url + asked.query(tag=""),
        "suggestions": suggest.open_count(SUGGESTIONS),
        "most": SUGGESTIONS,
    }


def following(view: View) -> View:
    """Leads from a contact that is part of another one since a merge to the page of the person."""

    @wraps(view)
    def wrapped(request: Request, pk: int, **others: Any) -> HttpResponseBase:
        try:
            return view(request, pk, **others)
        except Moved as moved:
            match: Any = request.resolver_match
            return HttpResponseRedirect(reverse(match.url_name, kwargs={**match.kwargs, "pk": moved.to}))

    return wrapped


@require_safe
@following
def show(request: Request, pk: int) -> HttpResponse:
    """A person's page; htmx gets the timeline as it is narrowed, or with `part=1` only the entries that follow."""
    contact = person.find(pk)
    reader = Reader.of(request.user, contact.pk, request.GET)
    if wants_fragment(request):
        is_part = request.GET.get("part") == "1"
        template = "inbox/_history_entries.html" if is_part else "inbox/_history.html"
        return render(request, template, part(contact, reader) | {"is_part": is_part})
    return render(request, "inbox/contact.html", context(contact, reader))


@require_safe
@following
def event(request: Request, pk: int, event: int) -> HttpResponse:
    """One entry of a person's timeline, opened with all of its text, or with `closed=1` as a line again."""
    contact = person.find(pk)
    values = timeline.one(contact.pk, event)
    if values is None:
        raise Http404
    is_open = request.GET.get("closed") != "1"
    reader = Reader.of(request.user, contact.pk, request.GET)
    told = entry(values, reader.telling(), is_open=is_open, in_full=True)
    told["versions"] = timeline.versions(values) if is_open else []
    return render(request, "inbox/_event.html", {"e": told})


@require_safe
@following
def news(request: Request, pk: int) -> HttpResponse:
    """What was said since a page was opened, as a pill to show it; nothing where nothing was."""
    contact = person.find(pk)
    return render(
        request, "inbox/_person_news.html", page_news(contact, Reader.of(request.user, contact.pk, request.GET))
    )


@require_safe
@following
def density(request: Request, pk: int) -> HttpResponse:
    """How much was said week by week, drawn and as a table."""
    contact = person.find(pk)
    reader = Reader.of(request.user, contact.pk, request.GET)
    return render(request, "inbox/_density.html", strip.context(contact.pk, reader))


@require_safe
@following
def topics(request: Request, pk: int) -> HttpResponse:
    """What the person writes about over and over."""
    contact = person.find(pk)
    context = {"url": reverse("contact", args=[contact.pk]), "topics": person_topics.of_person(contact.pk)}
    return render(request, "inbox/_topics.html", context)


def told_way(way: person_ways.Way) -> dict[str, Any]:
    """A way for its template: "X, public", and what is known of answers there."""
    kind = gettext("%(network)s, public") if way.is_public else "%(network)s"
    named = {"n": len(way.answered), "of": way.questions, "time": span(way.median) if way.median else ""}
    if way.median:
        says = gettext("answers in %(time)s, %(n)s of %(of)s") % named
    else:
        says = gettext("no answer to %(of)s") % named if way.questions else gettext("not written to yet")
    return {
        "network": way.network,
        "name": kind % {"network": network_name(way.network)},
        "says": says,
        "conversation": way.conversation,
        "can_write": way.can_write,
        "why_not": way.why_not,
    }


@require_safe
@following
def ways(request: Request, pk: int) -> HttpResponse:
    """Where the person answers, how fast, and where we can write now."""
    contact = person.find(pk)
    hero = person.hero(contact, person.identities(contact.pk))
    found = [told_way(one) for one in person_ways.of_person(contact.pk)]
    context = {"p": hero, "ways": found, "why_not": contact.forbidden}
    return render(request, "inbox/_ways.html", context)
